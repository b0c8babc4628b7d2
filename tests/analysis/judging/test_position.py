"""The pull of the side shown first, and consistency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.estimates import Sampling
from analysis.data import BOTH_BAD, TIE, A, B
from analysis.judging.position import first_position, repeat_consistency, swap_consistency
from tests.known import known

OUTCOMES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20)


def test_the_share_of_the_first_with_and_without_ties():
    made = first_position(np.array([A] * 30 + [B] * 15 + [TIE] * 4 + [BOTH_BAD]))
    assert made.of_all.value == 0.6
    assert made.of_decided.value == pytest.approx(30 / 45)
    assert made.test.p_value == pytest.approx(stats.binomtest(30, 45).pvalue)
    interval = stats.binomtest(30, 50).proportion_ci(method="wilson")
    assert (made.of_all.lower, made.of_all.upper) == pytest.approx((interval.low, interval.high))


def test_items_that_repeat_take_the_test_away_and_widen_the_interval():
    outcome = np.repeat([A, B, A, A, B, A], 10)
    made = first_position(outcome, item=np.repeat(np.arange(6), 10))
    assert made.test.reason == "not_independent"
    alone = first_position(outcome)
    assert known(made.of_all.upper) - known(made.of_all.lower) > 2 * (
        known(alone.of_all.upper) - known(alone.of_all.lower)
    )


def test_swapping_by_hand():
    a_first = np.array([A, A, B, A, TIE, B, A])
    b_first = np.array([A, B, B, B, A, A, BOTH_BAD])
    made = swap_consistency(a_first, b_first)
    assert made.consistent.value == pytest.approx(2 / 7)
    assert (made.first_twice, made.second_twice, made.with_tie) == (2, 1, 2)
    assert made.position_effect.value == pytest.approx(1 / 7)
    assert made.test.p_value == 1.0


@given(rows=OUTCOMES)
@settings(max_examples=40, deadline=None)
def test_naming_the_systems_the_other_way_round_keeps_everything(rows):
    a_first, b_first = np.array(rows).T
    turn = np.array([B, A, TIE, BOTH_BAD])
    there = swap_consistency(a_first, b_first, sampling=Sampling(ci="none"))
    # the pair with its columns exchanged: what was B is A now, and what was shown second is now shown first
    back = swap_consistency(turn[b_first], turn[a_first], sampling=Sampling(ci="none"))
    assert (back.first_twice, back.second_twice, back.with_tie) == (
        there.first_twice,
        there.second_twice,
        there.with_tie,
    )
    assert back.consistent.value == there.consistent.value


def test_repeats_are_compared_in_pairs():
    # question 0: A A B (1 of 3 pairs), question 1: B B (1 of 1), question 2 once
    made = repeat_consistency(np.array([0, 1, 0, 2, 0, 1]), np.array([A, B, A, A, B, B]))
    assert (made.value, made.n, made.n_items) == (0.5, 5, 2)


def test_no_verdicts():
    nothing = np.empty(0, dtype=np.int64)
    assert first_position(nothing).of_all.reason == "empty"
    assert first_position(np.array([TIE])).of_decided.reason == "empty"
    assert swap_consistency(nothing, nothing).consistent.reason == "empty"
    assert repeat_consistency(nothing, nothing).reason == "empty"
    assert repeat_consistency(np.array([0, 1]), np.array([A, A])).reason == "no_pairs"
