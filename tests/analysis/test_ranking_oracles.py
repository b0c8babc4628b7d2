"""Strengths and their errors against published figures, other software, and formulas written out anew."""

from __future__ import annotations

import math
from collections import Counter

import choix
import evalica
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from scipy import stats
from sklearn.linear_model import LogisticRegression
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.bradley_terry import fit_bradley_terry
from analysis.clusters import clustered_filling
from analysis.counts import tally
from analysis.data import A, B, Battles, take
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.scores import BASE, POINTS_PER_NAT
from analysis.strengths import bradley_terry
from analysis.tie_models import fit_group
from tests.analysis.builders import connected_battles, make_battles, points_of, voted
from tests.analysis.published import (
    CITATIONS,
    CITED,
    CITED_ERRORS,
    PUDDING_DEVIANCE,
    PUDDING_ERRORS,
    PUDDING_TIE,
    WORTHS,
    pudding,
    springall,
)


def design(battles: Battles) -> np.ndarray:
    """One row per battle: +1 for system_a, -1 for system_b; the first system is left out as the reference."""
    x = np.zeros((len(battles), len(battles.systems)))
    x[np.arange(len(battles)), battles.system_a] = 1
    x[np.arange(len(battles)), battles.system_b] = -1
    return x[:, 1:]


def leads(covariance: np.ndarray) -> np.ndarray:
    """The covariance of the leads over the first system, which is what a reference-coded regression reports."""
    contrast = np.hstack([-np.ones((len(covariance) - 1, 1)), np.eye(len(covariance) - 1)])
    return np.asarray(contrast @ covariance @ contrast.T)


def test_citations_have_the_published_strengths_and_model_errors():
    points = np.array(CITATIONS, dtype=float)
    np.fill_diagonal(points, 0)
    fit = fit_bradley_terry(points)
    np.testing.assert_allclose(fit.strengths - fit.strengths[0], CITED, atol=5e-5)
    np.testing.assert_allclose(np.sqrt(np.diag(leads(fit.inverse))), CITED_ERRORS, atol=5e-5)


def test_chocolate_pudding_has_davidsons_worths_tie_parameter_and_errors():
    counts = tally(pudding())
    fit = bradley_terry(counts, rule="davidson")
    worth = np.exp(fit.strengths) / np.exp(fit.strengths).sum()
    np.testing.assert_allclose(worth, WORTHS, atol=6e-5)
    assert fit.tie_parameter == pytest.approx(PUDDING_TIE, abs=6e-5)
    assert -2 * fit.log_likelihood == pytest.approx(PUDDING_DEVIANCE, abs=0.05)
    model = fit_group(counts.weight, rule="davidson", both_bad="tie").bread[:-1, :-1]
    np.testing.assert_allclose(np.sqrt(np.diag(leads(model))), PUDDING_ERRORS, atol=6e-5)


@pytest.mark.parametrize("data", [pudding, springall])
def test_rao_and_kupper_is_an_ordered_logit_on_the_difference(data):
    """Each battle seen from both sides makes the two cut points mirror images, -eta and eta."""
    battles = data()
    x = design(battles)
    grade = np.array([2, 0, 1])[battles.outcome]
    model = OrderedModel(np.concatenate([grade, 2 - grade]), np.vstack([x, -x]), distr="logit")
    theirs = model.fit(method="bfgs", disp=False, gtol=1e-8, maxiter=500)
    fit = bradley_terry(tally(battles), rule="rao-kupper")
    size = x.shape[1]
    np.testing.assert_allclose(fit.strengths[1:] - fit.strengths[0], theirs.params[:size], atol=1e-5)
    assert fit.tie_parameter == pytest.approx(-theirs.params[size], abs=1e-5)
    assert fit.log_likelihood == pytest.approx(theirs.llf / 2, abs=1e-6)


