"""Distributions: every category counted, bins that say where they end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.ratings.distributions import MOST_BINS, round_edges, scale_of
from tests.analysis.ratings.make import part


def bins_of(rows, system=0, **columns):
    made = part(rows, **columns)
    return scale_of(made).distribution(made.values[made.of_system(system)])


def test_a_category_that_nobody_used_is_counted_as_none():
    rows = [("p", "x", "r", 1), ("q", "x", "r", 1), ("q", "x", "s", 4)]
    found = bins_of(rows, categories={"": (1.0, 2.0, 3.0, 4.0, 5.0)})
    assert [(bin_.lower, bin_.count) for bin_ in found.bins] == [(1, 2), (2, 0), (3, 0), (4, 1), (5, 0)]
    assert [bin_.share for bin_ in found.bins] == pytest.approx([2 / 3, 0, 0, 1 / 3, 0])
    assert (found.kind, found.rule, found.n) == ("categories", "the declared categories", 3)


def test_without_declared_categories_the_values_of_all_systems_are_the_scale():
    found = bins_of([("p", "x", "r", 1), ("p", "y", "r", 3)])
    assert [(bin_.lower, bin_.count) for bin_ in found.bins] == [(1, 1), (3, 0)]
    assert "none are declared" in found.rule


def test_measurements_come_in_round_bins_closed_left():
    values = [0.0, 4.9, 5.0, 9.9, 95.0, 100.0, *np.linspace(20, 40, 10)]
    found = bins_of([(f"p{i}", "x", "r", value) for i, value in enumerate(values)])
    assert (found.kind, found.rule) == ("histogram", "20 bins of 5, closed left, the last on both sides")
    assert [found.bins[place].count for place in (0, 1, 19)] == [2, 2, 2]
    assert sum(bin_.count for bin_ in found.bins) == len(values)


def test_counts_are_those_of_numpy():
    values = np.random.default_rng(1).normal(50, 20, 300)
    found = bins_of([(f"p{i}", "x", "r", value) for i, value in enumerate(values)])
    edges = [found.bins[0].lower, *(bin_.upper for bin_ in found.bins)]
    assert [bin_.count for bin_ in found.bins] == np.histogram(values, edges)[0].tolist()


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_bins_hold_the_range_and_are_few(low, span):
    edges = round_edges(low, low + span)
    assert edges[0] <= low + 1e-9 * span
    assert edges[-1] >= low + span - 1e-9 * (abs(low) + span)
    assert 1 <= len(edges) - 1 <= MOST_BINS


def test_one_value_has_no_bins():
    with pytest.raises(ValueError, match="two values"):
        round_edges(3, 3)
