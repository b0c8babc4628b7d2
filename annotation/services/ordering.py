"""The place of an open place in its queue: by priority, then item by item or block by block."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from annotation.sampling import balanced_orders

SPREAD = 1000  # turns between one item and the next, so that an item's places follow each other
PRIORITY = 10**16  # turns between one priority and the next; first turns are small, later ones microseconds of a clock
MOST_URGENT = 100

Row = Mapping[str, Any]  # the columns of an item about to be made
Turns = Callable[[Row, int], int]


def turns_of(rows: Sequence[Row], systems: Sequence[int], rng: random.Random) -> Turns:
    """Return the function that gives the turn of a slot of an item.

    In a block all items come one after the other for the first slot, then for the second, each time in another order
    of the ``systems``: whoever answers the slot sees an order of their own, balanced over the campaign.
    """
    ranks = _ranks(rows, systems, rng)

    def turn(row: Row, slot: int) -> int:
        place: int = ranks.get((row["position"], slot), row["position"] * SPREAD + slot)
        return place - int(row["priority"]) * PRIORITY

    return turn


def _ranks(rows: Sequence[Row], systems: Sequence[int], rng: random.Random) -> dict[tuple[int, int], int]:
    blocks: dict[int, list[tuple[int, Row]]] = defaultdict(list)
    for row, system in zip(rows, systems, strict=True):
        if row["block"] is not None:
            blocks[row["block"]].append((system, row))
    orders: dict[int, Iterator[list[int]]] = {}
    ranks: dict[tuple[int, int], int] = {}
    for members in blocks.values():
        first = min(row["position"] for _, row in members) * SPREAD
        in_line = [row for _, row in sorted(members, key=lambda member: (member[0], member[1]["position"]))]
        for slot in range(1, max(row["overlap"] for row in in_line) + 1):
            asked = [row for row in in_line if row["overlap"] >= slot]
            order = next(orders.setdefault(len(asked), balanced_orders(len(asked), rng)))
            turns = count(first + (slot - 1) * len(in_line) + 1)
            ranks |= {(asked[at]["position"], slot): turn for at, turn in zip(order, turns, strict=False)}
    return ranks
