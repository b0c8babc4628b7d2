"""Which items a campaign asks about: drawn evenly over groups, from a seed."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def balanced_orders(n: int, rng: random.Random) -> Iterator[list[int]]:
    """Yield orders of ``n`` things without end, balanced over each ``n`` (for odd ``n`` over each 2 ``n``) of them.

    Each thing is equally often in each place, and each follows each other one equally often (Williams 1949, Australian
    Journal of Scientific Research A2, 149-168). Which thing is which, and which order comes when, is drawn.
    """
    zigzag = [(at + 1) // 2 if at % 2 else n - at // 2 for at in range(n)]
    rows = [[(at + shift) % n for at in zigzag] for shift in range(n)]
    if n % 2 and n > 1:
        rows += [row[::-1] for row in rows]
    names = rng.sample(range(n), n)
    while True:
        for row in rng.sample(rows, len(rows)):
            yield [names[at] for at in row]


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
