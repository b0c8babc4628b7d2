"""How sure win rates are: joint covariance, rank sets, and the matrix with its intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.comparison.paired import mean_estimate
from analysis.counts import tally
from analysis.data import BOTH_BAD, TIE, take
from analysis.errors import Undefined
from analysis.intervals import wilson
from analysis.options import Options
from analysis.rate_errors import POINTS, clustered_ends, rate_covariance
from analysis.win_rates import win_rates
from tests.analysis.builders import coded, connected_battles, make_battles, ranked

RATES = Options(method="win-rate")


def of(board, name):
    return next(row for row in board.rows if row.system == name)


def residuals(battles) -> np.ndarray:
    """What each battle adds to the error of each share, written out battle by battle: shape (battles, systems)."""
    weight = np.ones(len(battles)) if battles.weight is None else battles.weight
    table = np.zeros((len(battles), len(battles.systems)))
    for place in range(len(battles.systems)):
        is_a, is_b = battles.system_a == place, battles.system_b == place
        points = np.where(is_a, POINTS[battles.outcome], 1 - POINTS[battles.outcome])
        mine = is_a | is_b
        share = (points * weight)[mine].sum() / weight[mine].sum()
        table[mine, place] = (weight * (points - share))[mine] / weight[mine].sum()
    return table


@given(connected_battles())
def test_the_covariance_is_the_sum_of_products_battle_by_battle(battles):
    battles = replace(battles, weight=np.linspace(1, 3, len(battles)))
    counts = tally(battles)
    expected = residuals(battles).T @ residuals(battles)
    np.testing.assert_allclose(rate_covariance(counts, win_rates(counts).overall), expected, atol=1e-12)


@given(connected_battles())
def test_clusters_of_one_battle_are_battles_and_clusters_sum_what_is_in_them(battles):
    counts = tally(battles)
    rates = win_rates(counts)
    single = np.arange(len(battles))
    factor = len(battles) / (len(battles) - 1)
    alone = clustered_ends(battles, rates, single, 0.95)[2]
    np.testing.assert_allclose(alone, rate_covariance(counts, rates.overall) * factor, atol=1e-12)
    ids = single // 2
    sums = np.zeros((ids.max() + 1, len(battles.systems)))
    np.add.at(sums, ids, residuals(battles))
    if len(sums) > 1:
        expected = sums.T @ sums * len(sums) / (len(sums) - 1)
        np.testing.assert_allclose(clustered_ends(battles, rates, ids, 0.95)[2], expected, atol=1e-12)


def test_two_systems_share_one_error():
    """x's share is one less y's, so their difference has twice the standard error of a share: 2 sqrt(p q / n)."""
    board = ranked(make_battles([("x", "y", "A")] * 30 + [("x", "y", "B")] * 10), replace(RATES, differences=True))
    [one] = board.differences.pairs
    assert (one.difference, one.standard_error) == pytest.approx((0.5, 2 * np.sqrt(0.75 * 0.25 / 40)))
    assert (one.p_beats, board.differences.unit) == (None, "share of points")
    assert [(row.rank, row.rank_lower, row.rank_upper) for row in board.rows] == [(1, 1, 1), (2, 2, 2)]


@settings(max_examples=25, deadline=None)
@given(connected_battles())
def test_a_rank_lies_in_its_set_and_the_larger_share_has_the_better_chance(battles):
    rows = ranked(battles, RATES).rows
    for row in rows:
        assert 1 <= row.rank_lower <= row.rank <= row.rank_upper <= len(rows)
    if all(row.p_best is not None for row in rows):
        assert sum(row.p_best for row in rows) == pytest.approx(1.0)


@pytest.mark.slow
def test_rank_sets_of_win_rates_hold_the_true_rank_as_often_as_they_say():
    rng, chance = np.random.default_rng(11), {"w": 0.8, "x": 0.6, "y": 0.55, "z": 0.3}
    names, hits = list(chance), np.zeros(4)
    places = np.array([np.delete(np.arange(4), k) for k in range(4)])
    true = np.array(
        [np.mean([chance[a] / (chance[a] + chance[names[b]]) for b in places[k]]) for k, a in enumerate(names)]
    )
    rank = {name: 1 + int((true > true[k]).sum()) for k, name in enumerate(names)}
    for _ in range(150):
        pairs = [rng.choice(4, 2, replace=False) for _ in range(240)]
        won = [rng.random() < chance[names[a]] / (chance[names[a]] + chance[names[b]]) for a, b in pairs]
        rows = [(names[a], names[b], "A" if w else "B") for (a, b), w in zip(pairs, won, strict=True)]
        board = ranked(make_battles(rows), RATES)
        hits += [of(board, name).rank_lower <= rank[name] <= of(board, name).rank_upper for name in names]
    assert (hits / 150 > 0.9).all()  # 0.95 less 2.8 standard errors


def test_a_share_without_spread_settles_nothing():
    board = ranked(make_battles([("x", "y", "A")] * 20 + [("y", "z", "A"), ("z", "y", "A")]), RATES)
    x = of(board, "x")
    assert (x.rating, x.rank, x.rank_lower, x.rank_upper, x.p_best) == (1.0, 1, 1, 3, None)


def test_a_baseline_has_no_error_of_its_own_and_who_never_met_it_comes_last():
    rows = [("x", "base", "A")] * 60 + [("base", "x", "A")] * 20 + [("y", "base", "B")] * 50 + [("y", "base", "A")] * 30
    board = ranked(make_battles([*rows, ("z", "x", "A")]), replace(RATES, baseline="base", differences=True))
    assert [(row.system, row.rank) for row in board.rows] == [("x", 1), ("base", 2), ("y", 3), ("z", 4)]
    assert (of(board, "base").rating, of(board, "base").lower, of(board, "base").upper) == (0.5, 0.5, 0.5)
    assert (of(board, "x").rank_upper, of(board, "z").rank_lower, of(board, "z").rank_upper) == (2, 1, 4)
    one = next(one for one in board.differences.pairs if (one.first, one.second) == ("x", "base"))
    assert one.standard_error == pytest.approx(np.sqrt(0.75 * 0.25 / 80))


def test_dropped_outcomes_leave_shares_errors_and_matrix():
    rows = [("x", "y", o) for o in ("A", "A", "B", "tie", "both_bad")] * 6
    battles = make_battles(rows)
    for options, kept in [(Options(method="win-rate", ties="drop"), 18), (replace(RATES, both_bad="drop"), 24)]:
        gone = (TIE, BOTH_BAD) if options.ties == "drop" else (BOTH_BAD,)
        part = ranked(take(battles, ~np.isin(battles.outcome, gone)), replace(RATES, matrix=True))
        board = ranked(battles, replace(options, matrix=True))
        assert board.matrix == part.matrix
        assert board.matrix.n[0][1] == kept
        assert of(board, "x").lower == of(part, "x").lower


def test_the_matrix_has_wilsons_intervals_in_the_order_of_the_board():
    rows = [("y", "x", "A")] * 15 + [("y", "x", "B")] * 5 + [("x", "z", "tie")] * 4
    board = ranked(make_battles(rows), Options(matrix=True))
    order = [row.system for row in board.rows]
    assert list(board.matrix.systems) == order
    i, j = order.index("y"), order.index("x")
    assert board.matrix.share[i][j] == 0.75
    expected = [float(end[0]) for end in wilson(np.array([0.75]), np.array([20]), 0.95)]
    assert [board.matrix.lower[i][j], board.matrix.upper[i][j]] == pytest.approx(expected)
    assert board.matrix.share[i][order.index("z")] is board.matrix.n[i][order.index("z")] is None
    assert board.matrix.average[i] == 0.75


@pytest.mark.parametrize("method", ["win-rate", "bradley-terry"])
def test_a_clustered_cell_is_the_clustered_mean_of_its_battles(method):
    rng = np.random.default_rng(8)
    outcomes = [str(o) for o in rng.choice(["A", "B", "tie"], 60)]
    rows = [("x", "y", o) if k % 2 else ("y", "x", {"A": "B", "B": "A"}.get(o, o)) for k, o in enumerate(outcomes)]
    prompts = [f"p{number}" for number in rng.integers(0, 12, 80)]
    more = [("x", "z", "A"), ("z", "x", "A")] * 10
    battles = make_battles([*rows, *more], prompt=coded(prompts))
    board = ranked(battles, Options(method=method, cluster="prompt", matrix=True))
    points = np.array([{"A": 1.0, "B": 0.0, "tie": 0.5}[o] for o in outcomes])
    expected = mean_estimate(points, cluster=coded(prompts[:60]).codes)
    i, j = (board.matrix.systems.index(name) for name in "xy")
    cell = (board.matrix.share[i][j], board.matrix.lower[i][j], board.matrix.upper[i][j])
    assert cell == pytest.approx((expected.value, expected.lower, expected.upper))
    assert board.matrix.lower[j][i] == pytest.approx(1 - cell[2])
    assert board.matrix.interval.startswith("clustered by prompt")


def test_one_cluster_leaves_a_cell_without_interval_and_both_ways_are_refused():
    battles = make_battles([("x", "y", "A"), ("x", "y", "B"), ("x", "z", "A"), ("z", "x", "A")], prompt=coded("ppqr"))
    board = ranked(battles, Options(method="win-rate", cluster="prompt", matrix=True))
    i, j = (board.matrix.systems.index(name) for name in "xy")
    assert (board.matrix.share[i][j], board.matrix.lower[i][j]) == (0.5, None)
    with pytest.raises(ValueError, match="clustered by prompt or by rater"):
        Options(cluster="both", matrix=True)
    with pytest.raises(Undefined, match="column rater"):
        ranked(battles, Options(method="win-rate", cluster="rater", matrix=True))
