"""Dawid and Skene's model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.annotators.dawid_skene import dawid_skene
from analysis.errors import Undefined
from analysis.judging.answers import Answers
from tests.analysis.annotators.patients import anaesthetists


def test_the_anaesthetists_of_1979():
    # computed with crowd-kit 1.4.2 run for 3000 steps without its own stop; the paper prints .40 .42 .11 .07
    made = dawid_skene(anaesthetists(), 4, tolerance=1e-14)
    assert made.share == pytest.approx([0.39955475, 0.42198339, 0.11179519, 0.06666667], abs=1e-6)
    assert made.log_likelihood == pytest.approx(-192.89088, abs=1e-5)
    first = [[0.889488, 0.110512, 0, 0], [0.070585, 0.87638, 0.053035, 0], [0, 0.338822, 0.661178, 0]]
    assert made.confusion[0, :3] == pytest.approx(np.array(first), abs=1e-5)
    assert made.confusion[1, 1] == pytest.approx([0.052707, 0.632946, 0.314347, 0], abs=1e-5)
    assert made.n == 315


def test_one_coin_on_the_same_data():
    made = dawid_skene(anaesthetists(), 4, model="one-coin", tolerance=1e-14)
    # computed with crowd-kit 1.4.2, OneCoinDawidSkene, 3000 steps
    expected = [0.88543049, 0.70072488, 0.81146501, 0.85306773, 0.80891976]
    assert made.accuracy == pytest.approx(expected, abs=1e-6)
    assert made.posterior[2, :2] == pytest.approx([0.146510878, 0.853481403], abs=1e-6)
    assert made.posterior[35, 2] == pytest.approx(0.994185287, abs=1e-6)


@pytest.mark.parametrize("model", ["confusion", "one-coin"])
def test_more_steps_never_lower_the_likelihood(model):
    made = [dawid_skene(anaesthetists(), 4, model=model, tolerance=10.0**-digits) for digits in range(2, 14)]
    reached = [each.log_likelihood for each in made]
    assert reached == sorted(reached)
    assert made[0].iterations < made[-1].iterations


def test_a_prior_keeps_a_rater_of_few_ratings_from_certainty():
    answers = anaesthetists()
    kept = (answers.rater != 4) | (answers.item < 2)  # the fifth rated two patients only
    few = answers.take(kept)
    assert dawid_skene(few, 4).confusion[4, 0].max() == 1.0
    assert dawid_skene(few, 4, prior=0.25).confusion[4, 0].max() < 0.8


def test_a_rater_who_always_lies_is_read_backwards():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    right = rng.random((600, 5)) < np.array([0.9, 0.85, 0.9, 0.8, 0.1])
    value = np.where(right, truth[:, None], 1 - truth[:, None])
    made = dawid_skene(Answers(np.repeat(np.arange(600), 5), value.ravel(), np.tile(np.arange(5), 600)), 2)
    assert made.accuracy == pytest.approx([0.9, 0.85, 0.9, 0.8, 0.1], abs=0.04)
    majority = (value.mean(axis=1) > 0.5).astype(int)
    assert (made.label == truth).mean() > (majority == truth).mean()


@given(seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_names_and_order_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    answers = anaesthetists()
    labels, raters, order = rng.permutation(4), rng.permutation(5), rng.permutation(315)
    other = Answers(answers.item[order], labels[answers.value][order], raters[answers.rater][order])
    before, turned = dawid_skene(answers, 4, prior=0.1), dawid_skene(other, 4, prior=0.1)
    assert turned.log_likelihood == pytest.approx(before.log_likelihood)
    assert turned.posterior[:, labels] == pytest.approx(before.posterior, abs=1e-6)
    assert turned.accuracy[raters] == pytest.approx(before.accuracy, abs=1e-6)


def test_equal_evidence_names_no_label():
    made = dawid_skene(Answers(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0]), np.array([0, 1, 0, 1])), 2)
    assert made.label.tolist() == [-1, -1]


def test_what_the_data_cannot_give_has_a_reason():
    def reason(item, value, rater):
        with pytest.raises(Undefined) as caught:
            dawid_skene(Answers(np.array(item), np.array(value), rater), 2)
        return caught.value.code

    empty = np.empty(0, dtype=int)
    assert reason(empty, empty, empty) == "empty"
    assert reason([0, 0], [0, 1], None) == "not_recorded"
    assert reason([0, 0], [0, 1], np.array([0, 0])) == "one_rater"
    assert reason([0, 1], [0, 1], np.array([0, 1])) == "no_pairs"
    assert reason([0, 0], [1, 1], np.array([0, 1])) == "one_category"
    with pytest.raises(Undefined, match="still gained"):
        dawid_skene(anaesthetists(), 4, max_iterations=2)


def one_row_at_a_time(answers: Answers, labels: int, prior: float, steps: int) -> np.ndarray:
    """The posterior by the textbook's loops, for items that were all rated."""
    assert answers.rater is not None
    items, raters = answers.item.max() + 1, answers.rater.max() + 1
    rows = list(zip(answers.item, answers.value, answers.rater, strict=True))
    posterior = np.zeros((items, labels))
    for item, value, _ in rows:
        posterior[item, value] += 1
    posterior /= posterior.sum(axis=1, keepdims=True)
    for _ in range(steps):
        share, tables = posterior.mean(axis=0), np.full((raters, labels, labels), prior)
        for item, value, rater in rows:
            tables[rater, :, value] += posterior[item]
        tables /= tables.sum(axis=2, keepdims=True)
        posterior = np.tile(share, (items, 1))
        for item, value, rater in rows:
            posterior[item] *= tables[rater, :, value]
        posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior


