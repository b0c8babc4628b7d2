"""Raters with their own discrimination: against a general optimiser, invariants, and data that cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.counts import tally
from analysis.data import TIE, A, Battles, Coded, take
from analysis.errors import Undefined, Why
from analysis.options import Options
from analysis.strengths import bradley_terry
from tests.analysis.contextual.builders import drawn_battles, turned, twice
from tests.known import known

JUDGES = Context(rater_model="discrimination")
GAINS = (0.2, 0.8, 1.2, 1.8)


def battles_of_unlike_raters(rows: int = 800, **how) -> Battles:
    return drawn_battles(rows, raters=4, gains=GAINS, style=(0, 0, 0, 0), position=0, **how)


def gains(found) -> np.ndarray:
    return np.array([one.value for one in found.discrimination.raters])


class Reference:
    """The same model by a general optimiser, with scores and Hessian by differences: slow, and independent of ours."""

    def __init__(self, battles: Battles) -> None:
        self.a, self.b, self.rater = battles.system_a, battles.system_b, known(battles.rater).codes
        self.points = np.where(battles.outcome == TIE, 0.5, battles.outcome == A)
        self.systems, self.raters = len(battles.systems), len(known(battles.rater).names)
        self.share = np.bincount(self.rater, minlength=self.raters) / len(battles)

    def unpacked(self, free):
        strengths = np.append(free[: self.systems - 1], -free[: self.systems - 1].sum())
        first = free[self.systems - 1 :]
        return strengths, np.append(first, (1 - self.share[:-1] @ first) / self.share[-1])

    def by_row(self, free):
        strengths, factor = self.unpacked(free)
        lead = factor[self.rater] * (strengths[self.a] - strengths[self.b])
        return self.points * lead - np.logaddexp(0, lead)

    def loss(self, free):
        return -self.by_row(free).sum()

    def scores(self, free, step=1e-5):
        moves = np.eye(len(free)) * step
        return np.column_stack([(self.by_row(free + move) - self.by_row(free - move)) / (2 * step) for move in moves])

    def solved(self):
        start = np.append(np.zeros(self.systems - 1), np.ones(self.raters - 1))
        return minimize(self.loss, start, method="BFGS", options={"gtol": 1e-7}).x

    def covariance(self, free, step=1e-4):
        moves = np.eye(len(free)) * step
        hessian = -np.column_stack(
            [(self.scores(free + move).sum(axis=0) - self.scores(free - move).sum(axis=0)) / (2 * step)
             for move in moves]
        )  # fmt: skip
        scores, bread = self.scores(free), np.linalg.inv((hessian + hessian.T) / 2)
        made = bread @ (scores.T @ scores) @ bread
        spread = np.column_stack([np.concatenate(self.unpacked(free + move)) - np.concatenate(self.unpacked(free))
                                  for move in moves]) / step  # fmt: skip
        return spread @ made @ spread.T


def test_strengths_factors_and_errors_are_those_of_a_general_optimiser():
    battles = battles_of_unlike_raters()
    found, reference = contextual_bradley_terry(battles, Options(context=JUDGES)), Reference(battles)
    free = reference.solved()
    strengths, factor = reference.unpacked(free)
    np.testing.assert_allclose(found.strengths.strengths, strengths, atol=1e-5)
    np.testing.assert_allclose(gains(found), factor, atol=1e-5)
    covariance = reference.covariance(free)
    np.testing.assert_allclose(found.strengths.covariance, covariance[:5, :5], rtol=1e-3, atol=1e-6)
    ours = [known(one.error) for one in known(found.discrimination).raters]
    np.testing.assert_allclose(ours, np.sqrt(np.diag(covariance)[5:]), rtol=1e-3)
    assert found.strengths.log_likelihood >= -reference.loss(free) - 1e-9


def test_true_factors_come_back():
    battles = battles_of_unlike_raters(40_000, ties=0, seed=4)
    found = contextual_bradley_terry(battles, Options(context=JUDGES))
    share = np.bincount(known(battles.rater).codes) / len(battles)
    expected = np.array(GAINS) / (share @ GAINS)  # the mean over battles is one
    error = np.array([known(one.error) for one in known(found.discrimination).raters])
    assert (np.abs(gains(found) - expected) < 3.5 * error).all()


def test_the_mean_factor_over_battles_is_one_and_the_mean_strength_zero():
    battles = battles_of_unlike_raters()
    found = contextual_bradley_terry(battles, Options(context=JUDGES))
    share = np.bincount(known(battles.rater).codes) / len(battles)
    assert abs(share @ gains(found) - 1) < 1e-9
    assert abs(found.strengths.strengths.sum()) < 1e-9


def test_raters_who_gave_the_same_verdicts_are_alike_and_the_board_is_the_plain_one():
    battles = battles_of_unlike_raters(400)
    copies = take(battles, np.tile(np.arange(400), 3))
    copies = replace(copies, rater=Coded(np.repeat(np.arange(3), 400), ("x", "y", "z")))
    found, plain = contextual_bradley_terry(copies, Options(context=JUDGES)), bradley_terry(tally(copies))
    np.testing.assert_allclose(gains(found), 1, atol=1e-8)
    np.testing.assert_allclose(found.strengths.strengths, plain.strengths, atol=1e-8)


def test_a_rater_who_turns_everything_round_has_a_negative_factor():
    battles = battles_of_unlike_raters(2000)
    contrary = known(battles.rater).codes == 3
    outcome = np.where(contrary & (battles.outcome != TIE), 1 - battles.outcome, battles.outcome)
    found = contextual_bradley_terry(replace(battles, outcome=outcome.astype(np.int8)), Options(context=JUDGES))
    assert known(known(found.discrimination).raters[3].upper) < 0


def test_columns_names_and_repeats_are_treated_as_they_should():
    battles = battles_of_unlike_raters()
    found = contextual_bradley_terry(battles, Options(context=JUDGES))
    other = contextual_bradley_terry(turned(battles, np.arange(800) % 3 == 0), Options(context=JUDGES))
    again = contextual_bradley_terry(twice(battles), Options(context=JUDGES))
    for changed in (other, again):
        np.testing.assert_allclose(gains(changed), gains(found), atol=1e-8)
        np.testing.assert_allclose(changed.strengths.strengths, found.strengths.strengths, atol=1e-8)
    narrower = [known(one.error) for one in known(again.discrimination).raters]
    np.testing.assert_allclose(
        narrower, np.array([known(one.error) for one in known(found.discrimination).raters]) / np.sqrt(2), rtol=1e-7
    )


def test_clusters_of_one_battle_each_are_independent_battles():
    battles = battles_of_unlike_raters()
    alone = replace(battles, prompt=Coded(np.arange(800), tuple(map(str, range(800)))))
    free = contextual_bradley_terry(alone, Options(context=JUDGES))
    clustered = contextual_bradley_terry(alone, Options(context=JUDGES, cluster="prompt"))
    np.testing.assert_allclose(clustered.strengths.covariance, free.strengths.covariance * 800 / 799, rtol=1e-7,
                               atol=1e-12)  # fmt: skip


def test_a_rater_with_few_battles_counts_as_an_average_one():
    battles = battles_of_unlike_raters()
    rows = (known(battles.rater).codes < 3) | (np.cumsum(known(battles.rater).codes == 3) <= 20)
    found = contextual_bradley_terry(take(battles, rows), Options(context=JUDGES))
    last = known(found.discrimination).raters[3]
    assert (last.value, last.n, last.pooled, last.reason) == (None, 20, True, Why.TOO_FEW)
    assert all(one.value is not None for one in known(found.discrimination).raters[:3])


def test_a_rater_who_never_errs_has_a_reason_and_the_others_their_numbers():
    battles = battles_of_unlike_raters(seed=5)
    sure = known(battles.rater).codes == 3
    outcome = np.where(sure, np.where(battles.system_a > battles.system_b, 0, 1), battles.outcome)  # s4 is the best
    found = contextual_bradley_terry(replace(battles, outcome=outcome.astype(np.int8)), Options(context=JUDGES))
    assert known(found.discrimination).raters[3].reason is Why.SEPARATED
    assert all(one.value is not None for one in known(found.discrimination).raters[:3])
    shrunk = contextual_bradley_terry(
        replace(battles, outcome=outcome.astype(np.int8)),
        Options(context=Context(rater_model="discrimination", shrink=1.0)),
    )
    assert known(known(shrunk.discrimination).raters[3].value) > 1.5


def test_shrinking_pulls_towards_the_average_rater():
    battles = battles_of_unlike_raters()
    free = gains(contextual_bradley_terry(battles, Options(context=JUDGES)))
    strong = gains(
        contextual_bradley_terry(battles, Options(context=Context(rater_model="discrimination", shrink=1e6)))
    )
    np.testing.assert_allclose(strong, 1, atol=1e-3)
    some = gains(contextual_bradley_terry(battles, Options(context=Context(rater_model="discrimination", shrink=50.0))))
    assert (np.abs(some - 1) < np.abs(free - 1)).all()


def test_one_rater_has_nobody_to_be_compared_with():
    battles = battles_of_unlike_raters()
    alone = replace(battles, rater=Coded(np.zeros(800, dtype=np.int64), ("only",)))
    found, plain = contextual_bradley_terry(alone, Options(context=JUDGES)), bradley_terry(tally(alone))
    assert known(found.discrimination).raters[0].reason is Why.ONE_RATER
    np.testing.assert_allclose(found.strengths.strengths, plain.strengths, atol=1e-9)


def test_only_ties_show_no_discrimination():
    battles = replace(battles_of_unlike_raters(), outcome=np.full(800, TIE, dtype=np.int8))
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(battles, Options(context=JUDGES))
    assert told.value.code is Why.ALL_TIED


def test_raters_who_each_saw_a_pair_of_their_own_cannot_be_compared():
    battles = drawn_battles(400, systems=2, raters=2)
    apart = replace(
        battles,
        system_a=battles.system_a + 2 * known(battles.rater).codes,
        system_b=battles.system_b + 2 * known(battles.rater).codes,
        systems=("s0", "s1", "s2", "s3"),
    )
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(apart, Options(context=JUDGES))
    assert told.value.code is Why.COLLINEAR


def test_raters_must_be_named():
    with pytest.raises(Undefined) as told:
        contextual_bradley_terry(replace(battles_of_unlike_raters(), rater=None), Options(context=JUDGES))
    assert told.value.code is Why.NOT_RECORDED


def test_style_position_and_factors_are_estimated_together():
    battles = drawn_battles(30_000, raters=4, gains=GAINS, ties=0, seed=6)
    context = Context(style=True, position=True, rater_model="discrimination")
    found = contextual_bradley_terry(battles, Options(context=context, cluster="prompt"))
    style = [(known(one.coefficient), known(one.error)) for one in known(found.style).features]
    for (value, error), true in zip(style, (0.5, 0.0, -0.3, 0.0), strict=True):
        assert abs(value - true) < 3.5 * error
    assert all(abs(known(one.value) - 0.3) < 3.5 * known(one.error) for one in known(found.position).raters)


def test_raters_who_contradict_each_other_have_no_common_scale():
    battles = drawn_battles(800, raters=2, gains=(1.0, 1.0), style=(0, 0, 0, 0), position=0, seed=7)
    half = take(battles, np.arange(800) < 400)
    opposed = replace(
        battles,
        system_a=np.tile(half.system_a, 2),
        system_b=np.tile(half.system_b, 2),
        outcome=np.append(half.outcome, np.where(half.outcome == TIE, TIE, 1 - half.outcome)).astype(np.int8),
        rater=Coded(np.repeat([0, 1], 400), ("for", "against")),
    )
    with pytest.raises(Undefined, match="contradict each other") as told:
        contextual_bradley_terry(opposed, Options(context=JUDGES))
    assert told.value.code is Why.COLLINEAR
