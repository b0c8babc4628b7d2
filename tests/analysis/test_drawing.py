"""Where marks go in the pictures that pages draw themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.drawing import MARGIN, WIDTH, axis_over, heat, mark, overlap_groups

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS, min_size=1))
def test_every_value_lies_on_its_axis(values):
    axis = axis_over(values)
    assert axis is not None
    assert all(MARGIN <= axis.at(value) <= WIDTH - MARGIN for value in values)
    assert 2 <= len(axis.ticks) <= 9


@given(NUMBERS, NUMBERS)
def test_a_larger_value_never_lies_further_left(one, other):
    axis = axis_over([one, other])
    assert axis is not None
    assert axis.at(min(one, other)) <= axis.at(max(one, other))


def test_ticks_are_round_numbers():
    axis = axis_over([718, 1237])
    assert axis is not None
    assert axis.ticks == (600, 800, 1000, 1200, 1400)


def test_an_axis_holds_the_ends_it_is_given():
    axis = axis_over([0.61, 0.9], low=0, high=1)
    assert axis is not None
    assert (axis.low, axis.high) == (0, 1)


def test_nothing_to_draw_is_no_axis_and_no_mark():
    assert axis_over([None, float("nan")]) is None
    assert mark(None, 1.0, None, None) is None
    assert mark(axis_over([1.0, 2.0]), None, None, None) is None


@pytest.mark.parametrize(("share", "shade"), [(0, "heat-0"), (0.5, "heat-10"), (1, "heat-20"), (None, "heat-none")])
def test_shades_diverge_around_one_half(share, shade):
    assert heat(share) == shade


def test_a_bracket_joins_rows_whose_places_overlap():
    assert overlap_groups([(1, 2), (1, 3), (3, 3), (4, 4), None]) == [True, True, False, False, False]
