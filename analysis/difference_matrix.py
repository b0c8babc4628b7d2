"""Every pair of systems: how far apart, how sure that is, and how often one beats the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.data import Floats
from analysis.errors import Why
from analysis.ranks import SLACK, RankSets, differences
from analysis.strengths import Strengths

CORRECTION = "holm"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two systems; ``first`` stands higher on the board. Where there is no common scale, ``reason`` says why.

    ``difference``, its ``standard_error`` and the interval, which holds for all pairs at once, are in the board's
    unit. ``p_value`` is two-sided, ``adjusted_p`` is Holm's over all pairs of the board. ``p_ahead`` is the chance
    that the true difference is positive, ``p_beats`` that the first wins one battle against the second.
    """

    first: str
    second: str
    reason: str | None
    difference: float | None
    standard_error: float | None
    z: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    adjusted_p: float | None
    p_ahead: float | None
    p_beats: float | None


@dataclass(frozen=True, slots=True)
class Differences:
    """All pairs of a board, and what their columns mean."""

    unit: str
    interval: str
    correction: str
    p_beats: str
    pairs: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What strengths are shown in: rating points or shares, and the chance to win that a lead in them gives."""

    name: str
    size: float
    wins: Callable[[Floats], Floats] | None
    meaning: str


def difference_matrix(fit: Strengths, sets: RankSets, *, unit: Unit, confidence: float) -> Differences:
    """Return all pairs in the order of the board, with intervals at the critical value of the largest difference."""
    order = np.lexsort((np.array(fit.systems), sets.rank, fit.component))
    above, below = np.triu_indices(len(order), k=1)
    first, second = order[above], order[below]
    lead = fit.strengths[first] - fit.strengths[second]
    error = differences(fit.covariance)[first, second]
    error = np.where(error > SLACK, error, np.nan)  # a system against whom all is known by definition
    z, half = lead / error, sets.common[first] * error
    p_value, ahead = _tails(z, fit.degrees[first])
    wins = np.full_like(lead, np.nan) if unit.wins is None else unit.wins(lead)
    columns = (lead * unit.size, error * unit.size, z, (lead - half) * unit.size, (lead + half) * unit.size)
    numbers = (*columns, p_value, adjusted(p_value, method=CORRECTION), ahead, wins)
    names, rows = fit.systems, np.column_stack(numbers).tolist()
    pairs = tuple(
        Difference(names[i], names[j], _reason(fit, i, j), *(None if np.isnan(n) else n for n in row))
        for i, j, row in zip(first.tolist(), second.tolist(), rows, strict=True)
    )
    interval = f"for all pairs that share a scale at once, max-t of differences, {confidence:g}"
    return Differences(unit.name, interval, CORRECTION, unit.meaning, pairs)


def _tails(z: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Return the two-sided p value of z by Student's t, and the probability below it; infinite freedom: normal."""
    from scipy.special import stdtr

    return 2 * stdtr(freedom, -np.abs(z)), stdtr(freedom, z)


def _reason(fit: Strengths, first: int, second: int) -> str | None:
    if fit.group[first] == fit.group[second]:
        return None if not np.isnan(fit.covariance[first, second]) else "no_spread"
    return Why.SEPARATED if fit.component[first] == fit.component[second] else Why.DISCONNECTED
