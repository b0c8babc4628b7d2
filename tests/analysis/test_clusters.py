"""What lets the clustered sandwich keep up with millions of battles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.clusters import sorting
from analysis.options import Options
from tests.analysis.builders import coded, make_battles, ranked


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**17), st.integers(0, 2**62)), max_size=60))
def test_ids_of_any_size_sort_as_numpy_sorts_them(ids):
    numbers = np.array(ids, dtype=np.int64)
    assert np.array_equal(sorting(numbers), np.argsort(numbers, kind="stable"))


def test_ids_that_differ_only_in_high_bits_are_told_apart():
    numbers = np.array([2**48, 0, 2**32, 2**16, 2**48], dtype=np.int64)
    assert sorting(numbers).tolist() == [1, 3, 2, 0, 4]


@pytest.mark.parametrize("cluster", ["prompt", "rater", "both"])
def test_a_cluster_of_dropped_ties_only_is_none(cluster):
    """Else C / (C - 1) would shrink with every prompt that says nothing."""
    decided = [("a", "b", "ABAAB"[place % 5]) for place in range(30)]
    names = [f"p{place % 4}" for place in range(30)], [f"r{place % 3}" for place in range(30)]
    options = Options(ties="drop", cluster=cluster)
    alone = make_battles(decided, prompt=coded(names[0]), rater=coded(names[1]))
    tied = [("a", "b", "tie"), ("b", "a", "both_bad")]
    more = make_battles([*decided, *tied], prompt=coded([*names[0], "p8", "p9"]), rater=coded([*names[1], "r8", "r9"]))
    without = make_battles(
        [*decided, ("a", "b", "A")],
        prompt=coded([*names[0], "p9"]),
        rater=coded([*names[1], "r9"]),
        weight=np.array([1.0] * 30 + [0.0]),
    )
    assert ends(more, options) == pytest.approx(ends(alone, options))
    assert ends(without, options) == pytest.approx(ends(alone, options))


def ends(battles, options: Options) -> list[float | None]:
    return [end for row in ranked(battles, options).rows for end in (row.lower, row.upper)]
