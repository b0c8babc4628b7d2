"""Rank correlation over pairs that belong to items: Spearman and Kendall, items resampled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, Sampling, dense, null_with_reason
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.numeric import Numbers, item_of
from analysis.judging.tables import MOST_CELLS, Side, Tables, shares
from analysis.resampling import MOST_COMPUTED, Drawn, Interval, bootstrap
from analysis.two_raters import spearman_of_rows, spearman_of_tables, tau_of_rows, tau_of_tables

FEW_VALUES = 20  # up to which pairs are counted in a table, and each resample is read off its own
MOST_IN_TABLE = 2_000  # cells of truths x answers up to which counting a resample is faster than ranking it
RANKS = {"spearman": (spearman_of_tables, spearman_of_rows), "kendall_tau": (tau_of_tables, tau_of_rows)}


def rank_correlations(*sides: Numbers, sampling: Sampling) -> dict[str, Estimate]:
    """Return ``spearman`` and ``kendall_tau`` (tau-b) of one side, or those of one less those of another.

    With more than 20 distinct values each resample of items is counted or ranked anew, or, where that would take
    long, there is no interval and the method says so.
    """
    if not all(len(side.truth) for side in sides):
        return dict.fromkeys(RANKS, Estimate(None, reason=Why.EMPTY, message="there are no numbers to compare"))
    values = np.unique(np.concatenate([np.concatenate([side.truth, side.predicted]) for side in sides]))
    item, items = dense(np.concatenate([item_of(side) for side in sides]))
    if len(values) > FEW_VALUES or items * len(values) ** 2 * len(sides) > MOST_CELLS:
        return {name: _of_rows(name, sides, item, items, sampling) for name in RANKS}
    coded = tuple(
        Side(np.searchsorted(values, side.truth), np.searchsorted(values, side.predicted), side.item) for side in sides
    )
    tables = Tables(coded, len(values), sampling)
    return {name: _of_tables(counted, sides, tables) for name, (counted, _) in RANKS.items()}


@null_with_reason
def _of_tables(statistic: Callable[[Floats], Floats], sides: tuple[Numbers, ...], tables: Tables) -> Estimate:
    _refuse_constant(sides)

    def read(counts: Floats) -> Floats:
        return statistic(shares(counts))

    return tables.read(read, _CONSTANT) if len(tables.sides) == 1 else tables.difference(read, read, _CONSTANT)


@null_with_reason
def _of_rows(name: str, sides: tuple[Numbers, ...], item: Codes, items: int, sampling: Sampling) -> Estimate:
    _refuse_constant(sides)
    ends = np.cumsum([len(side.truth) for side in sides])[:-1]
    parts = [_drawn_with(name, side, own, items) for side, own in zip(sides, np.split(item, ends), strict=True)]

    def value(picked: Floats) -> float:
        found = [part(picked[:, 0].astype(np.int64)) for part in parts]
        return found[0] - (found[1] if len(found) > 1 else 0.0)

    every = np.arange(items, dtype=np.float64)[:, None]
    number = value(every)
    if np.isnan(number):
        raise _CONSTANT
    made = _interval(Drawn(every, value), sum(len(side.truth) for side in sides), sampling)
    said = {"unit": "item", "confidence": f"{sampling.confidence:g}", "seed": str(sampling.seed)}
    return Estimate(number, made.lower, made.upper, len(sides[0].truth), made.method, items, conventions=said)


def _refuse_constant(sides: tuple[Numbers, ...]) -> None:
    if any(not (np.ptp(side.truth) and np.ptp(side.predicted)) for side in sides):
        raise _CONSTANT


def _interval(drawn: Drawn, rows: int, sampling: Sampling) -> Interval:
    if sampling.ci == "none":
        return Interval(None, None, "none")
    if 2 * rows * sampling.rounds > MOST_COMPUTED:
        return Interval(None, None, f"none: {rows} pairs are too many to rank {sampling.rounds} times")
    return bootstrap(drawn, rounds=sampling.rounds, confidence=sampling.confidence, rng=sampling.rng())


def _drawn_with(name: str, side: Numbers, item: Codes, items: int) -> Callable[[Codes], float]:
    """Return what gives the correlation of the pairs that drawn items bring along."""
    counted, ranked = RANKS[name]
    truths, truth = np.unique(side.truth, return_inverse=True)
    answers, answer = np.unique(side.predicted, return_inverse=True)
    if len(truths) * len(answers) > MOST_IN_TABLE:
        rows = _Rows(side, item, items)
        return lambda drawn: ranked(rows.of(drawn))
    shape = (1, len(truths), len(answers))
    cell = truth * len(answers) + answer

    def value(drawn: Codes) -> float:
        times = np.bincount(drawn, minlength=items)[item]
        table = np.bincount(cell, weights=times, minlength=len(truths) * len(answers))
        return float(counted(shares(table.reshape(shape).astype(np.float64)))[0])

    return value


class _Rows:
    """The pairs of each item, so that items drawn with replacement bring theirs along."""

    def __init__(self, side: Numbers, item: Codes, items: int) -> None:
        order = np.argsort(item, kind="stable")
        self.columns = np.column_stack([side.truth, side.predicted])[order]
        self.size = np.bincount(item, minlength=items)
        self.start = np.cumsum(self.size) - self.size

    def of(self, items: Codes) -> Floats:
        """Return the pairs of these items, as often as each is named."""
        size = self.size[items]
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        rows: Floats = self.columns[np.repeat(self.start[items], size) + within]
        return rows


_CONSTANT = Undefined(Why.NO_VARIANCE, "one side gave the same answer throughout, and a constant has no order")
