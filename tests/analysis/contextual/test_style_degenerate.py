"""Style control of data that cannot tell: what is left out, what stays unknown, and the reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.data import STYLE, TIE, Battles, take
from analysis.errors import Undefined, Why
from analysis.options import Options
from tests.analysis.contextual.builders import STYLED, coefficients, dense_design, drawn_battles, points, standardised
from tests.known import known


def test_a_feature_that_repeats_another_is_left_out_with_the_reason():
    battles = drawn_battles()
    same = known(battles.style_a)[:, [0, 0, 2, 3]], known(battles.style_b)[:, [0, 0, 2, 3]]
    found = contextual_bradley_terry(replace(battles, style_a=same[0], style_b=same[1]), Options(context=STYLED))
    assert [one.reason for one in known(found.style).features] == [None, Why.COLLINEAR, None, None]


def test_a_feature_that_only_names_the_system_is_left_out_with_the_reason():
    battles = drawn_battles()
    length = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    always = np.zeros((600, 4))
    style_a, style_b = always.copy(), always.copy()
    # (a - b) / (a + b + 1) of a fixed pair is fixed, and with two systems it is the difference of strengths again
    style_a[:, 0], style_b[:, 0] = length[battles.system_a], length[battles.system_b]
    pair = take(replace(battles, style_a=style_a, style_b=style_b), (battles.system_a < 2) & (battles.system_b < 2))
    found = contextual_bradley_terry(pair, Options(context=STYLED))
    assert known(found.style).features[0].reason is Why.COLLINEAR


def test_battles_of_unknown_style_are_left_out_and_counted():
    battles = drawn_battles()
    style = known(battles.style_a).copy()
    style[:100, 1] = np.nan
    found = contextual_bradley_terry(replace(battles, style_a=style), Options(context=STYLED))
    rest = contextual_bradley_terry(take(battles, np.arange(600) >= 100), Options(context=STYLED))
    assert (known(found.style).n, known(found.style).left_out) == (known(rest.style).n, 100)
    np.testing.assert_allclose(coefficients(found), coefficients(rest), atol=1e-12)
    assert found.notes[0].code == "style_not_recorded"


def test_a_feature_that_no_battle_knows_leaves_no_battle_out():
    battles = drawn_battles()
    style_a, style_b = known(battles.style_a).copy(), known(battles.style_b).copy()
    style_a[:, 3] = style_b[:, 3] = np.nan
    found = contextual_bradley_terry(replace(battles, style_a=style_a, style_b=style_b), Options(context=STYLED))
    assert [one.name for one in known(found.style).features] == list(STYLE[:3])
    assert known(found.style).left_out == 0


def test_no_known_style_is_no_style_of_zero():
    battles = replace(drawn_battles(), style_a=None, style_b=None)
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(battles, Options(context=STYLED))
    assert told.value.code is Why.NOT_RECORDED


def test_a_style_that_foretells_every_result_has_no_finite_coefficient():
    battles = drawn_battles(ties=0)
    longer = known(battles.style_a)[:, 0] > known(battles.style_b)[:, 0]
    sure = replace(battles, outcome=np.where(longer, 0, 1).astype(np.int8))
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(sure, Options(context=STYLED))
    assert told.value.code is Why.SEPARATED
    found = contextual_bradley_terry(sure, Options(context=Context(style=True, penalty=0.01)))
    assert known(known(found.style).features[0].coefficient) > 0


def test_only_ties_have_strengths_of_zero_and_no_interval():
    battles = replace(drawn_battles(), outcome=np.full(600, TIE, dtype=np.int8))
    found = contextual_bradley_terry(battles, Options(context=STYLED))
    np.testing.assert_allclose(found.strengths.strengths, 0, atol=1e-12)
    assert np.isnan(found.strengths.covariance).all()
    assert all(one.error is None for one in known(found.style).features)


def test_a_system_that_never_won_keeps_its_reason_and_the_others_their_numbers():
    battles = drawn_battles()
    lost = np.where(battles.system_a == 0, 1, np.where(battles.system_b == 0, 0, battles.outcome))
    found = contextual_bradley_terry(replace(battles, outcome=lost.astype(np.int8)), Options(context=STYLED))
    rest = contextual_bradley_terry(
        take(battles, (battles.system_a > 0) & (battles.system_b > 0)), Options(context=STYLED)
    )
    assert found.strengths.reasons[0] is Why.WINLESS
    assert np.isnan(found.strengths.strengths[0])
    np.testing.assert_allclose(found.strengths.strengths[1:], rest.strengths.strengths[1:], atol=1e-9)


def test_groups_that_never_met_share_the_coefficients_and_not_the_scale():
    one, other = drawn_battles(seed=1), drawn_battles(seed=2)
    both = Battles(
        system_a=np.append(one.system_a, other.system_a + 5),
        system_b=np.append(one.system_b, other.system_b + 5),
        outcome=np.append(one.outcome, other.outcome),
        systems=tuple(f"s{place}" for place in range(10)),
        style_a=np.vstack([known(one.style_a), known(other.style_a)]),
        style_b=np.vstack([known(one.style_b), known(other.style_b)]),
    )
    found = contextual_bradley_terry(both, Options(context=STYLED))
    assert found.strengths.component.tolist() == [0] * 5 + [1] * 5
    assert abs(found.strengths.strengths[:5].sum()) < 1e-9
    assert abs(found.strengths.strengths[5:].sum()) < 1e-9
    assert np.isnan(found.strengths.covariance[0, 5])
    design = dense_design(both, standardised(both))
    design = np.delete(design, 4, axis=1)  # a system to compare with in each group
    theirs = sm.GLM(points(both), design, family=sm.families.Binomial()).fit(tol=1e-12)
    np.testing.assert_allclose(coefficients(found), theirs.params[8:], atol=1e-9)


def test_pseudo_wins_give_a_winless_system_a_strength():
    battles = drawn_battles()
    lost = np.where(battles.system_a == 0, 1, np.where(battles.system_b == 0, 0, battles.outcome))
    found = contextual_bradley_terry(replace(battles, outcome=lost.astype(np.int8)), Options(context=STYLED, prior=0.5))
    assert np.isfinite(found.strengths.strengths).all()


def test_systems_that_never_took_anything_off_each_other_have_places_and_reasons_only():
    battles = drawn_battles(200, 2, ties=0)
    one_way = replace(battles, outcome=np.where(battles.system_a == 1, 0, 1).astype(np.int8))
    context = Context(style=True, position=True, rater_model="discrimination")
    found = contextual_bradley_terry(one_way, Options(context=context))
    assert found.strengths.reasons == (Why.WINLESS, Why.UNBEATEN)
    assert {one.reason for one in known(found.style).features} == {Why.SEPARATED}
    assert known(found.position).raters == known(found.discrimination).raters == ()


def test_no_battles_are_no_board():
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(take(drawn_battles(), np.zeros(600, dtype=bool)), Options(context=STYLED))
    assert told.value.code is Why.EMPTY
