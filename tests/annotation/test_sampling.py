"""Drawing items evenly."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from annotation.sampling import spread

groups = st.dictionaries(st.integers(0, 5), st.integers(0, 8), max_size=6).map(
    lambda sizes: {group: [(group, n) for n in range(size)] for group, size in sizes.items()}
)


@given(groups, st.integers(0, 40), st.integers(0, 9))
def test_a_draw_is_even_as_far_as_the_groups_allow(groups, size, seed):
    drawn = spread(groups, size, random.Random(seed))
    assert len(drawn) == len(set(drawn)) == min(size, sum(map(len, groups.values())))
    counts = Counter(group for group, _ in drawn)
    unexhausted = [counts[group] for group in groups if counts[group] < len(groups[group])]
    # Whoever could still give more has given as many as anybody else, but for the last round.
    assert all(counts[group] <= least + 1 for least in unexhausted for group in groups)


@given(groups, st.integers(0, 9))
def test_the_same_seed_draws_the_same_and_no_size_draws_everything(groups, seed):
    first, second = (spread(groups, None, random.Random(seed)) for _ in range(2))
    assert first == second
    assert sorted(first) == sorted(thing for group in groups.values() for thing in group)
