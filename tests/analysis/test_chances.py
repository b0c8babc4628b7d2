"""How likely a system is the best, and how far apart any two are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm, studentized_range
from statsmodels.stats.multitest import multipletests

from analysis.chances import chances
from analysis.counts import tally
from analysis.errors import Why
from analysis.options import Options
from analysis.ranks import critical_values
from analysis.strengths import bradley_terry
from tests.analysis.builders import connected_battles, make_battles, normal_fit, ranked

RNG = np.random.default_rng(17)
ASKED = Options(differences=True)


def of(board, name):
    return next(row for row in board.rows if row.system == name)


def pair(board, first, second):
    return next(one for one in board.differences.pairs if (one.first, one.second) == (first, second))


def rows_of(wins: dict[tuple[str, str], int]) -> list[tuple[str, str, str]]:
    return [(*names, "A") for names, number in wins.items() for _ in range(number)]


THREE = {("x", "y"): 14, ("y", "x"): 8, ("y", "z"): 11, ("z", "y"): 9, ("x", "z"): 13, ("z", "x"): 10}


def test_of_two_systems_the_better_is_best_with_the_normal_probability_of_its_lead():
    fit = normal_fit([0.6, 0.0], 0.25)
    found = chances(fit, top=1, rng=np.random.default_rng(0))
    assert found.best[0] == pytest.approx(norm.cdf(0.6 / np.sqrt(0.5)), abs=4 * 0.5 / np.sqrt(found.draws))
    assert found.best.sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(found.best, found.among_top)


def test_of_three_systems_the_chances_are_those_of_the_bivariate_normal():
    fit = bradley_terry(tally(make_battles(rows_of(THREE))))
    found = chances(fit, top=2, rng=np.random.default_rng(1))
    for place in range(3):
        lead = np.delete(np.eye(3)[place] - np.eye(3), place, axis=0)  # leads over the two others
        spread = lead @ fit.covariance @ lead.T
        best = multivariate_normal.cdf(lead @ fit.strengths, mean=np.zeros(2), cov=spread)
        last = multivariate_normal.cdf(-lead @ fit.strengths, mean=np.zeros(2), cov=spread)
        assert found.best[place] == pytest.approx(best, abs=0.02)
        assert found.among_top[place] == pytest.approx(1 - last, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(connected_battles(), st.integers(1, 6))
def test_chances_add_up_to_the_places_there_are(battles, top):
    board = ranked(battles, Options(top=top))
    if all(row.p_best is not None for row in board.rows):
        assert sum(row.p_best for row in board.rows) == pytest.approx(1.0)
        assert sum(row.p_top_k for row in board.rows) == pytest.approx(min(top, board.n_systems))
        assert all(row.p_best <= row.p_top_k + 1e-12 for row in board.rows)


def test_the_seed_decides_the_chances_and_a_longer_board_of_another_component_does_not_matter():
    battles = make_battles(rows_of(THREE))
    once, again, other = (ranked(battles, Options(seed=seed)) for seed in (3, 3, 4))
    assert once == again
    assert [row.p_best for row in once.rows] != [row.p_best for row in other.rows]
    apart = ranked(make_battles([*rows_of(THREE), ("p", "q", "A"), ("q", "p", "A")]))
    assert sum(row.p_best for row in apart.rows) == pytest.approx(2.0)  # one for each component


def test_where_a_system_has_no_rating_nobody_has_a_chance():
    board = ranked(make_battles([*rows_of(THREE), ("champion", "x", "A")]))
    assert {row.p_best for row in board.rows} == {row.p_top_k for row in board.rows} == {None}
    assert ranked(make_battles(rows_of(THREE)), Options(ci="none")).rows[0].p_best is None
    with pytest.raises(ValueError, match="top must be at least 1"):
        Options(top=0)


@pytest.mark.parametrize("systems", [2, 3, 6])
def test_the_largest_difference_of_equal_variances_is_tukeys_range(systems):
    found = critical_values(np.eye(systems), confidence=0.95, rng=np.random.default_rng(2)).common
    assert found == pytest.approx(studentized_range.ppf(0.95, systems, np.inf) / np.sqrt(2), abs=0.02)


def test_the_difference_of_two_systems_is_the_log_odds_and_its_error_that_of_a_share():
    board = ranked(make_battles([("x", "y", "A")] * 30 + [("x", "y", "B")] * 10), ASKED)
    [one] = board.differences.pairs
    scale = 400 / np.log(10)
    error = scale / np.sqrt(40 * 0.75 * 0.25)  # of a logit: 1 / sqrt(n p (1 - p))
    assert one.difference == pytest.approx(scale * np.log(3))
    assert one.standard_error == pytest.approx(error)
    assert one.p_beats == pytest.approx(0.75)
    assert one.p_ahead == pytest.approx(norm.cdf(one.difference / error))
    assert one.p_value == one.adjusted_p == pytest.approx(2 * norm.sf(one.difference / error))
    assert one.upper - one.difference == pytest.approx(1.96 * error, rel=0.02)  # drawn


def test_holm_is_that_of_statsmodels_over_all_pairs():
    board = ranked(make_battles(rows_of(THREE)), ASKED)
    raw = [one.p_value for one in board.differences.pairs]
    expected = multipletests(raw, method="holm")[1]
    assert [one.adjusted_p for one in board.differences.pairs] == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(connected_battles(), st.sampled_from(["half", "drop", "davidson", "rao-kupper"]))
def test_differences_follow_the_board(battles, ties):
    board = ranked(battles, Options(ties=ties, differences=True))
    ratings = {row.system: row.rating for row in board.rows}
    assert len(board.differences.pairs) == board.n_systems * (board.n_systems - 1) // 2
    for one in board.differences.pairs:
        if one.difference is not None:
            assert one.difference == pytest.approx(ratings[one.first] - ratings[one.second])
            assert one.difference >= -1e-6  # the first stands higher on the board
        if one.p_beats is not None:
            assert 0 <= one.p_beats <= 1
        if one.lower is not None:
            assert one.lower <= one.difference <= one.upper


def test_a_tie_has_its_own_chance_where_the_rule_gives_it_one():
    rows = rows_of(THREE) + [("x", "y", "tie"), ("y", "z", "tie"), ("x", "z", "tie")] * 6
    for ties in ("davidson", "rao-kupper"):
        battles = make_battles(rows)
        fit = bradley_terry(tally(battles), rule=ties)
        lead = fit.strengths[0] - fit.strengths[1]
        if ties == "davidson":
            expected = np.exp(lead / 2) / (np.exp(lead / 2) + np.exp(-lead / 2) + fit.tie_parameter)
        else:
            expected = 1 / (1 + np.exp(fit.tie_parameter - lead))
        assert pair(ranked(battles, Options(ties=ties, differences=True)), "x", "y").p_beats == pytest.approx(expected)


def test_pairs_without_a_common_scale_say_why():
    rows = [*rows_of(THREE), ("champion", "x", "A"), ("p", "q", "A"), ("q", "p", "A")]
    board = ranked(make_battles(rows), ASKED)
    assert pair(board, "champion", "x").reason == Why.SEPARATED
    assert pair(board, "x", "q").reason == Why.DISCONNECTED
    assert pair(board, "x", "y").reason is None
    assert pair(board, "champion", "x").difference is None
    tied = ranked(make_battles([("x", "y", "tie")] * 5), ASKED)
    assert [(one.reason, one.z, one.difference) for one in tied.differences.pairs] == [("no_spread", None, 0.0)]


def test_an_anchor_moves_no_difference_and_intervals_are_needed():
    battles = make_battles(rows_of(THREE))
    plain, anchored = (ranked(battles, Options(differences=True, anchor=a)) for a in (None, ("y", 500.0)))
    for one, other in zip(plain.differences.pairs, anchored.differences.pairs, strict=True):
        assert (one.difference, one.lower) == pytest.approx((other.difference, other.lower))
    with pytest.raises(ValueError, match="differences need their errors"):
        Options(differences=True, ci="none")
    with pytest.raises(ValueError, match="differences need their errors"):
        Options(method="elo", differences=True)


def test_all_intervals_hold_at_once_as_often_as_they_say():
    covariance = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, 0.0], [0.1, 0.0, 0.3]])
    common = critical_values(covariance, confidence=0.95, rng=RNG).common
    drawn = RNG.multivariate_normal(np.zeros(3), covariance, 20_000)
    above, below = np.triu_indices(3, k=1)
    error = np.sqrt(np.diag(covariance)[above] + np.diag(covariance)[below] - 2 * covariance[above, below])
    held = (np.abs(drawn[:, above] - drawn[:, below]) <= common * error).all(axis=1)
    assert held.mean() == pytest.approx(0.95, abs=0.006)  # 4 standard errors


def test_the_order_of_the_battles_does_not_move_the_chances():
    rows = rows_of(THREE)
    turned = [(b, a, {"A": "B", "B": "A"}[o]) for a, b, o in reversed(rows)]
    chance = [{row.system: row.p_best for row in ranked(make_battles(one)).rows} for one in (rows, turned)]
    assert chance[0] == pytest.approx(chance[1], abs=2e-3)  # the same draws, but for rounding
