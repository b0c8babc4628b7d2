"""The parts of a ranking where there is nothing to rank: rates, fits, critical values, Elo, graphs and counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.bradley_terry import best_strengths, fit_bradley_terry
from analysis.clusters import clustered_filling
from analysis.counts import Counts, tally, tally_by
from analysis.data import OUTCOMES, Battles
from analysis.elo import averaged_elo, online_elo
from analysis.errors import Undefined, Why
from analysis.graph import members, strong_components, weak_components
from analysis.intervals import wilson, z_value
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.pairwise import items_of, ratings_from_battles
from analysis.ranks import critical_values
from analysis.robustness import fewest_battles
from analysis.strengths import bradley_terry
from analysis.win_rates import win_rates
from tests.analysis.builders import NONE, RULES, coded, make_battles, rows_of


def test_a_win_rate_of_one_cluster_has_no_interval_and_that_of_nothing_no_value():
    battles = make_battles([("x", "y", "A"), ("y", "x", "A")], prompt=coded(["p", "p"]))
    board = leaderboard(battles, Options(method="win-rate", cluster="prompt"))
    assert rows_of(board) == {"x": (0.5, None, None), "y": (0.5, None, None)}
    empty = leaderboard(battles, Options(method="win-rate", cluster="prompt", baseline="x"))
    assert rows_of(empty)["y"] == (0.5, None, None)


def test_a_system_that_never_met_the_baseline_has_no_rate_against_it():
    board = leaderboard(
        make_battles([("x", "y", "A"), ("y", "z", "A")]), Options(method="win-rate", baseline="x", ties="drop")
    )
    assert rows_of(board)["z"] == (None, None, "no_pairs")


def test_rates_of_ties_only_that_are_dropped_are_unknown():
    rates = win_rates(tally(make_battles([("x", "y", "tie"), ("y", "z", "A")])), rule="drop")
    assert np.isnan(rates.overall[0])
    assert np.isnan(rates.average[0])
    assert (rates.n[0, 1], rates.overall_n[0]) == (0, 0)
    assert rates.overall[1:].tolist() == [1.0, 0.0]


def test_a_share_of_nothing_has_no_interval_and_a_full_one_has_a_width():
    lower, upper = wilson(np.array([np.nan, 1.0, 0.0]), np.array([0, 1, 1]), 0.95)
    assert np.isnan([lower[0], upper[0]]).all()
    assert upper[1] == 1.0
    assert 0 < lower[1] < upper[1]
    assert lower[2] == 0.0
    assert upper[2] == pytest.approx(1 - lower[1])


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_confidence_lies_between_nothing_and_certainty(confidence):
    with pytest.raises(ValueError, match="confidence"):
        z_value(confidence)
    with pytest.raises(ValueError, match="confidence"):
        Options(confidence=confidence)


def test_elo_of_nothing_is_where_it_began():
    idle = Battles(NONE, NONE, NONE, ("x", "y"))
    assert online_elo(idle).tolist() == [1000.0, 1000.0]
    assert averaged_elo(idle, permutations=3, rng=np.random.default_rng(0)).tolist() == [1000.0, 1000.0]
    assert online_elo(make_battles([])).tolist() == []


def test_elo_survives_leads_beyond_any_float():
    battles = make_battles([("x", "y", "A"), ("y", "x", "A")])
    made = online_elo(battles, k=1e6)
    assert np.isfinite(made).all()
    assert made.sum() == pytest.approx(2000)


def test_the_plain_fit_refuses_what_has_no_maximum():
    for points in (np.zeros((2, 2)), np.array([[0.0, 1.0], [0.0, 0.0]]), np.zeros((0, 0))):
        with pytest.raises(Undefined) as stopped:
            fit_bradley_terry(points)
        assert stopped.value.code is Why.SEPARATED
    with pytest.raises(Undefined):
        best_strengths(np.kron(np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]])), np.zeros(4))


def test_one_system_by_itself_is_as_strong_as_itself():
    fit = fit_bradley_terry(np.zeros((1, 1)))
    assert fit.strengths.tolist() == [0.0]


@pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
@pytest.mark.parametrize(
    "rows", [[("x", "y", "A")] * 9 + [("y", "x", "A"), ("x", "y", "tie")], [("x", "y", "tie")] * 99]
)
def test_hardly_any_or_hardly_anything_but_ties_still_converges(rule, rows):
    more = [("x", "y", "A"), ("y", "x", "A")] if len(rows) == 99 else []
    fit = bradley_terry(tally(make_battles(rows + more)), rule=rule)
    assert fit.tie_parameter is not None
    assert fit.tie_parameter > 0
    assert np.isfinite(fit.strengths).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_million_to_one_still_converges_under_every_rule(rule):
    number = np.zeros((len(OUTCOMES), 2, 2))
    number[:3, 0, 1] = [1e6, 1, 1]
    fit = bradley_terry(Counts(("x", "y"), number, number, number), rule=rule)
    assert fit.strengths[0] - fit.strengths[1] > np.log(1e5)
    assert np.isfinite(fit.covariance).all()


def test_critical_values_of_what_is_unknown_or_alone_are_nothing():
    for covariance in (np.full((3, 3), np.nan), np.zeros((2, 2)), np.zeros((1, 1))):
        made = critical_values(covariance, confidence=0.95, rng=np.random.default_rng(0))
        assert made.common == 0
        assert made.own.tolist() == [0] * len(covariance)


def test_first_place_that_is_shared_unknown_or_alone_hangs_on_no_battles():
    for rows in ([("x", "y", "tie")], [("x", "y", "A")], [("x", "y", "A"), ("y", "x", "A")]):
        counts = tally(make_battles(rows))
        assert fewest_battles(counts, bradley_terry(counts), rule="half", both_bad="tie") is None
    empty = tally(Battles(NONE, NONE, NONE, ("x", "y")))
    assert fewest_battles(empty, bradley_terry(empty), rule="half", both_bad="tie") is None


def test_graphs_without_nodes_or_edges():
    assert strong_components(np.zeros((0, 0), dtype=np.bool_)).tolist() == []
    assert weak_components(np.zeros((3, 3), dtype=np.bool_)).tolist() == [0, 1, 2]
    assert members(NONE) == []


def test_counts_without_battles_or_tags():
    empty = make_battles([])
    assert tally(empty).number.shape == (len(OUTCOMES), 0, 0)
    with pytest.raises(ValueError, match="without a tag"):
        tally_by(empty)
    tagged = Battles(NONE, NONE, NONE, ("x", "y"), tag=coded([]))
    assert tally_by(tagged) == []


def test_battles_without_prompts_or_rows_have_no_items():
    with pytest.raises(Undefined) as stopped:
        items_of(make_battles([("x", "y", "A")]))
    assert stopped.value.code is Why.NOT_RECORDED
    nothing = Battles(NONE, NONE, NONE, ("x", "y"), prompt=coded([]), rater=coded([]))
    assert len(ratings_from_battles(nothing)) == 0


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"weight": np.array([-1.0])}, "weights"),
        ({"weight": np.array([np.nan])}, "weights"),
        ({"system_b": np.array([0])}, "meet itself"),
        ({"outcome": np.array([4])}, "outcome"),
        ({"system_a": np.array([-1])}, "system_a"),
        ({"weight": np.array([1.0, 1.0])}, "length"),
    ],
)
def test_impossible_battles_are_refused(columns, said):
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(make_battles([("x", "y", "A")]), **columns)


def test_a_filling_of_one_cluster_says_so_itself():
    battles = make_battles([("x", "y", "A"), ("y", "x", "A")], prompt=coded(["p", "p"]))
    with pytest.raises(Undefined) as stopped:
        bradley_terry(tally(battles), filling=clustered_filling(battles, "prompt"))
    assert stopped.value.code is Why.ONE_CLUSTER
