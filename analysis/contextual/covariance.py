"""The filling of the sandwich for fits on rows: products of the battles' scores, summed within clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import column_of
from analysis.contextual.objective import Entry, Objective, products
from analysis.contextual.rows import Rows
from analysis.data import Battles, Floats
from analysis.errors import Undefined, Why

MOST_CELLS = 4_000_000  # of a block of clusters x parameters: 32 MB

Ids = NDArray[np.int64]


def filling(
    objective: Objective, rows: Rows, parameters: Floats, battles: Battles, cluster: str
) -> tuple[Floats, float]:
    """Sum the outer products of the clusters' total scores; ``rows`` are those of ``battles``, one each.

    Also return the degrees of freedom: C - 1, two-way of the fewer clusters, infinite without clusters.

    ``cluster`` is none, prompt, rater or both; C / (C - 1) for C clusters, and two-way by inclusion and exclusion,
    as for boards made from counts (analysis.clusters).

    Raises
    ------
    Undefined
        ``not_recorded``: the battles lack the column; ``one_cluster``: fewer than two clusters.
    """
    if cluster == "none":
        return _independent(objective, rows, parameters), np.inf
    if cluster != "both":
        return _clustered(objective, rows, parameters, column_of(battles, cluster).codes.astype(np.int64))
    prompt, rater = column_of(battles, "prompt"), column_of(battles, "rater")
    crossed = prompt.codes.astype(np.int64) * len(rater.names) + rater.codes
    (by_prompt, prompts), (by_rater, raters), (by_both, _) = (
        _clustered(objective, rows, parameters, ids)
        for ids in (prompt.codes.astype(np.int64), rater.codes.astype(np.int64), crossed)
    )
    return _without_negative(by_prompt + by_rater - by_both), min(prompts, raters)


def _independent(objective: Objective, rows: Rows, parameters: Floats) -> Floats:
    size = objective.layout.size
    made = np.zeros((size, size))
    for block in rows.blocks():
        made += products(objective.entries(block, parameters), objective.residuals(block, parameters) ** 2, size)
    return made


def _clustered(objective: Objective, rows: Rows, parameters: Floats, ids: Ids) -> tuple[Floats, float]:
    order = np.argsort(ids, kind="stable")
    starts = np.flatnonzero(np.diff(ids[order], prepend=-1))
    number = np.diff(starts, append=len(order))
    clusters = len(starts)
    if clusters < 2:
        raise Undefined(Why.ONE_CLUSTER, "all battles are in one cluster; an interval needs several")
    alone = number == 1
    made = _independent(objective, rows.take(order[starts[alone]]), parameters)
    made += _crowded(objective, rows.take(order[np.repeat(~alone, number)]), parameters, number[~alone])
    return made * (clusters / (clusters - 1)), clusters - 1


def _crowded(objective: Objective, rows: Rows, parameters: Floats, number: Ids) -> Floats:
    """Sum the products of the clusters' totals, a block of clusters at a time; rows come cluster by cluster."""
    size = objective.layout.size
    made = np.zeros((size, size))
    block = max(1, MOST_CELLS // size)
    ends = np.cumsum(number)
    for first in range(0, len(number), block):
        some = number[first : first + block]
        begin = int(ends[first] - number[first])
        part = rows.take(slice(begin, begin + int(some.sum())))
        totals = _totals(objective.entries(part, parameters), objective.residuals(part, parameters), some, size)
        made += totals.T @ totals
    return made


def _totals(entries: list[Entry], residual: Floats, number: Ids, size: int) -> Floats:
    """Return the total score of each cluster: of the first ``number[0]`` rows, the next ``number[1]``, and so on."""
    cells = len(number) * size
    offset = np.repeat(np.arange(0, cells, size), number)
    totals = np.zeros(cells)
    for column, slope in entries:
        totals += np.bincount(offset + column, residual * slope, cells)
    return totals.reshape(-1, size)


def _without_negative(made: Floats) -> Floats:
    values, vectors = np.linalg.eigh(made)
    fixed: Floats = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return fixed
