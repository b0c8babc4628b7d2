"""Summaries by order: medians that can be given, cumulative shares, boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.ratings.ordinal import PROBABILITIES, ordinal_summary

LEVELS = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def summary(values, levels=LEVELS, cluster=None, **options):
    values = np.asarray(values, dtype=float)
    cluster = np.arange(len(values)) if cluster is None else np.asarray(cluster)
    return ordinal_summary(values, cluster, levels=levels, **options)


def test_the_shares_at_or_above_each_level_count_down():
    found = summary([1, 2, 2, 4, 5, 5, 5, 5])
    assert [(one.level, one.share.value) for one in found.at_least] == [(2, 7 / 8), (3, 5 / 8), (4, 5 / 8), (5, 4 / 8)]
    assert (found.top_box.value, found.bottom_box.value) == (4 / 8, 1 / 8)
    two = summary([1, 2, 2, 4, 5, 5, 5, 5], boxes=2)
    assert (two.top_box.value, two.bottom_box.value) == (5 / 8, 3 / 8)


def test_the_median_of_an_even_number_is_the_lower_of_the_two():
    """Halfway between good and excellent is no answer anybody could give."""
    assert summary([2, 2, 3, 5]).median.value == 2
    assert summary([2, 2, 3, 5, 5]).median.value == 3


@given(st.lists(st.integers(1, 5), min_size=1, max_size=40))
def test_quantiles_are_those_of_the_inverse_distribution(values):
    found = summary(values)
    expected = np.quantile(values, PROBABILITIES, method="inverted_cdf")
    assert [one.value.value for one in found.quantiles] == expected.tolist()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 8)), min_size=2, max_size=60))
def test_the_interval_of_a_quantile_holds_it_and_lies_on_the_scale(rows):
    values, cluster = zip(*rows, strict=True)
    for one in summary(values, cluster=cluster).quantiles:
        if one.value.lower is not None:
            assert one.value.lower <= one.value.value <= one.value.upper
            assert {one.value.lower, one.value.upper} <= set(LEVELS)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=40))
def test_any_growing_scale_gives_the_same_summary(values):
    """Only order counts: 1..5 as 1, 4, 9, 16, 25 moves the values and no share."""
    one, other = summary(values), summary(np.square(values), levels=LEVELS**2)
    assert [q.value.value**2 for q in one.quantiles] == [q.value.value for q in other.quantiles]
    assert [a.share for a in one.at_least] == [a.share for a in other.at_least]


def test_the_interval_of_the_median_is_near_that_of_order_statistics():
    """The exact binomial interval of a median from 100 independent values: the 40th to the 61st (Conover 1999)."""
    found = summary(np.arange(1, 101), levels=None).median
    assert found.value == 50
    assert abs(found.lower - 40) <= 1
    assert abs(found.upper - 61) <= 1


def test_measurements_have_quantiles_and_no_boxes():
    found = summary(np.linspace(0, 1, 30), levels=None)
    assert found.at_least == ()
    assert (found.top_box.value, found.top_box.reason) == (None, "too_many_values")
    assert found.median.value == pytest.approx(14 / 29)


def test_boxes_that_are_the_whole_scale_say_so():
    assert summary([1, 1], levels=np.array([1.0])).top_box.reason == "one_category"
    assert summary([1, 5], boxes=5).bottom_box.reason == "one_category"
    with pytest.raises(ValueError, match="at least 1"):
        summary([1, 2], boxes=0)


def test_one_prompt_has_a_median_without_an_interval():
    found = summary([1, 2, 3], cluster=[0, 0, 0])
    assert (found.median.value, found.median.lower, found.median.method) == (2, None, "none: one cluster")