ragged = st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=6), max_size=12)


@given(ragged)
@settings(max_examples=60, deadline=None)
def test_items_with_the_same_ratings_are_worked_out_together_and_come_out_as_alone(others):
    agreed = [[(0, 0), (0, 1)], [(1, 0), (1, 1)], [(2, 0), (1, 1)]]
    rows = [(item, *each) for item, given_to in enumerate([*agreed, *others, *others]) for each in given_to]
    answers = Answers(*np.array(rows).T)
    made = dawid_skene(answers, 3, prior=0.5, tolerance=1e-6)
    assert made.posterior == pytest.approx(one_row_at_a_time(answers, 3, 0.5, made.iterations), abs=1e-9)


def test_items_that_nobody_rated_hold_the_shares_and_count_for_nothing():
    made, answers = dawid_skene(anaesthetists(), 4), anaesthetists()
    spaced = dawid_skene(Answers(answers.item * 2 + 1, answers.value, answers.rater), 4)
    assert spaced.posterior[1::2] == pytest.approx(made.posterior)
    assert spaced.posterior[0] == pytest.approx(spaced.share)
    assert spaced.log_likelihood == pytest.approx(made.log_likelihood)


def test_many_raters_with_more_patterns_than_one_code_holds_are_told_apart():
    rng = np.random.default_rng(1)
    truth = np.repeat(rng.integers(0, 3, 60), 2)  # items 2k and 2k + 1 differ in the last rater's label only
    rater = np.tile(np.arange(40), 120)
    value = np.repeat(truth, 40)
    value = np.where(rng.random(60 * 40).reshape(60, 1, 40).repeat(2, axis=1).ravel() < 0.7, value, 0)
    value[39::80], value[79::80] = 1, 2
    answers = Answers(np.repeat(np.arange(120), 40), value, rater)
    made = dawid_skene(answers, 3, prior=1 / 3, tolerance=1e-6)
    assert made.posterior == pytest.approx(one_row_at_a_time(answers, 3, 1 / 3, made.iterations), abs=1e-9)
    assert made.confusion[39, :, 1] == pytest.approx(made.confusion[39, :, 2])  # so often each, whatever is true
