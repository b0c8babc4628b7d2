"""Tables of what was said where what was true, item by item: each statistic read off them resamples items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.comparison.estimates import (
    Codes,
    Estimate,
    Sampling,
    dense,
    null_with_reason,
    quotient,
    refuse_empty,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.draws import Draws, kinds_of

MOST_CELLS = 20_000_000  # of items x classes x classes: 160 MB
Statistic = Callable[[Floats], Floats]  # of tables, shape (rounds, truth, predicted)


@dataclass(frozen=True, slots=True)
class Side:
    """What was true and what was said, as places among the labels, row by row; ``item`` says what is resampled."""

    truth: Codes
    predicted: Codes
    item: Codes | None = None


@dataclass(frozen=True)
class Tables:
    """The rows of one side, or of two whose statistics are to be subtracted, as one table per item and side."""

    sides: tuple[Side, ...]
    size: int
    sampling: Sampling

    def total(self, side: int = 0) -> Floats:
        """Return the table of all rows of a side."""
        table: Floats = self._tables(self._draws.total[None, :], side)[0]
        return table

    @null_with_reason
    def read(self, statistic: Statistic, otherwise: Undefined, **said: str) -> Estimate:
        """Return a statistic of the first side; ``otherwise`` is why it may be undefined."""
        return self._read(lambda rows: statistic(self._tables(rows, 0)), otherwise, said)

    @null_with_reason
    def difference(self, first: Statistic, second: Statistic, otherwise: Undefined, **said: str) -> Estimate:
        """Return a statistic of the first side less one of the second, on the same resamples of items."""
        return self._read(lambda rows: first(self._tables(rows, 0)) - second(self._tables(rows, 1)), otherwise, said)

    def _read(self, value: Callable[[Floats], Floats], otherwise: Undefined, said: dict[str, str]) -> Estimate:
        for side in self.sides:
            refuse_empty(len(side.truth), "there are no answers to compare")
        conventions = {"unit": "row" if self.sides[0].item is None else "item", **said}
        n = len(self.sides[0].truth)
        return self._draws.estimate(value, n=n, conventions=conventions, otherwise=otherwise)

    def _tables(self, rows: Floats, side: int) -> Floats:
        cells = self.size**2
        return rows[:, side * cells : (side + 1) * cells].reshape(len(rows), self.size, self.size)

    @cached_property
    def _draws(self) -> Draws:
        """Return the distinct tables of items, flat."""
        if self.sides[0].item is None:
            number = np.bincount(self._cell(self.sides[0]), minlength=self.size**2)
            return Draws(np.eye(self.size**2)[number > 0], number[number > 0], self.sampling)
        place, items = dense(np.concatenate([_items(side) for side in self.sides]))
        if items * self.size**2 * len(self.sides) > MOST_CELLS:
            text = f"{self.size} classes on {items} items do not fit in memory"
            raise Undefined(Why.TOO_MANY_VALUES, text)
        ends = np.cumsum([len(side.truth) for side in self.sides])[:-1]
        parts = zip(self.sides, np.split(place, ends), strict=True)
        tables = np.hstack([self._of_items(side, own, items) for side, own in parts])
        return Draws(*kinds_of(tables), self.sampling)

    def _of_items(self, side: Side, place: Codes, items: int) -> Codes:
        cells = self.size**2
        return np.bincount(place * cells + self._cell(side), minlength=items * cells).reshape(items, cells)

    def _cell(self, side: Side) -> Codes:
        return side.truth.astype(np.int64) * self.size + side.predicted


def shares(tables: Floats) -> Floats:
    """Return each table as shares of its rows, NaN where it has none."""
    number = tables.sum(axis=(1, 2), keepdims=True)
    return quotient(tables, np.broadcast_to(number, tables.shape))


def _items(side: Side) -> Codes:
    if side.item is None:
        raise ValueError("two sides are compared by item")
    return side.item
