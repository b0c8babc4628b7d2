"""Battles as counts: what win rates and Bradley-Terry need to know about any number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data import BOTH_BAD, OUTCOMES, TIE, A, B, Battles, Floats, Mask, take


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each outcome occurred in each ordered pair of systems.

    ``number[o, i, j]`` counts the battles with system_a = i, system_b = j and outcome ``OUTCOMES[o]``;
    ``weight`` sums their weights and ``square`` the squares of the weights. Counts of disjoint data add up.
    """

    systems: tuple[str, ...]
    number: Floats
    weight: Floats
    square: Floats

    def __add__(self, other: Counts) -> Counts:
        if self.systems != other.systems:
            raise ValueError("counts of different systems cannot be added; code both with the same names")
        return Counts(self.systems, self.number + other.number, self.weight + other.weight, self.square + other.square)

    def played(self) -> Mask:
        """Say which systems have a battle."""
        met = self.number.sum(axis=0)
        some: Mask = (met.sum(axis=0) + met.sum(axis=1)) > 0
        return some

    def only(self, keep: NDArray[Any]) -> Counts:
        """Return the counts among the systems at these places."""
        cells = np.ix_(np.arange(len(OUTCOMES)), keep, keep)
        names = tuple(self.systems[place] for place in keep)
        return Counts(names, self.number[cells], self.weight[cells], self.square[cells])


def folded(cells: Floats) -> Floats:
    """Return the same results with the system of lower place always as system_a: half the cells to draw from."""
    turned = cells[[B, A, TIE, BOTH_BAD]].transpose(0, 2, 1)
    return np.triu(cells + turned)


BLOCK = 1 << 18  # rows at a time: their cells stay in the processor's cache


def tally(battles: Battles) -> Counts:
    """Count battles by outcome and ordered pair in one pass."""
    size = len(battles.systems)
    cells = len(OUTCOMES) * size * size
    number, weight, square = np.zeros(cells), np.zeros(cells), np.zeros(cells)
    step = max(BLOCK, 4 * cells)
    for rows in (slice(start, start + step) for start in range(0, len(battles), step)):
        cell = battles.outcome[rows].astype(np.intp)
        cell *= size
        cell += battles.system_a[rows]
        cell *= size
        cell += battles.system_b[rows]
        number += np.bincount(cell, minlength=cells)
        if battles.weight is not None:
            weight += np.bincount(cell, battles.weight[rows], cells)
            square += np.bincount(cell, battles.weight[rows] ** 2, cells)
    if battles.weight is None:
        weight = square = number
    shape = (len(OUTCOMES), size, size)
    return Counts(battles.systems, number.reshape(shape), weight.reshape(shape), square.reshape(shape))


MOST_CELLS = 40_000_000  # tags x outcomes x systems x systems counted at once: 320 MB


def tally_by(battles: Battles) -> list[Counts]:
    """Count battles by tag, outcome and ordered pair in one pass, or a tag at a time where the table is too large."""
    if battles.tag is None:
        raise ValueError("battles without a tag cannot be counted by it")
    tags, size = len(battles.tag.names), len(battles.systems)
    if tags * len(OUTCOMES) * size * size > MOST_CELLS:
        return [tally(take(battles, battles.tag.codes == place)) for place in range(tags)]
    cell = battles.tag.codes.astype(np.intp) * len(OUTCOMES) + battles.outcome
    cell = (cell * size + battles.system_a) * size + battles.system_b
    shape = (tags, len(OUTCOMES), size, size)

    def summed(weight: Floats | None) -> Floats:
        return np.bincount(cell, weight, int(np.prod(shape))).astype(np.float64).reshape(shape)

    number = summed(None)
    weight = number if battles.weight is None else summed(battles.weight)
    square = number if battles.weight is None else summed(battles.weight**2)
    return [Counts(battles.systems, *parts) for parts in zip(number, weight, square, strict=True)]


def wins(cells: Floats) -> Floats:
    """Return a matrix whose [i, j] sums the battles that i won against j, in either column."""
    won: Floats = cells[A] + cells[B].T
    return won


def ties(cells: Floats, *, both_bad: bool) -> Floats:
    """Return the symmetric matrix of ties, with or without the battles both systems lost."""
    drawn: Floats = cells[TIE] + cells[BOTH_BAD] if both_bad else cells[TIE]
    return drawn + drawn.T
