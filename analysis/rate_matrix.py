"""Who beats whom: each system's share of points against each other, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.clusters import column_of
from analysis.counts import Counts
from analysis.data import Battles, Floats, take
from analysis.options import Options
from analysis.rate_errors import clustered_matrix, kept_outcomes
from analysis.rate_scoring import counts_that_count
from analysis.win_rates import win_rates

Cells = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class RateMatrix:
    """Shares of points, row against column, in the order of ``systems``; None where two never met.

    Each interval holds for its own cell. ``n`` are battles (Kish's effective number when weighted). ``average`` is
    the mean over a system's opponents, each counted once.
    """

    systems: tuple[str, ...]
    share: Cells
    lower: Cells
    upper: Cells
    n: Cells
    average: tuple[float | None, ...]
    interval: str


def rate_matrix(counts: Counts, options: Options, order: Sequence[str], battles: Battles | None = None) -> RateMatrix:
    """Return the matrix for the battles that count, systems in this order; ``battles`` bring the clusters.

    Raises
    ------
    Undefined
        ``not_recorded``: the battles lack the clusters' column.
    """
    rates = win_rates(counts_that_count(counts, options), confidence=options.confidence)
    ends, interval = (rates.matrix_lower, rates.matrix_upper), f"Wilson, {options.confidence:g}"
    if options.cluster != "none" and battles is not None:
        kept = kept_outcomes(options.ties, options.both_bad)[battles.outcome]
        cluster = column_of(battles, options.cluster).codes[kept]
        ends = clustered_matrix(take(battles, kept), rates, cluster, options.confidence)
        interval = f"clustered by {options.cluster}, C / (C - 1), t, {options.confidence:g}, cut at 0 and 1"
    places = [rates.systems.index(name) for name in order]
    lower, upper = ends
    return RateMatrix(
        systems=tuple(order),
        share=_cells(rates.matrix, places),
        lower=_cells(lower, places),
        upper=_cells(upper, places),
        n=_cells(np.where(rates.n > 0, rates.n, np.nan), places),
        average=tuple(_known(rates.average[place]) for place in places),
        interval=interval,
    )


def _cells(matrix: Floats, places: list[int]) -> Cells:
    return tuple(tuple(map(_known, row)) for row in matrix[np.ix_(places, places)].tolist())


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
