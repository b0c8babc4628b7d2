"""Sums that are resampled once for every statistic read off them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling, estimate_of, ratio
from analysis.errors import Undefined, Why
from analysis.judging.draws import Draws, kinds_of
from analysis.resampling import Sums

NOTHING = Undefined(Why.NO_CASES, "nothing")
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=40)


@given(rows=ROWS)
@settings(max_examples=40)
def test_the_kinds_of_rows_are_those_that_sorting_finds(rows):
    table = np.array(rows, dtype=np.float64)
    kinds, number = kinds_of(table)
    order = np.lexsort(kinds.T[::-1])
    expected, count = np.unique(table, axis=0, return_counts=True)
    np.testing.assert_array_equal(kinds[order], expected)
    np.testing.assert_array_equal(number[order], count)


class Zeros:
    def integers(self, low, high, size, dtype):
        return np.zeros(size, dtype=dtype)


def test_rows_that_share_a_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr("analysis.judging.draws.np.random.default_rng", lambda seed: Zeros())
    kinds, number = kinds_of(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    assert kinds.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert number.tolist() == [2, 1]


@pytest.mark.parametrize("ci", ["bootstrap", "jackknife", "none"])
@pytest.mark.parametrize("items", [1, 12, 400])
def test_each_estimate_is_what_drawing_for_it_alone_gives(ci, items):
    rng = np.random.default_rng(items)
    features = np.column_stack([rng.integers(0, 3, items), np.full(items, 3)]).astype(np.float64)
    number = np.ones(items, dtype=np.int64)
    sampling = Sampling(ci=ci, rounds=50, seed=4)
    draws = Draws(features, number, sampling)
    for value in (ratio, lambda sums: sums[:, 0] ** 2):
        made = draws.estimate(value, n=items, conventions={"unit": "item"}, otherwise=NOTHING)
        alone = estimate_of(
            Sums(features, number, value), n=items, sampling=sampling, conventions={"unit": "item"}, otherwise=NOTHING
        )
        assert made == alone


def test_what_is_undefined_is_raised():
    with pytest.raises(Undefined, match="nothing"):
        Draws(np.zeros((3, 2)), np.ones(3, dtype=np.int64), Sampling()).estimate(
            ratio, n=3, conventions={}, otherwise=NOTHING
        )
