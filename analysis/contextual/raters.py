"""Which raters get a number of their own, and what their battles can say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contextual.rows import points_of_a, weights_of
from analysis.data import Battles, Coded, Floats, Mask
from analysis.errors import Undefined, Why

FEWEST = 30  # battles that earn a rater a number of its own
MOST = 500  # raters with one: a parameter each, and time grows with their cube


@dataclass(frozen=True, slots=True)
class Own:
    """The raters with a number of their own, as places in the names; and each row's place among them, -1 for none."""

    raters: NDArray[np.int64]
    of_row: NDArray[np.int64]

    def without(self, dropped: NDArray[Any]) -> Own:
        """Return the same without some of the raters."""
        kept = ~np.isin(self.raters, dropped)
        renumbered = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)  # the last one is for -1
        return Own(self.raters[kept], renumbered[self.of_row])


def own_numbers(rater: Coded, fewest: int = FEWEST) -> Own:
    """Choose the raters with the most battles, at least ``fewest`` and at most MOST of them."""
    number = np.bincount(rater.codes, minlength=len(rater.names))
    ranked = np.argsort(-number, kind="stable")[:MOST]
    chosen = np.sort(ranked[number[ranked] >= fewest])
    place = np.full(len(rater.names), -1)
    place[chosen] = np.arange(len(chosen))
    return Own(chosen, place[rater.codes])


def nobody(rows: int) -> Own:
    """Return that no rater has one."""
    return Own(np.array([], dtype=np.int64), np.full(rows, -1))


def shown_first(battles: Battles) -> Floats:
    """Return 1 where the response of system_a stood first, -1 where that of system_b did.

    Raises
    ------
    Undefined
        ``not_recorded``: the display is not known.
    """
    if battles.shown_b_first is None:
        raise Undefined(
            Why.NOT_RECORDED, "a position term needs which response stood first (column shown_first, A or B)"
        )
    return np.where(battles.shown_b_first, -1.0, 1.0)


def one_sided(battles: Battles, group: NDArray[Any], groups: int) -> Mask:
    """Say for each group of rows (-1: none) whether one side of the display won everything in it."""
    first = np.where(shown_first(battles) > 0, points_of_a(battles), 1 - points_of_a(battles))
    rows = (group >= 0) & (weights_of(battles) > 0)
    won = np.bincount(group[rows], first[rows], groups)
    number = np.bincount(group[rows], minlength=groups)
    made: Mask = (number > 0) & ((won == 0) | (won == number))
    return made


def unerring(points: Floats, difference: Floats, judge: NDArray[Any], judges: int) -> Mask:
    """Say which judges' every result went to the stronger system, or every one to the weaker."""
    rows = judge >= 0
    agreed = (points[rows] - 0.5) * difference[rows]
    number = np.bincount(judge[rows], minlength=judges)
    always = np.bincount(judge[rows], agreed > 0, judges) == number
    never = np.bincount(judge[rows], agreed < 0, judges) == number
    made: Mask = (number > 0) & (always | never)
    return made


def named(battles: Battles) -> Coded:
    """Return the raters, who must be recorded."""
    if battles.rater is None:
        raise Undefined(Why.NOT_RECORDED, "discriminations of raters need the rater of each battle (column rater)")
    return battles.rater
