"""What standing first is worth, by rater."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.data import TIE, A, B, Battles, Coded, take
from analysis.errors import Undefined, Why
from analysis.options import Options
from tests.analysis.contextual.builders import dense_design, drawn_battles, turned, twice
from tests.known import known

POSITION = Context(position=True)


def values(found) -> np.ndarray:
    return np.array([one.value for one in found.position.raters])


def first(battles: Battles) -> np.ndarray:
    return np.where(known(battles.shown_b_first), -1.0, 1.0)


def glm(battles: Battles, columns: np.ndarray, **how):
    points = np.where(battles.outcome == TIE, 0.5, battles.outcome == A)
    model = sm.GLM(points, dense_design(battles, columns), family=sm.families.Binomial())
    return model.fit(tol=1e-12, maxiter=100, **how)


def test_each_raters_position_and_its_error_are_those_of_statsmodels():
    battles = drawn_battles()
    columns = np.column_stack([first(battles) * (known(battles.rater).codes == rater) for rater in range(4)])
    found, theirs = contextual_bradley_terry(battles, Options(context=POSITION)), glm(battles, columns, cov_type="HC0")
    np.testing.assert_allclose(values(found), theirs.params[4:], atol=1e-9)
    np.testing.assert_allclose([known(one.error) for one in known(found.position).raters], theirs.bse[4:], rtol=1e-8)
    assert [one.n for one in known(found.position).raters] == np.bincount(known(battles.rater).codes).tolist()


def test_raters_with_few_battles_share_a_term():
    battles = drawn_battles(raters=4)
    rows = (known(battles.rater).codes < 2) | (np.cumsum(known(battles.rater).codes >= 2) <= 50)
    few = take(battles, rows)
    codes = known(few.rater).codes
    codes = np.where(codes < 2, codes, 2 + np.arange(len(few)) % 2)
    few = replace(few, rater=Coded(codes, known(battles.rater).names))
    columns = np.column_stack([first(few) * (known(few.rater).codes == 0), first(few) * (known(few.rater).codes == 1),
                               first(few) * (known(few.rater).codes >= 2)])  # fmt: skip
    found, theirs = contextual_bradley_terry(few, Options(context=POSITION)), glm(few, columns)
    assert [(one.pooled, one.reason) for one in known(found.position).raters] == [
        (False, None), (False, None), (True, Why.TOO_FEW), (True, Why.TOO_FEW),
    ]  # fmt: skip
    np.testing.assert_allclose(known(known(known(found.position).shared).value), theirs.params[6], atol=1e-9)
    assert known(known(found.position).shared).n == int((known(few.rater).codes >= 2).sum())


def test_unnamed_raters_share_one_term():
    battles = replace(drawn_battles(), rater=None)
    found = contextual_bradley_terry(battles, Options(context=POSITION))
    np.testing.assert_allclose(
        known(known(known(found.position).shared).value), glm(battles, first(battles)).params[4], atol=1e-9
    )
    assert known(found.position).raters == ()


def test_a_rater_who_always_takes_the_first_has_no_number_and_moves_nobody():
    battles = drawn_battles()
    always = known(battles.rater).codes == 3
    outcome = np.where(always, np.where(known(battles.shown_b_first), B, A), battles.outcome).astype(np.int8)
    found = contextual_bradley_terry(replace(battles, outcome=outcome), Options(context=POSITION))
    rest = contextual_bradley_terry(take(battles, ~always), Options(context=POSITION))
    assert (known(found.position).raters[-1].rater, known(found.position).raters[-1].reason) == ("r3", Why.SEPARATED)
    assert found.notes[0].names == ("r3",)
    np.testing.assert_allclose(found.strengths.strengths, rest.strengths.strengths, atol=1e-9)


def test_exchanging_what_stood_first_turns_the_sign():
    battles = drawn_battles()
    mirrored = replace(battles, shown_b_first=~known(battles.shown_b_first))
    one = contextual_bradley_terry(battles, Options(context=POSITION))
    other = contextual_bradley_terry(mirrored, Options(context=POSITION))
    np.testing.assert_allclose(values(other), -values(one), atol=1e-9)


def test_columns_and_repeats_are_treated_as_they_should():
    battles = drawn_battles()
    found = contextual_bradley_terry(battles, Options(context=POSITION))
    other = contextual_bradley_terry(turned(battles, np.arange(600) % 3 == 0), Options(context=POSITION))
    again = contextual_bradley_terry(twice(battles), Options(context=POSITION))
    np.testing.assert_allclose(values(other), values(found), atol=1e-9)
    np.testing.assert_allclose(values(again), values(found), atol=1e-9)
    np.testing.assert_allclose(
        known(known(again.position).raters[0].error), known(found.position).raters[0].error / np.sqrt(2), rtol=1e-8
    )


def test_a_position_that_is_the_column_of_one_system_cannot_be_told():
    battles = drawn_battles(systems=2, raters=2)
    found = contextual_bradley_terry(replace(battles, shown_b_first=battles.system_a == 1), Options(context=POSITION))
    assert [one.reason for one in known(found.position).raters] == [None, Why.COLLINEAR]
    assert found.notes[0].names == ("position of r1",)
    alone = replace(battles, shown_b_first=battles.system_a == 1, rater=None)
    assert (
        known(known(contextual_bradley_terry(alone, Options(context=POSITION)).position).shared).reason is Why.COLLINEAR
    )


def test_errors_of_a_rater_do_not_vanish_when_raters_are_the_clusters():
    battles = drawn_battles()
    free = contextual_bradley_terry(battles, Options(context=POSITION))
    clustered = contextual_bradley_terry(battles, Options(context=POSITION, cluster="rater"))
    both = contextual_bradley_terry(battles, Options(context=POSITION, cluster="both"))
    by_prompt = contextual_bradley_terry(battles, Options(context=POSITION, cluster="prompt"))
    assert clustered.position == free.position
    assert both.position == by_prompt.position


def test_the_display_must_be_recorded():
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(replace(drawn_battles(), shown_b_first=None), Options(context=POSITION))
    assert told.value.code is Why.NOT_RECORDED
