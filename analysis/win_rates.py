"""Win rates: who beats whom how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.counts import Counts, ties, wins
from analysis.data import Floats
from analysis.intervals import wilson


@dataclass(frozen=True, slots=True)
class WinRates:
    """Shares of points won, a tie being half a point; NaN where nothing was played.

    ``matrix[i, j]`` is system i's share against j, so ``matrix[i, j] + matrix[j, i] == 1``. ``overall`` pools all
    battles of a system; ``average`` is the plain mean over its opponents, each counted once. ``n`` holds the
    effective battles behind each cell (Kish's when weighted).
    """

    systems: tuple[str, ...]
    matrix: Floats
    matrix_lower: Floats
    matrix_upper: Floats
    n: Floats
    overall: Floats
    overall_lower: Floats
    overall_upper: Floats
    overall_n: Floats
    average: Floats
    confidence: float
    method: str = "wilson"


def win_rates(counts: Counts, *, rule: str = "half", both_bad: str = "tie", confidence: float = 0.95) -> WinRates:
    """Return win rates with Wilson intervals.

    ``rule`` "drop" leaves ties out, any other gives half a point each; ``both_bad`` "drop" leaves out battles that
    both systems lost, "tie" treats them as ties.
    """
    merged = both_bad == "tie"
    share_of_ties = 0.0 if rule == "drop" else 1.0
    drawn = ties(counts.weight, both_bad=merged) * share_of_ties
    points = wins(counts.weight) + drawn / 2
    played = points + points.T
    won = wins(counts.square)
    squares = won + won.T + ties(counts.square, both_bad=merged) * share_of_ties
    n = _effective(played, squares)
    matrix = _share(points, played)
    overall = _share(points.sum(axis=1), played.sum(axis=1))
    overall_n = _effective(played.sum(axis=1), squares.sum(axis=1))
    matrix_ends = wilson(matrix, n, confidence)
    overall_ends = wilson(overall, overall_n, confidence)
    return WinRates(
        counts.systems, matrix, *matrix_ends, n, overall, *overall_ends, overall_n, _mean_of_known(matrix), confidence
    )


def _share(points: Floats, played: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return points / played


def _effective(total: Floats, squares: Floats) -> Floats:
    """Kish's effective number: (sum w)^2 / sum w^2, which is the count itself for equal weights."""
    return np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)


def _mean_of_known(matrix: Floats) -> Floats:
    known = ~np.isnan(matrix)
    number = known.sum(axis=1)
    total = np.where(known, matrix, 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
