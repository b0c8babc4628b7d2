"""What lets the clustered sandwich keep up with millions of battles."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.clusters import sorting


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**17), st.integers(0, 2**62)), max_size=60))
def test_ids_of_any_size_sort_as_numpy_sorts_them(ids):
    numbers = np.array(ids, dtype=np.int64)
    assert np.array_equal(sorting(numbers), np.argsort(numbers, kind="stable"))


def test_ids_that_differ_only_in_high_bits_are_told_apart():
    numbers = np.array([2**48, 0, 2**32, 2**16, 2**48], dtype=np.int64)
    assert sorting(numbers).tolist() == [1, 3, 2, 0, 4]
