"""Battles as a fit on rows reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data import BOTH_BAD, TIE, A, Battles, Floats, Ints, Mask

BLOCK = 131_072  # rows worked on at once: what they need for the moment stays below some tens of megabytes


@dataclass(frozen=True, slots=True)
class Rows:
    """One row per battle, seen from system a.

    ``points`` are a's: 1, 0, or 0.5 for a tie. ``style``, shape (rows, features), holds standardised differences;
    ``offset`` is what a frozen style adds to a's lead. ``first`` is 1 where a's response stood first and -1 where b's
    did. ``position`` and ``judge`` are the places of the rater's own parameters, -1 for a rater without one.
    """

    a: Ints
    b: Ints
    points: Floats
    weight: Floats
    style: Floats
    offset: Floats
    first: Floats
    position: Ints
    judge: Ints

    def __len__(self) -> int:
        return len(self.a)

    def take(self, rows: NDArray[Any] | slice) -> Rows:
        """Return some of the rows."""
        return Rows(*(getattr(self, column.name)[rows] for column in fields(self)))

    def blocks(self) -> Iterator[Rows]:
        """Yield the rows a block at a time."""
        for start in range(0, len(self), BLOCK):
            yield self.take(slice(start, start + BLOCK))


def counted(battles: Battles, *, ties: str, both_bad: str) -> Mask:
    """Say which battles count: ``ties`` "drop" leaves out ties, and with them battles that both lost."""
    kept: Mask = np.ones(len(battles), dtype=np.bool_)
    if ties == "drop":
        kept &= battles.outcome != TIE
    if ties == "drop" or both_bad == "drop":
        kept &= battles.outcome != BOTH_BAD
    return kept


def points_of_a(battles: Battles) -> Floats:
    """Return the points of ``system_a``; ties, and battles that both lost, give half a point each."""
    points: Floats = (battles.outcome == A) + np.isin(battles.outcome, (TIE, BOTH_BAD)) / 2
    return points


def expected_points_of_a(battles: Battles) -> Floats:
    """Return the probability that the rater gave to ``system_a``, and where it gave none the points of the outcome."""
    points = points_of_a(battles)
    return points if battles.chance is None else np.where(np.isnan(battles.chance), points, battles.chance)


def weights_of(battles: Battles) -> Floats:
    """Return the weight of each battle."""
    return np.ones(len(battles)) if battles.weight is None else battles.weight.astype(np.float64)


def pseudo_rows(met: Mask, prior: float, features: int) -> Rows:
    """Return ``prior`` pseudo-wins each way on every pair that met: rows without style, position or judge."""
    a, b = np.nonzero(np.triu(met | met.T))
    none = np.zeros(len(a))
    nobody = np.full(len(a), -1)
    weight = np.full(len(a), 2 * prior)
    return Rows(a, b, none + 0.5, weight, np.zeros((len(a), features)), none, none, nobody, nobody)


def joined(rows: Rows, more: Rows) -> Rows:
    """Return both, one after the other."""
    return Rows(*(np.concatenate([getattr(rows, one.name), getattr(more, one.name)]) for one in fields(rows)))
