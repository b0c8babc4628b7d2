"""How often one system is rated above another on the same prompt: a comparison that needs only order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.comparison.estimates import Codes, Estimate
from analysis.data import Floats
from analysis.errors import Why
from analysis.ratings.parts import Part
from analysis.ratings.shares import share_of
from analysis.units import distinct


@dataclass(frozen=True, slots=True)
class Superiority:
    """P(a rating of ``system_a`` exceeds one of ``system_b`` on the same prompt), an equal one counting half."""

    criterion: str | None
    system_a: str
    system_b: str
    probability: Estimate


def superiorities(part: Part, *, confidence: float = 0.95) -> tuple[Superiority, ...]:
    """Compare every two systems of a part."""
    _, place = distinct(part.values)
    key = part.unit.codes.astype(np.int64) * (int(place.max()) + 1) + place
    rows = [np.flatnonzero(part.of_system(system)) for system in range(len(part.system.names))]
    return tuple(
        Superiority(
            part.criterion,
            part.system.names[a],
            part.system.names[b],
            _compared(key, part.unit.codes, rows[a], rows[b], confidence),
        )
        for a, b in combinations(range(len(rows)), 2)
    )


def superiority(
    first: Floats, second: Floats, *, first_unit: Codes, second_unit: Codes, confidence: float = 0.95
) -> Estimate:
    """Return the probability of superiority of the first values over the second, paired by unit.

    Per unit it is the share of pairs (one value of each) that the first wins, ties half; the result is the mean over
    the units that have both, each counting once. n counts those units.

    References
    ----------
    Vargha and Delaney (2000), Journal of Educational and Behavioral Statistics 25, 101-132, for the measure; Bross
    (1958), Biometrics 14, 18-38, for ridits, to which it is equal when the second values are the reference.
    """
    values, unit = np.concatenate([first, second]), np.concatenate([first_unit, second_unit]).astype(np.int64)
    if not len(values):
        return _nothing()
    _, place = distinct(values)
    rows = np.arange(len(values))
    key = unit * (int(place.max()) + 1) + place
    return _compared(key, unit, rows[: len(first)], rows[len(first) :], confidence)


def _compared(key: Codes, unit: Codes, first: Codes, second: Codes, confidence: float) -> Estimate:
    """``key`` orders rows by unit, then by value, so that one search counts wins within units."""
    shared = np.intersect1d(unit[first], unit[second])
    if not len(shared):
        return _nothing()
    first = first[np.isin(unit[first], shared)]
    second = second[np.isin(unit[second], shared)]
    others, theirs = np.sort(key[second]), np.sort(unit[second])
    below = (np.searchsorted(others, key[first], "left") + np.searchsorted(others, key[first], "right")) / 2
    start, end = np.searchsorted(theirs, unit[first], "left"), np.searchsorted(theirs, unit[first], "right")
    won = (below - start) / (end - start)
    place = np.searchsorted(shared, unit[first])
    per_unit = np.bincount(place, won) / np.bincount(place)
    return share_of(np.clip(per_unit, 0.0, 1.0), cluster=np.arange(len(shared)), confidence=confidence)


def _nothing() -> Estimate:
    return Estimate(None, reason=Why.NO_PAIRS, message="no prompt has a rating of both systems")
