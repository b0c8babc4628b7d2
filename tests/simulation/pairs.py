"""Pairs of people in memory: honest ones on items of unlike difficulty, and some that copy."""

from __future__ import annotations

import random
from collections.abc import Hashable

from annotation.quality.copying import Said, alike
from tests.simulation.people import OUTCOMES

World = tuple[list[Said], dict[int, Hashable]]


def world(
    seed: int,
    *,
    people: int = 60,
    items: int = 1000,
    overlap: int = 5,
    calibration: int = 30,
    met: float = 0.6,
    copied: float = 0.0,
    hard: float = 0.2,
) -> World:
    """Return the answers of a campaign, and the right answers of its calibration items.

    A share ``hard`` of the items misleads: half of all mistakes there go to one wrong answer, and everybody errs twice
    as often. Each person meets a share ``met`` of the calibration items. Person 1 says what person 0 said, with
    probability ``copied``, wherever both are asked.
    """
    rng = random.Random(seed)
    skills = [rng.uniform(0.75, 0.95) for _ in range(people)]
    rows: list[Said] = []
    known: dict[int, Hashable] = {}
    for item in range(items + calibration):
        truth = rng.choices(("A", "B", "tie"), (45, 45, 10))[0]
        wrong = [outcome for outcome in OUTCOMES if outcome != truth]
        lure, is_hard = rng.choice(wrong), rng.random() < hard
        is_known = item >= items
        asked = [who for who in range(people) if rng.random() < met] if is_known else rng.sample(range(people), overlap)
        said: dict[int, str] = {}
        for who in sorted(asked):
            if who == 1 and 0 in said and rng.random() < copied:
                said[who] = said[0]
            elif rng.random() < 1 - (1 - skills[who]) * (2 if is_hard else 1):
                said[who] = truth
            else:
                said[who] = lure if is_hard and rng.random() < 0.5 else rng.choice(wrong)
        rows += [Said(item, who, answer) for who, answer in said.items()]
        if is_known:
            known[item] = truth
    return rows, known


def named_pairs(worlds: int, seed: int, **changes: float) -> tuple[int, int]:
    """Return in how many of so many campaigns a pair of strangers was named, and in how many the pair 0 and 1 was."""
    strangers = copying = 0
    for number in range(worlds):
        rows, known = world(seed + number, **changes)  # type: ignore[arg-type]  # counts are whole
        named = {one.people for one in alike(rows, known)}
        copying += (0, 1) in named
        strangers += bool(named - {(0, 1)})
    return strangers, copying
