"""Bars over differences."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.comparison.histogram import MOST_BARS, histogram


def test_few_values_have_a_bar_each():
    made = histogram(np.array([1.0, -1, 0, 0, 1, 1]))
    assert (made.left, made.right, made.count) == ((-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0), (1, 2, 3))


@given(row=st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=200))
def test_every_difference_is_in_one_bar(row):
    difference = np.array(row, dtype=np.float64)
    made = histogram(difference)
    assert sum(made.count) == len(row)
    bars = list(zip(made.left, made.right, made.count, strict=True))
    if made.left == made.right:
        assert len(bars) <= MOST_BARS
        assert [int((difference == left).sum()) for left, _, _ in bars] == [count for _, _, count in bars]
        return
    assert len(bars) <= MOST_BARS + 2
    for left, right, count in bars:
        assert count == int(((difference >= left) & (difference < right)).sum())


def test_bins_are_centred_on_zero():
    made = histogram(np.linspace(-3.3, 4.7, 300))
    middles = [(left + right) / 2 for left, right in zip(made.left, made.right, strict=True)]
    assert 0.0 in middles


def test_nothing_has_no_bars():
    assert histogram(np.empty(0)).count == ()
