"""The pull of length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.data import TIE, A, B
from analysis.judging.length import Choices, length_bias, length_slope, prefers_longer
from tests.known import known


def choices(rows) -> Choices:
    """Rows of (outcome, length of A, length of B), each an item of its own."""
    outcome, length_a, length_b = np.array(rows).T
    return Choices(outcome, length_a.astype(np.float64), length_b.astype(np.float64), np.arange(len(rows)))


def drawn(slope: float, seed: int, items: int = 400) -> Choices:
    rng = np.random.default_rng(seed)
    length_a, length_b = np.exp(rng.normal(6, 1, (2, items))).round()
    chance = 1 / (1 + np.exp(-slope * (np.log1p(length_a) - np.log1p(length_b))))
    return Choices(np.where(rng.random(items) < chance, A, B), length_a, length_b, np.arange(items))


def test_the_share_of_the_longer_leaves_out_ties_and_equal_lengths():
    made = prefers_longer(choices([(A, 9, 5), (B, 9, 5), (B, 3, 8), (TIE, 2, 9), (A, 4, 4)]))
    assert (made.value, made.n) == (2 / 3, 3)


def test_the_slope_of_one_ratio_is_a_logit():
    # 30 of 40 choices go to a response of twice the length (plus one): the slope is logit(0.75)/log 2
    made = length_slope(choices([(A, 9, 4)] * 15 + [(B, 4, 9)] * 15 + [(B, 9, 4)] * 4 + [(A, 4, 9)] * 6))
    assert made.value == pytest.approx(np.log(3) / np.log(2))
    # the delta method on a binomial share, with n/(n - 1) for the items
    assert made.standard_error == pytest.approx(np.sqrt(40 / 39 / (40 * 0.75 * 0.25)) / np.log(2))


def test_a_known_slope_is_found():
    made = length_slope(drawn(0.8, seed=1, items=4000))
    assert known(made.lower) < 0.8 < known(made.upper)
    assert known(made.upper) - known(made.lower) < 0.25


def test_the_difference_knows_that_the_items_are_the_same():
    people = drawn(0.5, seed=2)
    made = length_bias(people, people)
    assert (made.slope_difference.value, made.slope_difference.standard_error) == (0.0, 0.0)
    assert (made.share_difference.value, made.share_difference.lower, made.share_difference.upper) == (0, 0, 0)
    judge = drawn(2.0, seed=2)
    biased = length_bias(judge, people)
    assert known(biased.slope_difference.lower) > 0
    assert known(biased.share_difference.value) == pytest.approx(
        known(biased.judge_share.value) - known(biased.people_share.value)
    )


def test_only_items_that_both_answered_count():
    people = drawn(0.5, seed=3)
    half = Choices(people.outcome[:200], people.length_a[:200], people.length_b[:200], people.item[:200])
    assert length_bias(people, half).judge_share == length_bias(half, half).judge_share


ROWS = st.lists(
    st.tuples(st.sampled_from([A, B, TIE]), st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=20
)


@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_which_response_is_called_a_does_not_matter(rows):
    there = choices(rows)
    turned = replace(
        there,
        outcome=np.array([B, A, TIE])[there.outcome],
        length_a=there.length_b,
        length_b=there.length_a,
    )
    assert prefers_longer(turned) == prefers_longer(there)
    before, after = length_slope(there), length_slope(turned)
    assert after.reason == before.reason
    assert before.value is None or after.value == pytest.approx(before.value, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "share", "slope"),
    [
        ([(A, 5, 5), (B, 7, 7)], "no_cases", "no_variance"),
        ([(TIE, 5, 9), (TIE, 9, 7)], "no_cases", None),
        ([(A, 9, 5), (B, 2, 7)], None, "separated"),
        ([(B, 9, 5), (A, 2, 7)], None, "separated"),
    ],
)
def test_what_length_cannot_tell_says_why(rows, share, slope):
    assert prefers_longer(choices(rows)).reason == share
    assert length_slope(choices(rows)).reason == slope


def test_no_choices():
    nothing = Choices(np.empty(0, dtype=int), np.empty(0), np.empty(0), np.empty(0, dtype=int))
    made = length_bias(nothing, nothing)
    assert {made.judge_share.reason, made.people_slope.reason, made.share_difference.reason} == {"empty"}
