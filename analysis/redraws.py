"""Strengths refitted on redrawn battles: the bootstrap, as a check on the sandwich."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import column_of
from analysis.counts import Counts, folded
from analysis.data import OUTCOMES, Battles, Floats
from analysis.errors import Undefined, Why
from analysis.graph import members
from analysis.resampling import MOST_UNDEFINED
from analysis.strengths import Strengths, refuse_if_all
from analysis.tie_models import refit_strengths

BLOCK = 50  # rounds drawn at once
SHORT = 2.0  # standard deviations by which the Poisson total aims below the number of battles

# Returns, for the systems at these places, rounds of redrawn cells [outcome, system_a, system_b]; or raises at once.
Redraw = Callable[[NDArray[Any], int, np.random.Generator], Iterator[Floats]]


def redrawn_strengths(
    redraw: Redraw, fit: Strengths, *, rule: str, both_bad: str, prior: float, rounds: int, rng: np.random.Generator
) -> Floats:
    """Return strengths, shape (rounds, systems), refitted on what ``redraw`` drew; NaN where a round has none.

    Raises
    ------
    Undefined
        ``one_cluster``: each group has only one cluster to draw.
    """
    drawn = np.full((rounds, len(fit.strengths)), np.nan)
    groups = [places for places in members(fit.group) if len(places) > 1]
    single: list[Undefined] = []
    for places in groups:
        start = fit.strengths[places]
        try:
            rows = enumerate(redraw(places, rounds, rng))
        except Undefined as error:
            single.append(error)
            continue
        for row, cells in rows:
            try:
                drawn[row, places] = refit_strengths(cells, start, rule=rule, both_bad=both_bad, prior=prior)
            except Undefined:
                continue  # some system lost nothing or won nothing in this round: with_covariance_of() counts them
    refuse_if_all(single, len(groups))
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


def battles_redrawn(counts: Counts) -> Redraw:
    """Draw battles with replacement.

    Battles of one cell (outcome, system_a, system_b) are interchangeable, so a round is one multinomial draw over
    the cells of a group. A weighted battle is drawn like any other and carries its cell's mean weight.
    """

    def redraw(places: NDArray[Any], rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
        part = counts.only(places)
        number, weight = folded(part.number).ravel(), folded(part.weight).ravel()
        filled = np.flatnonzero(number)
        drawn_from = number[filled].astype(np.int64)
        mean_weight = weight[filled] / drawn_from
        for _ in range(rounds):
            yield _as_cells(redrawn(drawn_from, rng) * mean_weight, filled, part.number.shape)

    return redraw


def clusters_redrawn(battles: Battles, cluster: str) -> Redraw:
    """Draw whole clusters with replacement, as many as there are: all battles on a prompt, or all by a rater.

    Raises
    ------
    Undefined
        ``not_recorded``: the battles lack the column; ``one_cluster``: fewer than two clusters among the systems.
    """
    ids = column_of(battles, cluster).codes.astype(np.int64)

    def redraw(places: NDArray[Any], rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
        table, filled = _cells_by_cluster(battles, ids, places)
        shape = (len(OUTCOMES), len(places), len(places))
        return (_as_cells(weights, filled, shape) for weights in _weights_redrawn(table, rounds, rng))

    return redraw


def _weights_redrawn(table: Any, rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield the summed weight of each cell over clusters drawn with replacement, from the weights by cluster."""
    clusters = table.shape[1]
    for start in range(0, rounds, BLOCK):
        times = np.empty((clusters, min(BLOCK, rounds - start)))
        for column in times.T:
            column[:] = np.bincount(rng.integers(0, clusters, clusters), minlength=clusters)
        yield from np.ascontiguousarray((table @ times).T)


def _cells_by_cluster(battles: Battles, ids: NDArray[np.int64], places: NDArray[Any]) -> tuple[Any, NDArray[np.int64]]:
    """Return the weight of each filled cell in each cluster, as a sparse table, and the places of those cells."""
    from scipy.sparse import coo_array

    within = np.full(len(battles.systems), -1)
    within[places] = np.arange(len(places))
    a, b = within[battles.system_a], within[battles.system_b]
    rows = np.flatnonzero((a >= 0) & (b >= 0))
    cell = (battles.outcome[rows].astype(np.int64) * len(places) + a[rows]) * len(places) + b[rows]
    filled, row = np.unique(cell, return_inverse=True)
    found, column = np.unique(ids[rows], return_inverse=True)
    if len(found) < 2:
        raise Undefined(Why.ONE_CLUSTER, "all battles are in one cluster; an interval needs several")
    weight = np.ones(len(rows)) if battles.weight is None else battles.weight[rows]
    return coo_array((weight, (row, column)), shape=(len(filled), len(found))).tocsr(), filled


def _as_cells(weights: Floats, filled: NDArray[np.int64], shape: tuple[int, ...]) -> Floats:
    cells = np.zeros(int(np.prod(shape)))
    cells[filled] = weights
    return cells.reshape(shape)
