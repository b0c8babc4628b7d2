"""Win rates, Elo and counts against other software and formulas written out anew."""

from __future__ import annotations

import math
from itertools import permutations

import evalica
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse.csgraph import connected_components
from statsmodels.stats.proportion import proportion_confint

from analysis.bradley_terry import win_chances
from analysis.counts import Counts, tally, ties, wins
from analysis.data import BOTH_BAD, OUTCOMES, TIE, A, B, Battles, take
from analysis.elo import averaged_elo, online_elo
from analysis.graph import reachable, strong_components, weak_components
from analysis.intervals import wilson
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.pairwise import items_of, ratings_from_battles
from analysis.strengths import bradley_terry
from analysis.win_rates import win_rates
from tests.analysis.builders import coded, connected_battles, make_battles, points_of, voted
from tests.analysis.published import PUDDING, pudding


@pytest.mark.parametrize(("share", "n"), [(0.5, 10), (0.0, 7), (1.0, 3), (0.725, 20.0), (0.31, 133.4)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_is_statsmodels_wilson(share, n, confidence):
    theirs = proportion_confint(share * n, n, alpha=1 - confidence, method="wilson")
    ours = wilson(np.array([share]), np.array([n]), confidence)
    assert [float(end[0]) for end in ours] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("cluster", ["prompt", "rater"])
def test_a_clustered_win_rate_is_statsmodels_intercept_with_clustered_errors(cluster):
    battles = voted()
    plain = Battles(
        battles.system_a, battles.system_b, battles.outcome, battles.systems, prompt=battles.prompt, rater=battles.rater
    )
    rows = {row.system: row for row in leaderboard(plain, Options(method="win-rate", cluster=cluster)).rows}
    column = plain.prompt if cluster == "prompt" else plain.rater
    assert column is not None
    for place, name in enumerate(plain.systems):
        mine = (plain.system_a == place) | (plain.system_b == place)
        points = np.where(plain.system_a[mine] == place, points_of(plain)[mine], 1 - points_of(plain)[mine])
        kwds = {"groups": column.codes[mine]}
        theirs = sm.OLS(points, np.ones(len(points))).fit(cov_type="cluster", cov_kwds=kwds, use_t=True)
        assert (rows[name].rating, rows[name].lower, rows[name].upper) == pytest.approx(
            (theirs.params[0], *theirs.conf_int()[0])
        )


def test_one_battle_a_prompt_gives_alpaca_evals_standard_error():
    """AlpacaEval: win rate = mean preference, error = sd / sqrt n with the sample's sd, ties half a point."""
    outcomes = ["A"] * 20 + ["B"] * 11 + ["tie"] * 4
    rows = [("model", "baseline", outcome) for outcome in outcomes]
    battles = make_battles(rows, prompt=coded([f"p{i}" for i in range(35)]))
    options = Options(method="win-rate", cluster="prompt", baseline="baseline")
    row = next(row for row in leaderboard(battles, options).rows if row.system == "model")
    points = points_of(battles)
    error = points.std(ddof=1) / math.sqrt(35)
    half = stats.t.ppf(0.975, 34) * error
    assert (row.rating, row.lower, row.upper) == pytest.approx(
        (points.mean(), points.mean() - half, points.mean() + half)
    )


@given(connected_battles())
def test_evalica_expects_the_same_shares_of_points(battles):
    fit = bradley_terry(tally(battles))
    theirs = evalica.pairwise_scores(np.exp(fit.strengths))
    np.testing.assert_allclose(win_chances(fit.strengths), theirs, atol=1e-12)


def test_the_average_rate_without_ties_is_the_arenas_column():
    """FastChat: the mean over opponents of the fraction won of the battles somebody won."""
    battles = voted()
    plain = Battles(battles.system_a, battles.system_b, battles.outcome, battles.systems)
    won = np.zeros((5, 5))
    for a, b, o in zip(plain.system_a, plain.system_b, plain.outcome, strict=True):
        if o in (A, B):
            won[(a, b) if o == A else (b, a)] += 1
    np.fill_diagonal(share := won / np.where(won + won.T > 0, won + won.T, np.nan), np.nan)
    np.testing.assert_allclose(win_rates(tally(plain), rule="drop").average, np.nanmean(share, axis=1))


@given(st.integers(1, 7), st.integers(0, 2**31), st.floats(0.05, 0.5))
def test_components_are_scipys(size, seed, density):
    edges = np.random.default_rng(seed).random((size, size)) < density
    np.fill_diagonal(edges, val=False)
    for ours, connection in ((strong_components(edges), "strong"), (weak_components(edges), "weak")):
        theirs = connected_components(edges, directed=True, connection=connection)[1]
        np.testing.assert_array_equal(ours[:, None] == ours[None, :], theirs[:, None] == theirs[None, :])
        first = [int(np.flatnonzero(ours == label)[0]) for label in range(int(ours.max()) + 1)]
        assert first == sorted(first)
    paths = np.linalg.matrix_power(np.eye(size) + edges, size) > 0
    np.testing.assert_array_equal([reachable(edges, node) for node in range(size)], paths)


def test_weights_scale_the_whole_step_of_elo():
    """w K (S - E); K (w S - E) would move both players of a battle that counts for nothing."""
    battles = voted(number=80)
    assert battles.weight is not None
    ratings = dict.fromkeys(battles.systems, 1000.0)
    for a, b, o, w in zip(battles.system_a, battles.system_b, points_of(battles), battles.weight, strict=True):
        one, other = battles.systems[a], battles.systems[b]
        expected = 1 / (1 + 10 ** ((ratings[other] - ratings[one]) / 400))
        step = float(w) * 32 * (float(o) - expected)
        ratings[one], ratings[other] = ratings[one] + step, ratings[other] - step
    np.testing.assert_allclose(online_elo(battles, k=32), [ratings[name] for name in battles.systems], rtol=1e-12)


def test_many_random_orders_come_near_the_mean_over_all_of_them():
    battles = make_battles([("x", "y", "A"), ("y", "z", "A"), ("z", "x", "tie"), ("x", "y", "B"), ("x", "z", "A")])
    every = [online_elo(take(battles, np.array(order)), k=60) for order in permutations(range(5))]
    made = averaged_elo(battles, k=60, permutations=3000, rng=np.random.default_rng(1))
    error = np.std(every, axis=0) / math.sqrt(3000)
    assert (np.abs(made - np.mean(every, axis=0)) < 4 * error).all()


def test_counts_are_those_of_a_loop():
    battles = voted()
    assert battles.weight is not None
    number, weight, square = np.zeros((3, len(OUTCOMES), 5, 5))
    for a, b, o, w in zip(battles.system_a, battles.system_b, battles.outcome, battles.weight, strict=True):
        number[o, a, b] += 1
        weight[o, a, b] += w
        square[o, a, b] += w * w
    made = tally(battles)
    np.testing.assert_array_equal(made.number, number)
    np.testing.assert_allclose(made.weight, weight)
    np.testing.assert_allclose(made.square, square)
    np.testing.assert_allclose(wins(made.weight), weight[A] + weight[B].T)
    drawn = weight[TIE] + weight[BOTH_BAD]
    np.testing.assert_allclose(ties(made.weight, both_bad=True), drawn + drawn.T)
    np.testing.assert_allclose(ties(made.weight, both_bad=False), weight[TIE] + weight[TIE].T)
    kept = made.only(np.array([3, 1]))
    assert kept.systems == (made.systems[3], made.systems[1])
    np.testing.assert_array_equal(kept.number, number[:, [3, 1]][:, :, [3, 1]])


def test_verdicts_on_one_prompt_and_pair_are_one_item_in_the_frame_of_the_first():
    rows = [("x", "y", "A"), ("y", "x", "A"), ("y", "x", "both_bad"), ("x", "z", "B"), ("x", "y", "tie")]
    battles = make_battles(rows, prompt=coded(["p", "p", "p", "p", "q"]), rater=coded(list("abcde")))
    assert [items_of(battles).names[code] for code in items_of(battles).codes] == [
        "p: x / y",
        "p: x / y",
        "p: x / y",
        "p: x / z",
        "q: x / y",
    ]
    assert ratings_from_battles(battles).value.tolist() == [A, B, BOTH_BAD, B, TIE]


def test_counts_can_be_made_without_rows():
    """Counts that come from elsewhere, as the store's do, rank like the rows they stand for."""
    battles = pudding()
    number = np.zeros((len(OUTCOMES), 6, 6))
    for i, j, won, lost, tied in PUDDING:
        number[[A, B, TIE], i - 1, j - 1] = won, lost, tied
    names = tuple(str(brand) for brand in range(1, 7))
    ours, rows = bradley_terry(Counts(names, number, number, number)), bradley_terry(tally(battles))
    np.testing.assert_allclose(ours.strengths, rows.strengths[[rows.systems.index(name) for name in names]], atol=1e-10)
