"""The alternative annotator test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import Sampling
from analysis.data import Floats
from analysis.judging.alternative import alternative_annotator_test
from tests.known import known

NONE = Sampling(ci="none")


def binary(items: int) -> Floats:
    """Three people who agree on everything, items by turns."""
    return np.tile(np.arange(items) % 2, (3, 1)).astype(np.float64)


def long_form(table):
    """People by rows, items by columns, NaN where a person did not answer."""
    rater, item = np.nonzero(~np.isnan(table))
    return item, rater, table[rater, item]


def by_loops(judge, table, numeric, epsilon):
    """The test by its definition: advantage and p of each person, then Benjamini-Yekutieli."""
    advantages, p_values = [], []
    for j in range(len(table)):
        judged, own = [], []
        for i in range(table.shape[1]):
            others = [table[k, i] for k in range(len(table)) if k != j and not np.isnan(table[k, i])]
            if np.isnan(table[j, i]) or not others:
                continue
            if numeric:
                near_judge = -np.sqrt(np.mean((np.array(others) - judge[i]) ** 2))
                near_own = -np.sqrt(np.mean((np.array(others) - table[j, i]) ** 2))
            else:
                near_judge, near_own = np.mean(np.array(others) == judge[i]), np.mean(np.array(others) == table[j, i])
            judged.append(near_judge >= near_own - 1e-9)
            own.append(near_own >= near_judge - 1e-9)
        behind = np.array(own, dtype=float) - np.array(judged, dtype=float)
        advantages.append(np.mean(judged))
        p_values.append(stats.ttest_1samp(behind, epsilon, alternative="less").pvalue)
    rejected = adjusted(np.array(p_values), method="by") <= 0.05
    return np.array(advantages), np.array(p_values), rejected


@pytest.mark.parametrize("numeric", [False, True])
@pytest.mark.parametrize("noise", [0.2, 0.6])
def test_it_is_what_the_definition_gives(numeric, noise):
    rng = np.random.default_rng(round(10 * noise))
    truth = rng.integers(1, 6, 80).astype(float)
    table = np.where(rng.random((4, 80)) < 0.5, truth, rng.integers(1, 6, (4, 80)))
    table[rng.random((4, 80)) < 0.2] = np.nan
    judge = np.where(rng.random(80) < noise, rng.integers(1, 6, 80), truth)
    made = alternative_annotator_test(
        np.arange(80), judge, *long_form(table), numeric=numeric, epsilon=0.15, sampling=NONE
    )
    advantages, p_values, rejected = by_loops(judge, table, numeric, 0.15)
    assert [person.advantage for person in made.people] == pytest.approx(advantages)
    assert [person.p_value for person in made.people] == pytest.approx(p_values)
    assert [person.rejected for person in made.people] == rejected.tolist()
    assert made.winning_rate == rejected.mean()
    assert made.passes == (rejected.mean() >= 0.5)
    assert made.advantage.value == pytest.approx(advantages.mean())


def test_a_judge_that_is_always_with_the_others_passes_and_one_that_never_is_fails():
    table = binary(40)
    item, rater, value = long_form(table)
    good = alternative_annotator_test(np.arange(40), table[0], item, rater, value, numeric=False)
    assert (good.winning_rate, good.passes, good.advantage.value) == (1.0, True, 1.0)
    bad = alternative_annotator_test(np.arange(40), 1 - table[0], item, rater, value, numeric=False)
    assert (bad.winning_rate, bad.passes, bad.advantage.value) == (0.0, False, 0.0)
    assert bad.people[0].p_value == 1.0


def test_a_few_items_are_tested_by_ranks_or_not_at_all():
    rng = np.random.default_rng(2)
    table = rng.integers(0, 2, (3, 20)).astype(float)
    refused = alternative_annotator_test(np.arange(20), table[0], *long_form(table), numeric=False)
    assert (refused.reason, refused.passes) == ("too_few", None)
    allowed = alternative_annotator_test(np.arange(20), table[0], *long_form(table), numeric=False, fewest_items=10)
    assert all(person.method.startswith("Wilcoxon") for person in allowed.people)


def test_people_with_too_few_items_are_skipped_and_not_corrected_for():
    rng = np.random.default_rng(3)
    table = rng.integers(0, 2, (4, 60)).astype(float)
    table[3, 10:] = np.nan
    made = alternative_annotator_test(np.arange(60), table[0], *long_form(table), numeric=False, sampling=NONE)
    assert made.skipped == (3,)
    assert len(made.people) == 3
    p_values = np.array([person.p_value for person in made.people])
    assert [person.adjusted_p for person in made.people] == pytest.approx(adjusted(p_values, method="by"))


def test_the_advantage_has_an_interval_over_items():
    rng = np.random.default_rng(4)
    table = rng.integers(0, 3, (3, 100)).astype(float)
    made = alternative_annotator_test(
        np.arange(100), rng.integers(0, 3, 100).astype(np.float64), *long_form(table), numeric=False
    )
    assert known(made.advantage.lower) < known(made.advantage.value) < known(made.advantage.upper)
    assert made.advantage.n_items == 100


def test_items_without_the_judge_or_with_one_person_are_dropped_and_counted():
    table = binary(50)
    table[1:, 45:] = np.nan  # five items with one person
    made = alternative_annotator_test(np.arange(3, 50), table[0, 3:], *long_form(table), numeric=False)
    assert (made.n_items, made.dropped_items) == (42, 8)


@given(seed=st.integers(0, 200), shift=st.integers(-3, 3), scale=st.sampled_from([0.1, 10.0]))
@settings(max_examples=25, deadline=None)
def test_neither_the_order_of_rows_nor_the_scale_of_numbers_matters(seed, shift, scale):
    rng = np.random.default_rng(seed)
    table, judge = rng.integers(0, 6, (3, 35)).astype(float), rng.integers(0, 6, 35).astype(float)
    item, rater, value = long_form(table)
    before = alternative_annotator_test(np.arange(35), judge, item, rater, value, numeric=True, sampling=NONE)
    order = rng.permutation(len(item))
    moved = alternative_annotator_test(
        np.arange(35)[::-1],
        judge[::-1] * scale + shift,
        item[order],
        rater[order],
        value[order] * scale + shift,
        numeric=True,
        sampling=NONE,
    )
    assert moved.people == before.people or [p.p_value for p in moved.people] == pytest.approx(
        [p.p_value for p in before.people]
    )


def test_nothing_to_test_and_two_answers_of_a_judge():
    empty, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    made = alternative_annotator_test(empty, nothing, empty, empty, nothing, numeric=False)
    assert (made.reason, made.winning_rate, made.advantage.reason) == ("no_pairs", None, "no_pairs")
    with pytest.raises(ValueError, match="one answer an item"):
        alternative_annotator_test(np.array([0, 0]), np.zeros(2), empty, empty, nothing, numeric=False)