@pytest.mark.parametrize("data", [pudding, springall])
def test_evalicas_newman_is_davidson_with_half_the_tie_parameter(data):
    battles = data()
    winner = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw]
    theirs = evalica.newman(
        [battles.systems[place] for place in battles.system_a],
        [battles.systems[place] for place in battles.system_b],
        [winner[code] for code in battles.outcome],
        tolerance=1e-13,
        limit=100_000,
    )
    fit = bradley_terry(tally(battles), rule="davidson")
    scores = np.log([theirs.scores[name] for name in battles.systems])
    np.testing.assert_allclose(fit.strengths, scores - scores.mean(), atol=1e-5)
    assert fit.tie_parameter == pytest.approx(2 * theirs.v, abs=1e-5)


@given(connected_battles())
def test_choix_agrees_by_each_of_its_algorithms(battles):
    """Ties as half wins: a win counts twice there, a tie once each way."""
    data = []
    for a, b, o in zip(battles.system_a.tolist(), battles.system_b.tolist(), battles.outcome.tolist(), strict=True):
        data += {A: [(a, b)] * 2, B: [(b, a)] * 2}.get(o, [(a, b), (b, a)])
    size = len(battles.systems)
    fit = bradley_terry(tally(battles)).strengths
    np.testing.assert_allclose(fit, choix.ilsr_pairwise(size, data, max_iter=2000), atol=1e-6)
    np.testing.assert_allclose(fit, choix.mm_pairwise(size, data, max_iter=100_000, tol=1e-10), atol=1e-5)
    newton = choix.opt_pairwise(size, data, method="BFGS", tol=1e-8)
    np.testing.assert_allclose(fit, newton - newton.mean(), atol=1e-4)


def test_doubled_rows_of_a_logistic_regression_give_the_arenas_ratings():
    """FastChat's older form: each battle twice, a tie giving one label of each kind, no penalty, 400 ln-ten-ths."""
    battles = take(voted(), np.arange(400) % 2 == 0)
    x = np.repeat(design(battles), 2, axis=0) * math.log(10)
    label = np.column_stack([points_of(battles) > 0, points_of(battles) == 1]).ravel()
    weight = np.repeat(np.ones(len(battles)) if battles.weight is None else battles.weight, 2)
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000)
    model.fit(x, label, sample_weight=weight)
    rating = 400 * np.append(0.0, model.coef_[0]) + 1000
    made = {row.system: row.rating or 0.0 for row in leaderboard(battles).rows}
    ours = np.array([made[name] for name in battles.systems])
    np.testing.assert_allclose(ours - ours[0], rating - rating[0], atol=0.01)


def test_the_sandwich_is_statsmodels_hc0():
    battles = take(voted(), np.arange(400))
    plain = Battles(battles.system_a, battles.system_b, battles.outcome, battles.systems)
    theirs = sm.GLM(points_of(plain), design(plain), family=sm.families.Binomial()).fit(cov_type="HC0", tol=1e-12)
    fit = bradley_terry(tally(plain))
    np.testing.assert_allclose(fit.strengths[1:] - fit.strengths[0], theirs.params, atol=1e-7)
    np.testing.assert_allclose(leads(fit.covariance), theirs.cov_params(), atol=1e-8)


