"""Pairwise accuracy with ties, and its soft form."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.estimates import Sampling
from analysis.judging.pairwise_accuracy import PairCounts, pairwise_accuracy
from analysis.judging.soft_accuracy import one_sided_p, soft_pairwise_accuracy
from tests.known import known

PEOPLE = np.array([1.0, 1.0, 2.0, 3.0])
METRIC = np.array([0.1, 0.2, 0.2, 0.9])
NONE = Sampling(ci="none")
ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 1)), min_size=3, max_size=14)


def test_counts_by_hand():
    made = pairwise_accuracy(PEOPLE, METRIC)
    assert made.counts == PairCounts(concordant=4, discordant=0, tied_people=1, tied_metric=1, tied_both=0)
    assert (made.accuracy.value, made.tau) == pytest.approx((4 / 6, 4 / 6 - 2 / 6))


def test_the_best_epsilon_ties_what_people_tie():
    made = pairwise_accuracy(PEOPLE, METRIC, epsilon="best")
    # up to 0.1 three pairs are tied: one rightly, (0.2, 0.2) already, and (0.1, 0.2) of rows 1 and 3 wrongly
    brute = {e: known(pairwise_accuracy(PEOPLE, METRIC, epsilon=e).accuracy.value) for e in (0.0, 0.1, 0.7, 0.8)}
    assert known(made.accuracy.value) == max(brute.values())
    assert made.chosen_here


@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_it_is_what_a_loop_over_pairs_counts_and_best_is_best(rows):
    people, metric, group = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    right = pairs = 0
    best = {}
    for i, j in combinations(range(len(rows)), 2):
        if group[i] != group[j]:
            continue
        pairs += 1
        right += np.sign(people[i] - people[j]) == np.sign(metric[i] - metric[j])
    made = pairwise_accuracy(people, metric, group=group.astype(np.int64), sampling=NONE)
    if not pairs:
        assert made.accuracy.reason == "no_pairs"
        return
    assert made.accuracy.value == pytest.approx(right / pairs)
    assert made.counts.n == pairs
    for epsilon in range(7):
        best[epsilon] = pairwise_accuracy(people, metric, group=group.astype(np.int64), epsilon=epsilon, sampling=NONE)
    chosen = pairwise_accuracy(people, metric, group=group.astype(np.int64), epsilon="best", sampling=NONE)
    assert chosen.accuracy.value == pytest.approx(max(known(each.accuracy.value) for each in best.values()))
    assert chosen.epsilon == min(e for e, each in best.items() if each.accuracy.value == chosen.accuracy.value)


def test_without_ties_it_is_kendalls_tau():
    rng = np.random.default_rng(0)
    people, metric = rng.normal(size=(2, 50))
    assert pairwise_accuracy(people, metric).tau == pytest.approx(stats.kendalltau(people, metric).statistic)


def test_scale_and_shift_do_not_matter():
    moved = pairwise_accuracy(PEOPLE * 1e-6 - 3, METRIC * 1e4 + 7)
    assert moved.counts == pairwise_accuracy(PEOPLE, METRIC).counts


def test_groups_are_resampled():
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(60), 4)
    people = rng.integers(0, 5, 240).astype(np.float64)
    made = pairwise_accuracy(people, people + rng.normal(size=240), group=group)
    assert known(made.accuracy.lower) < known(made.accuracy.value) < known(made.accuracy.upper)
    assert (made.accuracy.n, made.accuracy.n_items) == (360, 60)


@pytest.mark.parametrize(
    ("people", "group", "reason"), [([], None, "empty"), ([1.0], None, "no_pairs"), ([1.0, 2.0], [0, 1], "no_pairs")]
)
def test_nothing_to_order(people, group, reason):
    values = np.array(people)
    made = pairwise_accuracy(values, values, group=None if group is None else np.array(group))
    assert (made.accuracy.reason, made.tau) == (reason, None)


def test_p_of_few_items_counts_all_sign_patterns_with_exact_ties():
    values = np.array([[0.1, 0.2, 0.3, 0.0], [0.2, 0.1, 0.0, 0.3]])  # tenths, so many sums tie exactly
    gap = np.array([-1, 1, 3, -3])  # in tenths, whole numbers
    patterns = np.array(list(product((1, -1), repeat=4))) @ gap
    p = one_sided_p(values, rounds=10)
    assert p[0, 1] == np.mean(patterns >= gap.sum())
    assert p[1, 0] == np.mean(patterns >= -gap.sum())


def test_random_patterns_agree_with_counting():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(2, 15))
    exact = one_sided_p(values, rounds=1)[0, 1]
    padded = np.hstack([values, np.zeros((2, 5))])  # items that differ nowhere change no p, but 20 are drawn
    assert one_sided_p(padded, rounds=4000)[0, 1] == pytest.approx(exact, abs=4 * np.sqrt(exact / 4000))


def test_soft_accuracy_by_its_definition():
    rng = np.random.default_rng(6)
    people = rng.normal(size=(3, 8))
    metric = people + rng.normal(size=(3, 8))

    def p(values, i, j):
        gap = values[i] - values[j]
        sums = np.array(list(product((1, -1), repeat=8))) @ gap
        return np.mean(sums >= gap.sum() - 1e-12)

    gaps = [abs(p(people, i, j) - p(metric, i, j)) for i, j in combinations(range(3), 2)]
    assert soft_pairwise_accuracy(people, metric).value == pytest.approx(1 - np.mean(gaps))


def test_a_metric_that_is_people_is_right_and_scale_does_not_matter():
    people = np.random.default_rng(7).normal(size=(4, 30))
    assert soft_pairwise_accuracy(people, people * 3 + 1).value == 1.0


@pytest.mark.parametrize(
    ("values", "reason"),
    [(np.empty((0, 0)), "empty"), (np.ones((1, 3)), "one_system"), (np.full((2, 3), np.nan), "incomplete")],
)
def test_soft_accuracy_needs_systems_and_values(values, reason):
    assert soft_pairwise_accuracy(values, values).reason == reason
