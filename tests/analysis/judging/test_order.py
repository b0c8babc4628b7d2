"""Whether responses and systems are ordered as people order them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.errors import Undefined
from analysis.judging.order import Points, persons_and_others, response_order, system_order
from analysis.judging.soft_accuracy import soft_pairwise_accuracy
from tests.known import known

NONE = Sampling(ci="none", rounds=200)


def points(table: np.ndarray, rater: int = 0) -> Points:
    """``table`` is systems by prompts; NaN is no answer."""
    system, prompt = np.nonzero(~np.isnan(table))
    return Points(system, prompt, table[system, prompt], np.full(len(system), rater))


def together(*sides: Points) -> Points:
    return Points(*(np.concatenate([getattr(side, name) for side in sides]) for name in Points.__slots__))


def drawn(seed: int = 0, systems: int = 4, prompts: int = 12):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(systems, 1)) + rng.normal(size=(systems, prompts))
    return [truth + rng.normal(size=truth.shape) for _ in range(3)]


def test_a_person_is_ordered_against_the_mean_of_the_others():
    item = np.array([0, 1, 0, 1, 0, 2])  # response 2 has one vote
    rater, value = np.array([0, 0, 1, 1, 2, 2]), np.array([1.0, 3.0, 2.0, 5.0, 4.0, 9.0])
    made = persons_and_others(item, rater, value, group=np.array([0, 0, 0, 0, 0, 0]))
    assert made.own.tolist() == [1, 3, 2, 5, 4]
    assert made.others.tolist() == [3.0, 5.0, 2.5, 3.0, 1.5]
    assert made.group.tolist() == [0, 0, 1, 1, 2]


def test_responses_to_one_prompt_by_hand():
    people, judge = np.array([1.0, 2.0, 2.0, 5.0, 4.0]), np.array([1.0, 3.0, 2.0, 1.0, 2.0])
    prompt = np.array([0, 0, 0, 1, 1])
    own = np.array([1.0, 2.0, 1.0, 1.0])
    persons = persons_and_others(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), own, np.zeros(4, dtype=np.int64))
    made = response_order(judge, people, prompt, persons, sampling=NONE)
    # prompt 0: two of three right, people tie the third; prompt 1: wrong
    assert made.judge.accuracy.value == pytest.approx(2 / 4)
    # tying all up to 1 makes the tie right and loses the pair (1, 2): two of four as well, so nothing is gained
    assert known(made.best.accuracy.value) >= 0.5
    # persons 1 2 against 1 1: a tie missed; 1 1 against 1 2: a tie too many
    assert made.people.accuracy.value == 0.0


def test_systems_by_their_means_and_by_how_sure_that_is():
    people, judge, third = drawn()
    made = system_order(points(judge), together(points(people, 1), points(third, 2)), sampling=NONE)
    mean = (people + third) / 2
    right = [
        np.sign(mean[i].mean() - mean[j].mean()) == np.sign(judge[i].mean() - judge[j].mean())
        for i, j in combinations(range(4), 2)
    ]
    assert made.systems.accuracy.value == pytest.approx(np.mean(right))
    assert made.soft.value == soft_pairwise_accuracy(mean, judge, rounds=200).value
    expected = soft_pairwise_accuracy(people, third, rounds=200).value
    assert made.people.value == pytest.approx(expected)  # the two people are each other's others
    assert (made.people.n, made.n_systems, made.n_prompts) == (2, 4, 12)


def test_prompts_that_lack_a_system_enter_the_means_but_not_the_permutations():
    people, judge, _ = drawn()
    people[0, 3] = np.nan
    made = system_order(points(judge), points(people, 1), sampling=NONE)
    kept = np.arange(12) != 3
    assert made.n_prompts == 11
    assert made.soft.value == soft_pairwise_accuracy(people[:, kept], judge[:, kept], rounds=200).value
    assert made.people.reason == "incomplete"  # one person has no others


def test_what_cannot_be_ordered_says_why():
    people, judge, _ = drawn(systems=2, prompts=2)
    apart = np.array([[1.0, np.nan], [np.nan, 1.0]])
    assert system_order(points(apart), points(apart, 1), sampling=NONE).soft.reason == "incomplete"
    with pytest.raises(Undefined, match="two that the judge and people both"):
        system_order(points(judge[:1]), points(people, 1), sampling=NONE)


@given(seed=st.integers(0, 30))
@settings(max_examples=15)
def test_a_judge_that_is_one_of_the_people_and_rows_in_any_order(seed):
    people, judge, third = drawn(seed, systems=3, prompts=6)
    both = together(points(people, 1), points(third, 2))
    order = np.random.default_rng(seed).permutation(len(both.value))
    shuffled = Points(*(getattr(both, name)[order] for name in Points.__slots__))
    assert system_order(points(judge), shuffled, sampling=NONE).soft.value == pytest.approx(
        system_order(points(judge), both, sampling=NONE).soft.value
    )
    assert system_order(points(people), points(people, 1), sampling=NONE).soft.value == 1.0
