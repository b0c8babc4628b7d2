"""The test of no movement that exchanges items."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.drift.distributions import drift
from analysis.drift.exchange import Items, exchange, items_of, psi_of
from tests.known import known


def one_each(before: list[int], after: list[int], bins: int) -> Items:
    """Items with one value each."""
    rows = np.eye(bins, dtype=np.int64)
    nothing = np.zeros((1, bins), dtype=np.int64)
    return Items(
        np.concatenate([rows[before], np.repeat(nothing, len(after), axis=0)]),
        np.concatenate([np.repeat(nothing, len(before), axis=0), rows[after]]),
    )


def test_the_index_is_that_of_drift():
    rng = np.random.default_rng(0)
    before, after = rng.integers(1, 9, (2, 20, 5)) * rng.integers(0, 2, (2, 20, 5)) + np.array([1, 0, 0, 0, 0])
    for one, other in zip(before, after, strict=True):
        assert float(psi_of(one[None], other[None])[0]) == pytest.approx(known(drift(one, other).psi.value))


def test_items_on_one_side_only_are_dealt_out_in_every_way():
    before, after = [0, 0, 0, 1], [1, 1, 2, 0]
    values = np.array(before + after)
    index = []
    for chosen in combinations(range(8), 4):
        first = np.isin(np.arange(8), chosen)
        counts = [np.bincount(values[rows], minlength=3)[None] for rows in (first, ~first)]
        index.append(float(psi_of(*counts)[0]))
    observed = known(drift(np.bincount(before, minlength=3), np.bincount(after, minlength=3)).psi.value)
    exact = np.mean(np.array(index) >= observed - 1e-9)
    made = exchange(one_each(before, after, 3), rounds=20_000)
    assert made.test.p_value == pytest.approx(exact, abs=0.015)
    assert made.expected == pytest.approx(np.mean(index), rel=0.02)


def test_items_on_both_sides_swap_in_every_way():
    rows = np.eye(3, dtype=np.int64)
    before, after = rows[[0, 0, 0, 1, 2]], rows[[1, 1, 0, 1, 1]]
    index = []
    for signs in product((False, True), repeat=5):
        swapped = np.array(signs)[:, None]
        first, second = np.where(swapped, after, before), np.where(swapped, before, after)
        index.append(float(psi_of(first.sum(axis=0)[None], second.sum(axis=0)[None])[0]))
    exact = np.mean(np.array(index) >= index[0] - 1e-9)
    made = exchange(Items(before, after), rounds=20_000)
    assert made.test.p_value == pytest.approx(exact, abs=0.015)
    assert made.test.conventions["units_in_both"] == "5"


def test_without_repeats_its_null_is_the_chi_square_scale():
    rng = np.random.default_rng(1)
    before, after = rng.choice(5, 800, p=[0.1, 0.2, 0.3, 0.25, 0.15]), rng.choice(5, 400, p=[0.1, 0.2, 0.3, 0.25, 0.15])
    items = one_each(before.tolist(), after.tolist(), 5)
    theory = drift(items.before.sum(axis=0), items.after.sum(axis=0))
    made = exchange(items)
    assert made.expected == pytest.approx(theory.psi_expected, rel=0.07)
    assert made.critical == pytest.approx(theory.psi_critical, rel=0.1)
    assert made.test.p_value == pytest.approx(known(theory.chi_square.p_value), abs=0.04)


@pytest.mark.parametrize("paired", [False, True])
def test_where_nothing_moved_few_tests_say_that_something_did(paired):
    """Five ratings of each item, which are alike: counting rows as independent would reject far too often."""
    rng, rejected, naive = np.random.default_rng(2), 0, 0
    for _ in range(200):
        level = rng.normal(size=80)
        answers = np.clip(np.rint(level[:, None] + 0.3 * rng.normal(size=(80, 5))), -2, 2).astype(np.int64) + 2
        sides = np.array([0, 1, 0, 1, 0]) if paired else np.repeat(np.arange(80) < 40, 5).reshape(80, 5)
        first = np.broadcast_to(sides == 0, (80, 5)).ravel()
        items = items_of(answers.ravel(), 5, first, ~first, np.repeat(np.arange(80), 5))
        rejected += known(exchange(items, rounds=199).test.p_value) <= 0.05
        naive += known(drift(items.before.sum(axis=0), items.after.sum(axis=0)).chi_square.p_value) <= 0.05
    assert rejected / 200 == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 200))
    assert paired or naive / 200 > 0.3


def test_items_that_are_all_different_are_shuffled_one_by_one():
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 50, (60, 4)) + 1  # hardly any two alike
    first = (np.arange(60) < 25)[:, None]
    items = Items(np.where(first, counts, 0), np.where(first, 0, counts))
    made = exchange(items, rounds=3000, seed=1)
    index = []
    for _ in range(3000):
        chosen = np.isin(np.arange(60), rng.choice(60, 25, replace=False))
        index.append(float(psi_of(counts[chosen].sum(axis=0)[None], counts[~chosen].sum(axis=0)[None])[0]))
    assert made.expected == pytest.approx(np.mean(index), rel=0.1)
    assert made.critical == pytest.approx(np.quantile(index, 0.95), rel=0.15)


@given(rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=20))
@settings(max_examples=40)
def test_p_lies_in_its_range_and_turning_the_bins_changes_nothing(rows):
    side, place, item = (np.array(column) for column in zip(*rows, strict=True))
    before, after = side == 0, side == 1
    made = exchange(items_of(place, 3, before, after, item), rounds=99)
    turned = exchange(items_of(2 - place, 3, before, after, item), rounds=99)
    assert made.test.reason == turned.test.reason
    if made.test.p_value is not None:
        assert 1 / 100 <= made.test.p_value <= 1
        assert turned.test.statistic == pytest.approx(known(made.test.statistic))


def test_what_cannot_be_exchanged_has_a_reason():
    nothing = np.zeros((3, 2), dtype=np.int64)
    some = np.array([[1, 0], [0, 1], [1, 0]])
    assert exchange(Items(nothing, some)).test.reason == "empty"
    assert exchange(Items(some * [1, 0], some[::-1] * [1, 0])).test.reason == "one_category"
    assert exchange(Items(nothing, nothing)).expected is None
    with pytest.raises(ValueError, match="both before and after"):
        items_of(np.zeros(2, dtype=int), 1, np.ones(2, dtype=bool), np.ones(2, dtype=bool), np.arange(2))
    with pytest.raises(ValueError, match="rounds"):
        exchange(Items(some, some), rounds=0)
