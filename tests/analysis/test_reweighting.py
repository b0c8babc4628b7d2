"""Pairs that count alike, however often they met."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats
from scipy.optimize import minimize

from analysis.counts import tally
from analysis.options import Options
from analysis.reweighting import ENOUGH, pair_weights
from tests.analysis.builders import coded, connected_battles, make_battles, ranked

PAIRS = Options(reweight="pairs")


def uneven(rng: np.random.Generator):
    """Three systems whose pairs met 400, 120 and 20 times."""
    lead = {("x", "y"): 0.8, ("y", "z"): -0.3, ("x", "z"): 0.2}
    rows = [
        (a, b, str(rng.choice(["A", "B", "tie"], p=[0.8 * p, 0.8 * (1 - p), 0.2])))
        for (a, b), number in zip(lead, (400, 120, 20), strict=True)
        for p in [1 / (1 + np.exp(-lead[a, b]))]
        for _ in range(number)
    ]
    return make_battles(rows, prompt=coded([f"p{place % 40}" for place in range(len(rows))]))


def arena_rank(battles) -> tuple[np.ndarray, np.ndarray]:
    """Ratings and errors by the published recipe, battle by battle: w = 1 / max(n, 50), V = H^-1 G H^-1."""
    size = len(battles.systems)
    pair = [frozenset(two) for two in zip(battles.system_a.tolist(), battles.system_b.tolist(), strict=True)]
    weight = np.array([1 / max(pair.count(one), 50) for one in pair])
    design = np.zeros((len(battles), size))
    design[np.arange(len(battles)), battles.system_a] = 1
    design[np.arange(len(battles)), battles.system_b] = -1
    y = np.array([1.0, 0.0, 0.5, 0.5])[battles.outcome]

    def loss(theta: np.ndarray) -> float:
        lead = design @ theta
        return float((weight * (np.logaddexp(0, lead) - y * lead)).sum())

    theta = minimize(loss, np.zeros(size), method="BFGS", options={"gtol": 1e-10}).x
    theta -= theta.mean()
    p = 1 / (1 + np.exp(-design @ theta))
    hessian = design.T @ (design * (weight * p * (1 - p))[:, None]) + 1 / size
    inverse = np.linalg.inv(hessian) - 1 / size
    score = design * (weight * (y - p))[:, None]
    filling = score.T @ score
    return theta, np.sqrt(np.diag(inverse @ filling @ inverse))


def test_ratings_and_errors_are_those_of_the_published_recipe():
    battles = uneven(np.random.default_rng(3))
    board = {row.system: row for row in ranked(battles, PAIRS).rows}
    theta, error = arena_rank(battles)
    for place, name in enumerate(battles.systems):
        assert board[name].rating == pytest.approx(1000 + 400 / np.log(10) * theta[place], abs=1e-3)
        half = 1.959964 * 400 / np.log(10) * error[place]
        assert board[name].upper - board[name].rating == pytest.approx(half, rel=1e-5)


@given(connected_battles())
def test_the_total_weight_stays_and_small_pairs_are_left_as_they_are(battles):
    counts = tally(battles)
    factor = pair_weights(counts)
    np.testing.assert_allclose((counts.weight * factor).sum(), counts.weight.sum())
    np.testing.assert_array_equal(factor, factor.T)
    assert counts.number.sum() > ENOUGH or np.ptp(factor) == pytest.approx(0)


@settings(max_examples=20, deadline=None)
@given(connected_battles())
def test_pairs_that_met_equally_often_keep_their_ratings(battles):
    plain, weighed = ranked(battles), ranked(battles, PAIRS)
    if max(np.unique(tally(battles).number.sum(axis=0))) <= ENOUGH:
        for one, other in zip(plain.rows, weighed.rows, strict=True):
            assert (one.rating, one.win_rate) == pytest.approx((other.rating, other.win_rate))


def test_clusters_see_the_weights_of_pairs():
    battles = uneven(np.random.default_rng(4))
    alone = make_battles(
        [
            (battles.systems[a], battles.systems[b], ["A", "B", "tie"][o])
            for a, b, o in zip(battles.system_a, battles.system_b, battles.outcome, strict=True)
        ],
        prompt=coded([str(place) for place in range(len(battles))]),
    )
    plain = ranked(battles, PAIRS)
    single = ranked(alone, Options(reweight="pairs", cluster="prompt"))
    n = len(battles)
    wider = np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975)
    for one, other in zip(plain.rows, single.rows, strict=True):
        assert other.upper - other.rating == pytest.approx((one.upper - one.rating) * wider)


def test_win_rates_stay_plain_and_other_methods_refuse():
    battles = uneven(np.random.default_rng(5))
    plain, weighed = ranked(battles), ranked(battles, PAIRS)
    rates = ({row.system: row.win_rate for row in board.rows} for board in (plain, weighed))
    assert next(rates) == next(rates)
    assert plain.rows[0].rating != weighed.rows[0].rating
    assert "1 / max(battles of their pair, 50)" in weighed.conventions["reweighting"]
    with pytest.raises(ValueError, match="reweighting of pairs belongs to Bradley-Terry"):
        Options(method="win-rate", reweight="pairs")
