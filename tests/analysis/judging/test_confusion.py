"""The confusion table and what is read off it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from analysis.comparison.estimates import Sampling
from analysis.judging.confusion import classification, confusion
from tests.known import known

LABELS = ("a", "b", "c")
TRUTH = np.array([0] * 6 + [1] * 3 + [2] * 2)
PREDICTED = np.array([0, 0, 0, 1, 1, 2, 1, 1, 0, 2, 2])
NEVER_C = np.array([0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0])
NONE = Sampling(ci="none")
ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=25)


def test_the_table_has_truth_in_rows():
    assert confusion(TRUTH, PREDICTED, LABELS).table.tolist() == [[3, 2, 1], [1, 2, 0], [0, 0, 2]]


def test_everything_as_scikit_learn_gives_it():
    # computed with scikit-learn 1.9.1: precision_recall_fscore_support, accuracy_score, balanced_accuracy_score
    made = classification(TRUTH, PREDICTED, LABELS, sampling=NONE)
    assert made.accuracy.value == pytest.approx(0.6363636363636364)
    assert made.balanced_accuracy.value == pytest.approx(0.7222222222222222)
    columns = {
        "precision": [0.75, 0.5, 0.66666667],
        "recall": [0.5, 0.66666667, 1.0],
        "f1": [0.6, 0.57142857, 0.8],
    }
    for name, expected in columns.items():
        assert [made.classes[label][name].value for label in LABELS] == pytest.approx(expected)
    averages = {
        "macro": (0.6388888888888888, 0.7222222222222222, 0.6571428571428571),
        "weighted": (0.6666666666666666, 0.6363636363636364, 0.6285714285714286),
        "micro": (0.6363636363636364, 0.6363636363636364, 0.6363636363636364),
    }
    for average, numbers in averages.items():
        found = [made.averages[average][name].value for name in ("precision", "recall", "f1")]
        assert found == pytest.approx(numbers)


@given(rows=ROWS)
@settings(max_examples=40)
def test_any_table_is_as_scikit_learn_reads_it(rows):
    truth, predicted = np.array(rows).T
    made = classification(truth, predicted, LABELS, absent="zero", sampling=NONE)
    np.testing.assert_array_equal(made.confusion.table, metrics.confusion_matrix(truth, predicted, labels=range(3)))
    assert made.accuracy.value == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert made.balanced_accuracy.value == pytest.approx(
        np.mean([np.mean(predicted[truth == k] == k) for k in set(truth)])
    )
    for average in ("macro", "weighted", "micro"):
        expected = metrics.precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)[:3]
        found = [made.averages[average][name].value for name in ("precision", "recall", "f1")]
        assert found == pytest.approx(expected)
    by_class = metrics.precision_recall_fscore_support(truth, predicted, labels=range(3), average=None, zero_division=0)
    for name, values in zip(("precision", "recall", "f1"), by_class, strict=False):
        assert [made.classes[label][name].value for label in LABELS] == pytest.approx(values)


def test_a_label_never_predicted_has_no_precision_unless_zero_is_asked_for():
    made = classification(TRUTH, NEVER_C, LABELS, sampling=NONE)
    assert made.classes["c"]["precision"].reason == "no_cases"
    assert made.classes["c"]["precision"].message == "c was never predicted"
    assert made.averages["macro"]["precision"].reason == "no_cases"
    assert made.averages["macro"]["f1"].value == pytest.approx(0.38888888888888884)  # F1 is defined: 0 for c
    zero = classification(TRUTH, NEVER_C, LABELS, absent="zero", sampling=NONE)
    # computed with scikit-learn 1.9.1, zero_division=0
    assert zero.averages["macro"]["precision"].value == pytest.approx(0.35555555555555557)
    assert zero.averages["weighted"]["precision"].value == pytest.approx(0.4727272727272727)


def test_a_declared_label_that_nobody_used_enters_no_average():
    made = classification(TRUTH, PREDICTED, (*LABELS, "d"), sampling=NONE)
    assert made.averages["macro"]["f1"].value == pytest.approx(0.6571428571428571)
    assert made.classes["d"]["f1"].reason == "no_cases"


def test_rows_of_one_item_are_resampled_together():
    item = np.repeat(np.arange(60), 8)
    truth = np.repeat(np.arange(60) % 2, 8)
    predicted = np.where(item % 3 == 0, 1 - truth, truth)  # eight rows that say the same thing
    together = classification(truth, predicted, ("no", "yes"), item=item)
    alone = classification(truth, predicted, ("no", "yes"))
    for made in (lambda each: each.accuracy, lambda each: each.averages["macro"]["f1"]):
        clustered, single = made(together), made(alone)
        assert clustered.value == single.value
        ratio = (known(clustered.upper) - known(clustered.lower)) / (known(single.upper) - known(single.lower))
        assert ratio == pytest.approx(np.sqrt(8), rel=0.15)
        assert (clustered.n, clustered.n_items) == (480, 60)


def test_an_interval_at_the_edge_is_not_a_point():
    made = classification(np.ones(10, dtype=int), np.ones(10, dtype=int), ("no", "yes")).accuracy
    assert made.value == 1.0
    assert made.lower == pytest.approx(10 / (10 + 1.959964**2), abs=1e-6)  # Wilson's lower end at 10 of 10


@given(rows=ROWS, seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_names_and_order_do_not_matter_and_turning_the_table_swaps_precision_and_recall(rows, seed):
    truth, predicted = np.array(rows).T
    before = classification(truth, predicted, LABELS, sampling=NONE)
    place = np.random.default_rng(seed).permutation(3)
    names = tuple(np.array(LABELS)[np.argsort(place)])
    renamed = classification(place[truth][::-1], place[predicted][::-1], names, sampling=NONE)
    turned = classification(predicted, truth, LABELS, sampling=NONE)
    for label in LABELS:
        for name, mirror in (("precision", "recall"), ("recall", "precision"), ("f1", "f1")):
            assert renamed.classes[label][name].value == before.classes[label][name].value
            assert turned.classes[label][mirror].value == before.classes[label][name].value
    assert before.averages["weighted"]["recall"].value == pytest.approx(before.accuracy.value)


def test_no_answers_is_null_everywhere():
    made = classification(np.empty(0, dtype=int), np.empty(0, dtype=int), LABELS)
    assert {made.accuracy.reason, made.balanced_accuracy.reason} == {"empty"}
    assert made.averages["macro"]["f1"].reason == "empty"


def test_codes_beyond_the_labels_are_refused():
    with pytest.raises(ValueError, match="predicted must lie in"):
        confusion(np.array([0]), np.array([3]), LABELS)
