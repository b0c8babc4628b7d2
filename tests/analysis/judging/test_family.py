"""Self-preference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.judging.family import self_preference, self_preference_in_scores
from tests.known import known


def test_each_battle_counts_once_however_many_voted():
    # battle 0: judge 1, people 1 0 0; battle 1: judge 0.5, people 0; battle 2: people only
    made = self_preference(
        np.array([0, 1]), np.array([1.0, 0.5]), np.array([0, 0, 0, 1, 2]), np.array([1.0, 0, 0, 0, 1])
    )
    assert made.judge.value == pytest.approx(0.75)
    assert made.people.value == pytest.approx((1 / 3 + 0) / 2)
    assert made.effect.value == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert made.effect.n == 2


def test_an_effect_that_is_there_is_found_and_one_that_is_not_is_not():
    rng = np.random.default_rng(0)
    battles = np.arange(500)
    people = (rng.random(500) < 0.5).astype(float)
    fair = np.where(rng.random(500) < 0.8, people, 1 - people)
    own = np.where(rng.random(500) < 0.2, 1.0, fair)
    assert known(self_preference(battles, own, battles, people).effect.lower) > 0
    made = self_preference(battles, fair, battles, people).effect
    assert known(made.lower) < 0 < known(made.upper)


def test_in_scores_it_is_a_difference_of_differences():
    excess = np.array([1.0, 2.0, 0.0, 0.5, -0.5])
    own = np.array([True, True, False, False, False])
    made = self_preference_in_scores(excess, own, sampling=Sampling(ci="none"))
    assert made.value == pytest.approx(1.5 - 0.0)
    prompt = np.array([0, 1, 0, 1, 2])
    assert self_preference_in_scores(excess, own, prompt=prompt, sampling=Sampling(ci="jackknife")).value == made.value


@given(rows=st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=4, max_size=20), shift=st.integers(-3, 3))
@settings(max_examples=40)
def test_a_judge_that_is_lenient_to_all_has_no_preference_for_that(rows, shift):
    excess, own = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows])
    none = Sampling(ci="none")
    before = self_preference_in_scores(excess, own, sampling=none)
    after = self_preference_in_scores(excess + shift, own, sampling=none)
    assert before.reason == after.reason
    if before.value is not None:
        assert after.value == pytest.approx(before.value)
        turned = self_preference_in_scores(excess, ~own, sampling=none)
        assert turned.value == pytest.approx(-before.value)


def test_nothing_in_common_and_one_family():
    nothing = np.empty(0, dtype=np.int64)
    assert self_preference(nothing, np.empty(0), nothing, np.empty(0)).effect.reason == "empty"
    assert self_preference_in_scores(np.empty(0), np.empty(0, dtype=bool)).reason == "empty"
    assert self_preference_in_scores(np.ones(3), np.ones(3, dtype=bool)).reason == "one_category"
