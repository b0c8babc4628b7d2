"""Which items a campaign asks about: drawn evenly over groups, from a seed."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def spread(groups: Mapping[Hashable, Sequence[T]], size: int | None, rng: random.Random) -> list[T]:
    """Draw ``size`` things, as evenly over the groups as these allow; all of them when ``size`` is None.

    The result is in random order. The same groups, size and seed give the same things.
    """
    shuffled = [rng.sample(list(group), len(group)) for group in groups.values()]
    total = sum(map(len, shuffled))
    wanted = total if size is None else min(size, total)
    rng.shuffle(shuffled)
    drawn: list[T] = []
    depth = 0
    while len(drawn) < wanted:
        layer = [group[depth] for group in shuffled if depth < len(group)]
        drawn += layer[: wanted - len(drawn)]
        depth += 1
    rng.shuffle(drawn)
    return drawn
