"""Who met whom how often: what a board rests on, and where it is thin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts
from analysis.data import Battles, Coded, Floats

FEW_BATTLES = 10  # with fewer, a normal interval means little


@dataclass(frozen=True, slots=True)
class SystemExposure:
    """One system's battles; ``share`` is of all battles, so that shares add up to two.

    ``shown_first`` is the share of its battles in which it stood first. What was not recorded is None.
    ``provisional`` says that it has too few battles for its place to mean much.
    """

    system: str
    battles: int
    share: float
    opponents: int
    prompts: int | None
    raters: int | None
    shown_first: float | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class PairExposure:
    """Two systems that met; ``shown_first`` is the share of their battles in which ``first`` stood first."""

    first: str
    second: str
    battles: int
    share: float
    prompts: int | None
    raters: int | None
    shown_first: float | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Every system, and how the pairs of systems are covered; ``pairs`` lists those that met where it was asked for.

    ``fewest`` and ``most`` are the battles of the pair that met least and most often.
    """

    provisional_below: int
    systems: tuple[SystemExposure, ...]
    pairs_possible: int
    pairs_met: int
    fewest: int | None
    most: int | None
    pairs: tuple[PairExposure, ...] | None


def exposure(counts: Counts, battles: Battles | None = None) -> Exposure:
    """Count battles by system and pair; with the battles themselves also prompts, raters, sides and a row per pair.

    A battle counts whatever its outcome and weight: this is about what was asked, not about what was made of it.
    """
    met = counts.number.sum(axis=0)
    met = met + met.T
    above, below = np.triu_indices(len(met), k=1)
    together = met[above, below]
    known = together[together > 0]
    return Exposure(
        provisional_below=FEW_BATTLES,
        systems=_systems(counts.systems, met, battles),
        pairs_possible=len(together),
        pairs_met=len(known),
        fewest=int(known.min()) if len(known) else None,
        most=int(known.max()) if len(known) else None,
        pairs=None if battles is None else _pairs(met, battles),
    )


def _systems(names: tuple[str, ...], met: Floats, battles: Battles | None) -> tuple[SystemExposure, ...]:
    size, number, total = len(names), met.sum(axis=1), met.sum() / 2
    sides = None if battles is None else np.concatenate([battles.system_a, battles.system_b])
    prompts, raters = (_twice(battles, column) for column in ("prompt", "rater"))
    different = [None if sides is None or of is None else _distinct(sides, of, size) for of in (prompts, raters)]
    first = _first_share(battles, sides, size)
    return tuple(
        SystemExposure(
            system=name,
            battles=int(number[place]),
            share=float(number[place] / total) if total else 0.0,
            opponents=int((met[place] > 0).sum()),
            prompts=_at(different[0], place),
            raters=_at(different[1], place),
            shown_first=None if first is None or np.isnan(first[place]) else float(first[place]),
            provisional=bool(number[place] < FEW_BATTLES),
        )
        for place, name in enumerate(names)
    )


def _pairs(met: Floats, battles: Battles) -> tuple[PairExposure, ...]:
    size = len(met)
    a, b = battles.system_a.astype(np.int64), battles.system_b.astype(np.int64)
    pair = np.minimum(a, b) * size + np.maximum(a, b)
    columns = (battles.prompt, battles.rater)
    different = [None if of is None else _distinct(pair, of.codes, size * size) for of in columns]
    first = None
    if battles.shown_b_first is not None:
        upper_first = (a < b) != battles.shown_b_first
        first = np.bincount(pair, upper_first, size * size)
    above, below = np.nonzero(np.triu(met, k=1))
    return tuple(
        PairExposure(
            first=battles.systems[i],
            second=battles.systems[j],
            battles=int(met[i, j]),
            share=float(met[i, j] / len(battles)),
            prompts=_at(different[0], i * size + j),
            raters=_at(different[1], i * size + j),
            shown_first=None if first is None else float(first[i * size + j] / met[i, j]),
        )
        for i, j in zip(above.tolist(), below.tolist(), strict=True)
    )


def _twice(battles: Battles | None, name: str) -> NDArray[np.int64] | None:
    column: Coded | None = None if battles is None else getattr(battles, name)
    return None if column is None else np.tile(column.codes, 2)


def _first_share(battles: Battles | None, sides: NDArray[np.int64] | None, size: int) -> Floats | None:
    if battles is None or sides is None or battles.shown_b_first is None:
        return None
    stood_first = np.concatenate([~battles.shown_b_first, battles.shown_b_first])
    number = np.bincount(sides, minlength=size)
    first = np.bincount(sides, stood_first, size)
    share: Floats = np.divide(first, number, out=np.full(size, np.nan), where=number > 0)
    return share


def _distinct(group: NDArray[np.int64], codes: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Count the different codes in each group."""
    if not len(codes):
        return np.zeros(groups, dtype=np.int64)
    width = int(codes.max()) + 1
    found = np.unique(group.astype(np.int64) * width + codes)
    return np.bincount(found // width, minlength=groups)


def _at(numbers: NDArray[np.int64] | None, place: int) -> int | None:
    return None if numbers is None else int(numbers[place])
