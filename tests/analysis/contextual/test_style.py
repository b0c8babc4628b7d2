"""Style control against statsmodels on the dense design, and what must always hold of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.contextual.style import FrozenFeature, FrozenStyle
from analysis.data import Battles, Coded
from analysis.errors import Why
from analysis.options import Options
from analysis.strengths import bradley_terry
from tests.analysis.contextual.builders import (
    STYLED,
    coefficients,
    dense_design,
    drawn_battles,
    points,
    standardised,
    turned,
    twice,
)
from tests.known import known


def errors(found) -> np.ndarray:
    return np.array([one.error for one in found.style.features])


def glm(battles: Battles, **how):
    model = sm.GLM(points(battles), dense_design(battles, standardised(battles)), family=sm.families.Binomial())
    return model.fit(tol=1e-12, maxiter=100, **how)


def test_strengths_and_coefficients_are_those_of_statsmodels():
    battles = drawn_battles()
    found, theirs = contextual_bradley_terry(battles, Options(context=STYLED)), glm(battles)
    strengths = np.append(theirs.params[:4], 0)
    np.testing.assert_allclose(found.strengths.strengths, strengths - strengths.mean(), atol=1e-9)
    np.testing.assert_allclose(coefficients(found), theirs.params[4:], atol=1e-9)


def test_errors_and_cross_blocks_are_those_of_statsmodels_hc0():
    battles = drawn_battles()
    found, theirs = contextual_bradley_terry(battles, Options(context=STYLED)), glm(battles, cov_type="HC0")
    np.testing.assert_allclose(errors(found), theirs.bse[4:], rtol=1e-8)
    ours, last = found.strengths.covariance, 4
    against_last = ours[:4, :4] - ours[:4, [last]] - ours[[last], :4] + ours[last, last]
    np.testing.assert_allclose(against_last, theirs.cov_params()[:4, :4], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("cluster", ["prompt", "rater"])
def test_clustered_errors_are_those_of_statsmodels(cluster):
    battles = drawn_battles(raters=40)
    column = getattr(battles, cluster)
    found = contextual_bradley_terry(battles, Options(context=STYLED, cluster=cluster))
    theirs = glm(battles, cov_type="cluster", cov_kwds={"groups": column.codes, "use_correction": False})
    clusters = len(np.unique(column.codes))
    np.testing.assert_allclose(errors(found), theirs.bse[4:] * np.sqrt(clusters / (clusters - 1)), rtol=1e-8)


def test_two_way_clusters_are_the_sum_of_one_way_ones_less_their_crossing():
    battles = drawn_battles(raters=40)
    crossed = known(battles.prompt).codes * 40 + known(battles.rater).codes
    expected = np.zeros(4)
    for sign, ids in ((1, known(battles.prompt).codes), (1, known(battles.rater).codes), (-1, crossed)):
        clusters = len(np.unique(ids))
        theirs = glm(battles, cov_type="cluster", cov_kwds={"groups": ids, "use_correction": False})
        expected = expected + sign * clusters / (clusters - 1) * np.diag(theirs.cov_params())[4:]
    found = contextual_bradley_terry(battles, Options(context=STYLED, cluster="both"))
    np.testing.assert_allclose(errors(found) ** 2, expected, rtol=1e-6)


def test_clusters_of_one_battle_each_are_independent_battles():
    battles = drawn_battles()
    alone = replace(battles, prompt=Coded(np.arange(600), tuple(map(str, range(600)))))
    free = errors(contextual_bradley_terry(alone, Options(context=STYLED)))
    clustered = errors(contextual_bradley_terry(alone, Options(context=STYLED, cluster="prompt")))
    np.testing.assert_allclose(clustered, free * np.sqrt(600 / 599), rtol=1e-10)


def test_a_penalty_is_one_of_the_mean_loss():
    battles, penalty = drawn_battles(), 0.2
    found = contextual_bradley_terry(battles, Options(context=Context(style=True, penalty=penalty)))
    design, y = dense_design(battles, standardised(battles)), points(battles)
    theta = np.append((found.strengths.strengths - found.strengths.strengths[-1])[:4], coefficients(found))
    chance = 1 / (1 + np.exp(-design @ theta))
    slope = design.T @ (y - chance) / len(y)
    np.testing.assert_allclose(slope, np.append(np.zeros(4), penalty * theta[4:]), atol=1e-11)


def test_a_penalty_of_one_per_observation_hides_most_of_an_effect_that_is_there():
    battles = drawn_battles(50_000, 20, style=(0.5, 0, 0, 0), ties=0, position=0, seed=3)
    free = coefficients(contextual_bradley_terry(battles, Options(context=STYLED)))[0]
    weak = coefficients(contextual_bradley_terry(battles, Options(context=Context(style=True, penalty=0.5 / 50_000))))[
        0
    ]
    strong = coefficients(contextual_bradley_terry(battles, Options(context=Context(style=True, penalty=1.0))))[0]
    # arena-rank 0.1.1 gave 0.084 with its default of 1 and 0.498 with 0.5 / N, for a true 0.50.
    assert abs(free - 0.5) < 0.03  # three standard errors
    assert abs(weak - free) < 1e-4
    assert abs(strong - 0.084) < 0.01


def test_without_any_effect_of_style_the_strengths_are_those_of_the_plain_fit():
    battles = drawn_battles()
    frozen = FrozenStyle((FrozenFeature("characters", 0.5, 0.0),), n=0, penalty=0)
    found = contextual_bradley_terry(battles, Options(context=Context(frozen_style=frozen)))
    from analysis.counts import tally

    plain = bradley_terry(tally(battles))
    np.testing.assert_allclose(found.strengths.strengths, plain.strengths, atol=1e-10)
    np.testing.assert_allclose(found.strengths.covariance, plain.covariance, rtol=1e-8)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_exchanging_the_columns_of_any_rows_changes_nothing(seed):
    battles = drawn_battles(300, 4)
    rows = np.random.default_rng(seed).random(300) < 0.5
    context = Context(style=True, position=True)
    before = contextual_bradley_terry(battles, Options(context=context))
    after = contextual_bradley_terry(turned(battles, rows), Options(context=context))
    np.testing.assert_allclose(after.strengths.strengths, before.strengths.strengths, atol=1e-9)
    np.testing.assert_allclose(after.strengths.covariance, before.strengths.covariance, rtol=1e-6, atol=1e-10)
    np.testing.assert_allclose(coefficients(after), coefficients(before), atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(5)))
def test_names_of_systems_do_not_matter(order):
    battles, place = drawn_battles(), np.array(order)
    renamed = replace(
        battles,
        system_a=place[battles.system_a],
        system_b=place[battles.system_b],
        systems=tuple(battles.systems[order.index(spot)] for spot in range(5)),
    )
    before = contextual_bradley_terry(battles, Options(context=STYLED))
    after = contextual_bradley_terry(renamed, Options(context=STYLED))
    np.testing.assert_allclose(after.strengths.strengths[place], before.strengths.strengths, atol=1e-9)
    np.testing.assert_allclose(errors(after), errors(before), rtol=1e-9)


def test_every_battle_twice_leaves_the_estimates_and_narrows_errors_by_the_root_of_two():
    battles = drawn_battles()
    for context in (STYLED, Context(style=True, penalty=0.1)):
        once = contextual_bradley_terry(battles, Options(context=context))
        again = contextual_bradley_terry(twice(battles), Options(context=context))
        np.testing.assert_allclose(again.strengths.strengths, once.strengths.strengths, atol=1e-9)
        np.testing.assert_allclose(coefficients(again), coefficients(once), atol=1e-9)
        np.testing.assert_allclose(errors(again), errors(once) / np.sqrt(2), rtol=1e-8)


def test_a_weight_of_two_estimates_like_two_battles():
    battles = drawn_battles()
    heavy = contextual_bradley_terry(replace(battles, weight=np.full(600, 2.0)), Options(context=STYLED))
    again = contextual_bradley_terry(twice(battles), Options(context=STYLED))
    np.testing.assert_allclose(coefficients(heavy), coefficients(again), atol=1e-9)


def test_only_differences_of_style_count_so_shared_text_of_a_feature_absent_in_both_is_nothing():
    battles = drawn_battles()
    blank = np.array([1, 1, 0, 0])
    found = contextual_bradley_terry(
        replace(battles, style_a=battles.style_a * blank, style_b=battles.style_b * blank), Options(context=STYLED)
    )
    assert [one.reason for one in known(found.style).features] == [None, None, Why.NO_VARIANCE, Why.NO_VARIANCE]
    assert known(found.style).features[2].coefficient is None
