"""Whether the test could have failed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.judging.alternative import alternative_annotator_test
from analysis.judging.shuffled import SHUFFLES, shuffled_test


def tried(judge, votes, *, epsilon: float = 0.15, seed: int = 0):
    people, items = votes.shape
    columns = (np.tile(np.arange(items), people), np.repeat(np.arange(people), items), votes.ravel().astype(float))
    return shuffled_test(
        np.arange(items),
        judge.astype(float),
        *columns,
        numeric=False,
        epsilon=epsilon,
        fewest_items=30,
        sampling=Sampling(seed=seed),
    )


def test_among_people_who_agree_shuffled_answers_fail():
    truth = np.arange(200) % 4
    made = tried(truth, np.tile(truth, (3, 1)))
    assert (made.passed, made.shuffles, made.blind) == (0, SHUFFLES, False)


def test_among_people_who_guess_they_pass():
    rng = np.random.default_rng(0)
    made = tried(rng.integers(0, 3, 2000), rng.integers(0, 3, (3, 2000)))
    assert (made.passed, made.blind) == (SHUFFLES, True)


def test_it_is_the_test_on_answers_in_another_order():
    rng = np.random.default_rng(3)
    judge, votes = rng.integers(0, 2, 80), rng.integers(0, 2, (3, 80))
    order = np.random.default_rng(5)
    passed = sum(
        alternative_annotator_test(
            np.arange(80),
            order.permutation(judge.astype(float)),
            np.tile(np.arange(80), 3),
            np.repeat(np.arange(3), 80),
            votes.ravel().astype(float),
            numeric=False,
            epsilon=0.2,
        ).passes
        is True
        for _ in range(SHUFFLES)
    )
    assert tried(judge, votes, epsilon=0.2, seed=5).passed == passed


@given(label=st.integers(0, 2))
@settings(max_examples=3, deadline=None)
def test_a_judge_that_always_says_the_same_is_its_own_shuffle(label):
    votes = np.random.default_rng(1).integers(0, 3, (3, 60))
    made = tried(np.full(60, label), votes)
    assert made.passed in (0, SHUFFLES)


def test_where_the_test_cannot_be_made_nothing_is_shuffled():
    made = tried(np.zeros(5), np.zeros((2, 5)))
    assert (made.shuffles, made.blind) == (0, False)
