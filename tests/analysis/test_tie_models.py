"""Tie rules, clusters, anchors and simultaneous rank sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from analysis.clusters import clustered_filling
from analysis.counts import tally
from analysis.data import TIE, A, B, Battles, Coded
from analysis.errors import Undefined, Why
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.strengths import bradley_terry
from tests.analysis.builders import coded, connected_battles, make_battles
from tests.analysis.llmfao import crowd_battles, needs_llmfao
from tests.analysis.oracles import probabilities

RULES = ("half", "drop", "davidson", "rao-kupper")


def fitted_elsewhere(battles: Battles, rule: str) -> np.ndarray:
    """Strengths by a general-purpose optimiser on the plain likelihood of each battle."""
    outcome = np.where(battles.outcome == 3, TIE, battles.outcome)

    def loss(unknown: np.ndarray) -> float:
        strengths, parameter = np.append(unknown[:-1], -unknown[:-1].sum()), np.exp(unknown[-1])
        total = 0.0
        for a, b, o in zip(battles.system_a, battles.system_b, outcome, strict=True):
            total -= np.log(probabilities(rule, strengths[a] - strengths[b], parameter)[{A: 0, B: 1, TIE: 2}[int(o)]])
        return total

    found = minimize(loss, np.zeros(len(battles.systems)), method="BFGS", options={"gtol": 1e-8})
    return np.append(found.x[:-1], -found.x[:-1].sum())


@pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the optimiser's first steps
def test_a_general_optimiser_finds_the_same_strengths(rule):
    rng = np.random.default_rng(6)
    names = ["w", "x", "y", "z"]
    pairs = [rng.choice(4, 2, replace=False) for _ in range(120)]
    rows = [(names[a], names[b], str(rng.choice(["A", "A", "B", "tie"]))) for a, b in pairs]
    battles = make_battles(rows)
    fit = bradley_terry(tally(battles), rule=rule)
    np.testing.assert_allclose(fit.strengths, fitted_elsewhere(battles, rule), atol=2e-5)


def test_two_systems_have_the_parameters_that_their_shares_demand():
    """With 4 wins, 1 loss and 5 ties each model has as many parameters as there are shares to match."""
    counts = tally(make_battles([("x", "y", "A")] * 4 + [("x", "y", "B")] + [("x", "y", "tie")] * 5))
    davidson, rao_kupper = (bradley_terry(counts, rule=rule) for rule in ("davidson", "rao-kupper"))
    assert davidson.strengths[0] - davidson.strengths[1] == pytest.approx(np.log(4))
    assert davidson.tie_parameter == pytest.approx(5 / np.sqrt(4 * 1))
    win, loss = np.log(0.4 / 0.6), np.log(0.1 / 0.9)  # the logits of P(A) = s(d - eta) and P(B) = s(-d - eta)
    assert rao_kupper.strengths[0] - rao_kupper.strengths[1] == pytest.approx((win - loss) / 2)
    assert rao_kupper.tie_parameter == pytest.approx(-(win + loss) / 2)
    assert davidson.log_likelihood == pytest.approx(rao_kupper.log_likelihood)


@given(connected_battles(), st.sampled_from(RULES))
def test_names_and_sides_do_not_matter_under_any_rule(battles, rule):
    turned = Battles(
        battles.system_b[::-1], battles.system_a[::-1], np.array([1, 0, 2, 3])[battles.outcome[::-1]], battles.systems
    )
    ours, theirs = (bradley_terry(tally(table), rule=rule) for table in (battles, turned))
    np.testing.assert_allclose(ours.strengths, theirs.strengths, atol=1e-8)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_without_ties_every_rule_says_the_same(rule):
    rows = [("x", "y", "A"), ("y", "x", "A"), ("y", "z", "A"), ("z", "x", "A"), ("x", "y", "A")]
    plain, ruled = bradley_terry(tally(make_battles(rows))), bradley_terry(tally(make_battles(rows)), rule=rule)
    np.testing.assert_allclose(plain.strengths, ruled.strengths, atol=1e-9)
    np.testing.assert_allclose(plain.covariance, ruled.covariance, atol=1e-9)


def test_dropped_ties_leave_no_trace():
    rows = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "A")]
    plain = bradley_terry(tally(make_battles(rows)), rule="drop")
    with_ties = bradley_terry(tally(make_battles([*rows, ("x", "y", "tie"), ("y", "x", "both_bad")])), rule="drop")
    np.testing.assert_allclose(plain.strengths, with_ties.strengths, atol=1e-12)
    np.testing.assert_allclose(plain.covariance, with_ties.covariance, atol=1e-12)


@pytest.mark.parametrize("rule", ["davidson", "rao-kupper"])
def test_where_all_are_ties_strengths_are_equal_and_uncertain(rule):
    board = leaderboard(make_battles([("x", "y", "tie")] * 20), Options(ties=rule))
    assert [(row.rating, row.lower) for row in board.rows] == [(1000.0, None)] * 2


@pytest.mark.parametrize("rule", ["half", "davidson", "rao-kupper"])
def test_the_sandwich_is_what_scores_by_numerical_derivatives_give(rule):
    """V = H^-1 (sum of g g') H^-1 for the lead of two systems, with g and H from finite differences."""
    rows = [("x", "y", "A")] * 30 + [("x", "y", "B")] * 15 + [("y", "x", "tie")] * 12
    fit = bradley_terry(tally(make_battles(rows)), rule=rule)
    variance = fit.covariance[0, 0] + fit.covariance[1, 1] - 2 * fit.covariance[0, 1]
    lead = fit.strengths[0] - fit.strengths[1]
    at = np.array([lead, fit.tie_parameter or 0.0])

    def log_chance(unknown: np.ndarray, outcome: int) -> float:
        if rule == "half":
            one = 1 / (1 + np.exp(-unknown[0]))
            return float((np.log(one), np.log(1 - one), (np.log(one) + np.log(1 - one)) / 2)[outcome])
        return float(np.log(probabilities(rule, unknown[0], unknown[1])[outcome]))

    free = 1 if rule == "half" else 2
    steps = np.eye(2)[:free] * 1e-4
    scores = [
        [(log_chance(at + step, outcome) - log_chance(at - step, outcome)) / 2e-4 for step in steps]
        for outcome in (0, 1, 2)
    ]
    number = np.array([30, 15, 12])
    filling = sum(n * np.outer(g, g) for n, g in zip(number, scores, strict=True))
    bread = np.zeros((free, free))
    for i, one in enumerate(steps):
        for j, other in enumerate(steps):
            for n, outcome in zip(number, (0, 1, 2), strict=True):
                corners = [log_chance(at + s * one + t * other, outcome) * s * t for s in (1, -1) for t in (1, -1)]
                bread[i, j] -= n * sum(corners) / 4e-8
    expected = np.linalg.inv(bread) @ filling @ np.linalg.inv(bread)
    assert variance == pytest.approx(expected[0, 0], rel=1e-4)


def by_hand(battles: Battles, ids: np.ndarray) -> np.ndarray:
    """The clustered covariance of plain Bradley-Terry, cluster by cluster."""
    fit = bradley_terry(tally(battles))
    size = len(battles.systems)
    chance = 1 / (1 + np.exp(fit.strengths[battles.system_b] - fit.strengths[battles.system_a]))
    points = np.array([1.0, 0.0, 0.5, 0.5])[battles.outcome]
    x = np.zeros((len(battles), size))
    x[np.arange(len(battles)), battles.system_a] = 1
    x[np.arange(len(battles)), battles.system_b] = -1
    scores = x * (points - chance)[:, None]
    bread = np.linalg.pinv((x * (chance * (1 - chance))[:, None]).T @ x)
    totals = np.array([scores[ids == cluster].sum(axis=0) for cluster in np.unique(ids)])
    return np.asarray(bread @ totals.T @ totals @ bread * len(totals) / (len(totals) - 1))


@given(connected_battles(), st.integers(2, 6))
def test_clusters_are_summed_as_by_hand(battles, number):
    ids = np.arange(len(battles)) * 7 % number
    assume(len(np.unique(ids)) > 1)
    clustered = Battles(
        battles.system_a,
        battles.system_b,
        battles.outcome,
        battles.systems,
        prompt=Coded(ids, tuple(map(str, range(number)))),
    )
    fit = bradley_terry(tally(clustered), filling=clustered_filling(clustered, "prompt"))
    known = ~np.isnan(fit.covariance)
    np.testing.assert_allclose(fit.covariance[known], by_hand(battles, ids)[known], atol=1e-7)


def test_two_ways_of_clustering_add_and_what_is_in_both_counts_once():
    rng = np.random.default_rng(9)
    rows = [("x", "y", str(rng.choice(["A", "B", "tie"]))) for _ in range(60)]
    prompt, rater = rng.integers(0, 6, 60), rng.integers(0, 5, 60)
    battles = make_battles(rows, prompt=coded([f"p{i}" for i in prompt]), rater=coded([f"r{i}" for i in rater]))
    fit = bradley_terry(tally(battles), filling=clustered_filling(battles, "both"))
    expected = by_hand(battles, prompt) + by_hand(battles, rater) - by_hand(battles, prompt * 10 + rater)
    np.testing.assert_allclose(fit.covariance, expected, atol=1e-9)


@needs_llmfao
@pytest.mark.parametrize(("cluster", "ratio"), [("prompt", 1.59), ("rater", 1.12)])
def test_the_crowd_is_as_much_less_certain_as_was_found_before(tmp_path, cluster, ratio):
    battles = crowd_battles(tmp_path)
    plain = bradley_terry(tally(battles))
    clustered = bradley_terry(tally(battles), filling=clustered_filling(battles, cluster))
    found = np.median(np.sqrt(np.diag(clustered.covariance) / np.diag(plain.covariance)))
    assert found == pytest.approx(ratio, abs=0.05)


def test_clusters_need_their_column_and_more_than_one_of_them():
    rows = [("x", "y", "A"), ("y", "x", "A")]
    with pytest.raises(Undefined) as absent:
        leaderboard(make_battles(rows), Options(cluster="rater"))
    with pytest.raises(Undefined) as single:
        leaderboard(make_battles(rows, rater=coded(["r", "r"])), Options(cluster="rater"))
    assert (absent.value.code, single.value.code) == (Why.NOT_RECORDED, Why.ONE_CLUSTER)


def test_an_anchor_moves_all_ratings_alike_and_is_certain_of_itself():
    rows = [("x", "y", "A"), ("y", "x", "A"), ("y", "z", "A"), ("z", "x", "A"), ("x", "y", "A")]
    free, held = leaderboard(make_battles(rows)), leaderboard(make_battles(rows), Options(anchor=("y", 1200.0)))
    before, after = ({row.system: row.rating or 0.0 for row in board.rows} for board in (free, held))
    assert after["y"] == 1200
    moved = [after[name] - before[name] for name in before]
    assert max(moved) - min(moved) == pytest.approx(0, abs=1e-9)
    anchor = next(row for row in held.rows if row.system == "y")
    assert (anchor.lower, anchor.upper) == (1200, 1200)
    assert [row.rank for row in held.rows] == [row.rank for row in free.rows]


@pytest.mark.parametrize(("anchor", "said"), [(("absent", 1.0), "no system"), (("top", 1.0), "unbeaten")])
def test_only_a_rated_system_can_be_an_anchor(anchor, said):
    battles = make_battles([("top", "x", "A"), ("x", "y", "A"), ("y", "x", "A")])
    with pytest.raises(ValueError, match=said):
        leaderboard(battles, Options(anchor=anchor))


@given(connected_battles())
def test_simultaneous_rank_sets_are_never_narrower_than_marginal_ones(battles):
    for row in leaderboard(battles).rows:
        places = (row.rank_all_lower, row.rank_lower, row.rank, row.rank_upper, row.rank_all_upper)
        known = [place for place in places if place is not None]
        assert known == sorted(known)
        assert len(known) == 5
