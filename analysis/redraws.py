"""Strengths refitted on redrawn battles: the bootstrap, as a check on the sandwich."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts, folded
from analysis.data import Floats
from analysis.errors import Undefined
from analysis.graph import members
from analysis.resampling import MOST_UNDEFINED
from analysis.strengths import Strengths
from analysis.tie_models import refit_strengths

SHORT = 2.0  # standard deviations by which the Poisson total aims below the number of battles


def redrawn_strengths(
    counts: Counts, fit: Strengths, *, rule: str, both_bad: str, prior: float, rounds: int, rng: np.random.Generator
) -> Floats:
    """Return strengths, shape (rounds, systems), of battles drawn with replacement; NaN where a round has none.

    Battles of one cell (outcome, system_a, system_b) are interchangeable, so a round is one multinomial draw over
    the cells of a group. A weighted battle is drawn like any other and carries its cell's mean weight.
    """
    drawn = np.full((rounds, len(fit.strengths)), np.nan)
    for places in (places for places in members(fit.group) if len(places) > 1):
        part, start = counts.only(places), fit.strengths[places]
        for row, cells in enumerate(_redrawn_cells(part, rounds, rng)):
            try:
                drawn[row, places] = refit_strengths(cells, start, rule=rule, both_bad=both_bad, prior=prior)
            except Undefined:
                continue  # some system lost nothing or won nothing in this round: with_covariance_of() counts them
    return drawn


def with_covariance_of(fit: Strengths, drawn: Floats) -> Strengths:
    """Return the fit with the covariance of redrawn strengths, NaN for groups with too many undefined rounds."""
    covariance = np.full_like(fit.covariance, np.nan)
    for places in members(fit.group):
        rows = ~np.isnan(drawn[:, places[0]])
        spread = np.ptp(drawn[rows][:, places], axis=0) if rows.any() else np.zeros(len(places))
        if rows.mean() >= 1 - MOST_UNDEFINED and (spread > 0).all():
            covariance[np.ix_(places, places)] = np.cov(drawn[rows][:, places].T)
    return replace(fit, covariance=covariance)


def redrawn(number: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw as many battles as there are, with replacement, and return how many fell into each cell: a multinomial.

    Given their sum, Poisson counts are multinomial. So draw them for a total that is a little too small, and the
    battles still missing one by one; where the total came out too large, draw again. Chains of binomials take longer.
    """
    total = int(number.sum())
    rates = number * max(0.0, 1 - SHORT / np.sqrt(total))
    while int((drawn := rng.poisson(rates)).sum()) > total:
        pass
    missing = rng.integers(0, total, total - int(drawn.sum()))
    more = np.bincount(np.searchsorted(np.cumsum(number), missing, side="right"), minlength=len(number))
    made: NDArray[np.int64] = drawn + more
    return made


def _redrawn_cells(part: Counts, rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
    number, weight = folded(part.number).ravel(), folded(part.weight).ravel()
    filled = np.flatnonzero(number)
    drawn_from = number[filled].astype(np.int64)
    mean_weight = weight[filled] / drawn_from
    for _ in range(rounds):
        cells = np.zeros(len(number))
        cells[filled] = redrawn(drawn_from, rng) * mean_weight
        yield cells.reshape(part.number.shape)