@pytest.mark.parametrize("cluster", ["prompt", "rater", "both"])
def test_clustered_errors_are_statsmodels_cluster(cluster):
    battles = voted()
    plain = Battles(
        battles.system_a, battles.system_b, battles.outcome, battles.systems, prompt=battles.prompt, rater=battles.rater
    )
    assert plain.prompt is not None
    assert plain.rater is not None
    codes = {"prompt": plain.prompt.codes, "rater": plain.rater.codes}

    def one_way(groups: np.ndarray) -> np.ndarray:
        model = sm.GLM(points_of(plain), design(plain), family=sm.families.Binomial())
        kwds = {"groups": groups, "use_correction": False}
        number = len(np.unique(groups))
        return np.asarray(model.fit(cov_type="cluster", cov_kwds=kwds, tol=1e-12).cov_params()) * number / (number - 1)

    if cluster == "both":
        theirs = one_way(codes["prompt"]) + one_way(codes["rater"]) - one_way(codes["prompt"] * 1000 + codes["rater"])
    else:
        theirs = one_way(codes[cluster])
    fit = bradley_terry(tally(plain), filling=clustered_filling(plain, cluster))
    np.testing.assert_allclose(leads(fit.covariance), theirs, atol=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_sandwich_is_the_arenas_formula_on_cells(weighted):
    """H = Lap(o p (1 - p)), G = Lap(((y - p) o)^2 / k) over cells of k battles with total weight o."""
    battles = voted()
    weight = battles.weight if weighted and battles.weight is not None else np.ones(len(battles))
    if weighted:  # the arena's weights belong to a pair, so all battles of a cell have one
        pair = np.minimum(battles.system_a, battles.system_b) * 5 + np.maximum(battles.system_a, battles.system_b)
        weight = 1 / np.maximum(np.bincount(pair)[pair], 50)
    made = Battles(battles.system_a, battles.system_b, battles.outcome, battles.systems, weight=weight)
    fit = bradley_terry(tally(made))
    cells = Counter(zip(battles.system_a.tolist(), battles.system_b.tolist(), points_of(battles).tolist(), strict=True))
    h, g = np.zeros((5, 5)), np.zeros((5, 5))
    for (a, b, y), k in cells.items():
        same = (battles.system_a == a) & (battles.system_b == b) & (points_of(battles) == y)
        o, p = weight[same].sum(), 1 / (1 + math.exp(fit.strengths[b] - fit.strengths[a]))
        edge = np.zeros(5)
        edge[a], edge[b] = 1, -1
        h += o * p * (1 - p) * np.outer(edge, edge)
        g += ((y - p) * o) ** 2 / k * np.outer(edge, edge)
    inverse = np.linalg.pinv(h)
    np.testing.assert_allclose(fit.covariance, inverse @ g @ inverse, atol=1e-8)
    rows = {row.system: row for row in leaderboard(made).rows}
    for place, name in enumerate(made.systems):
        half = stats.norm.ppf(0.975) * 400 / math.log(10) * math.sqrt((inverse @ g @ inverse)[place, place])
        rating = BASE + POINTS_PER_NAT * fit.strengths[place]
        assert (rows[name].lower, rows[name].upper) == pytest.approx((rating - half, rating + half))


def test_a_prior_is_what_fitting_pseudo_battles_says():
    rows = [("x", "y", "A")] * 3 + [("y", "z", "A"), ("z", "x", "tie")]
    pairs = [("x", "y"), ("y", "z"), ("z", "x")]
    pseudo = make_battles(
        rows + [row for a, b in pairs for row in ((a, b, "A"), (a, b, "B"))], weight=np.array([1.0] * 5 + [0.7] * 6)
    )
    for rule in ("half", "davidson", "rao-kupper"):
        fit = bradley_terry(tally(make_battles(rows)), rule=rule, prior=0.7)
        np.testing.assert_allclose(fit.strengths, bradley_terry(tally(pseudo), rule=rule).strengths, atol=1e-8)


def test_the_bootstrap_of_two_systems_has_the_binomial_quantiles():
    board = leaderboard(
        make_battles([("x", "y", "A")] * 60 + [("x", "y", "B")] * 40), Options(ci="bootstrap", rounds=4000)
    )
    x = next(row for row in board.rows if row.system == "x")
    share = stats.binom.ppf([0.025, 0.975], 100, 0.6) / 100
    exact = BASE + POINTS_PER_NAT * np.log(share / (1 - share)) / 2
    step = POINTS_PER_NAT * 0.01 / 0.21 / 2  # one battle more or less
    assert (x.lower, x.upper) == pytest.approx(tuple(exact), abs=1.05 * step)
