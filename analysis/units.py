"""Ratings of one criterion, item by item: what every agreement coefficient is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats, Mask, Ratings
from analysis.errors import Undefined, Why
from analysis.resampling import Members

MOST_CELLS = 20_000_000  # of a dense items x values table: 160 MB
FEW_VALUES = 64  # a rating scale; more distinct values are measurements
FEW_CELLS = 2_000_000  # a dense table of measurements is allowed below this

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """A sparse table: ``count`` ratings of item ``row`` have the value at place ``category``."""

    row: Places
    category: Places
    count: Floats


@dataclass(frozen=True, slots=True)
class Units:
    """Items, or kinds of items with the same ratings: each row stands for ``number`` items.

    ``size`` counts an item's ratings and ``equal`` its ordered pairs of equal ratings. The ratings per value are
    in ``table``, shape (rows, values), or in ``cells`` where that would not fit in memory. ``members`` says which
    items the rows stand for, where that was asked.
    """

    values: Floats
    number: Places
    size: Floats
    equal: Floats
    table: Floats | None = None
    cells: Cells | None = None
    members: Members | None = None

    @property
    def n_items(self) -> int:
        """Return how many items were rated."""
        return int(self.number.sum())

    def dense(self) -> Floats:
        """Return the table of counts per value, or raise Undefined where it would not fit."""
        if self.table is None:
            raise Undefined(
                Why.TOO_MANY_VALUES,
                f"{len(self.values)} distinct values on {self.n_items} items are measurements, not categories; "
                "use the interval or ordinal level, or round the values",
            )
        return self.table

    def marginal(self) -> Floats:
        """Return how many ratings have each value."""
        if self.table is not None:
            return self.number @ self.table
        return _sum_by(self._sparse().category, self._sparse().count, len(self.values))

    def sums(self, values: Floats) -> tuple[Floats, Floats]:
        """Return each row's sum and sum of squares when its ratings carry these numbers instead of ``values``."""
        if self.table is not None:
            return self.table @ values, self.table @ values**2
        cells, rows = self._sparse(), len(self.number)
        number = values[cells.category]
        return _sum_by(cells.row, cells.count * number, rows), _sum_by(cells.row, cells.count * number**2, rows)

    def rows(self, keep: Mask) -> Units:
        """Return some of the rows."""
        place = np.cumsum(keep) - 1
        part = replace(
            self,
            number=self.number[keep],
            size=self.size[keep],
            equal=self.equal[keep],
            members=None if self.members is None else _kept(self.members, keep, place),
        )
        if self.table is not None:
            return replace(part, table=self.table[keep])
        cells = self._sparse()
        kept = keep[cells.row]
        return replace(part, cells=Cells(place[cells.row[kept]], cells.category[kept], cells.count[kept]))

    def pairable(self) -> Units:
        """Return the items with at least two ratings.

        Raises
        ------
        Undefined
            ``no_pairs``: there are none.
        """
        paired = self.rows(self.size >= 2)
        if not len(paired.number):
            raise Undefined(Why.NO_PAIRS, "no item was rated twice, so there is nothing to compare")
        return paired

    def _sparse(self) -> Cells:
        if self.cells is None:
            raise ValueError("units need a table or cells")
        return self.cells


def _kept(members: Members, keep: Mask, place: Places) -> Members:
    kept = keep[members.row]
    return Members(members.item[kept], place[members.row[kept]])


def units_of(ratings: Ratings, categories: tuple[float, ...] = (), *, members: bool = False) -> Units:
    """Bring ratings of one criterion into item form; identical items become one row where the table is dense.

    ``categories`` are the declared values, which belong to the scale even if nobody used them. ``members`` keeps which
    item each row stands for, which takes time and is for clusters only.

    Raises
    ------
    Undefined
        ``empty``: there are no ratings.
    """
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    values, category = distinct(ratings.value)
    if categories:
        values, category = _declared(values, category, categories)
    item = ratings.item.used()
    cells = len(item.names) * len(values)
    codes = np.flatnonzero(np.bincount(ratings.item.codes)) if members else None
    if cells <= (MOST_CELLS if len(values) <= FEW_VALUES else FEW_CELLS):
        return _dense_units(item.codes, len(item.names), category, values, codes)
    return _sparse_units(item.codes, len(item.names), category, values, codes)


def distinct(values: Floats) -> tuple[Floats, Places]:
    """Return the sorted distinct values and each row's place among them."""
    low, high = values.min(), values.max()
    if high - low < 10_000 and bool((values == np.floor(values)).all()):  # a scale of whole numbers needs no sort
        shifted = (values - low).astype(np.int64)
        present = np.flatnonzero(np.bincount(shifted))
        places = np.zeros(int(high - low) + 1, dtype=np.int64)
        places[present] = np.arange(len(present))
        return low + present.astype(np.float64), places[shifted]
    found, inverse = np.unique(values, return_inverse=True)
    return found, inverse.astype(np.int64)


def _declared(values: Floats, category: Places, declared: tuple[float, ...]) -> tuple[Floats, Places]:
    """Place the values on the declared scale; averaged repeats may lie between its steps and join it."""
    scale = np.union1d(np.array(declared, dtype=np.float64), values)
    return scale, np.searchsorted(scale, values)[category]


def _dense_units(item: Places, items: int, category: Places, values: Floats, codes: Places | None) -> Units:
    cell = item.astype(np.int64) * len(values) + category
    each = np.bincount(cell, minlength=items * len(values)).reshape(items, len(values))
    kinds, number, row = _kinds(each, with_rows=codes is not None)
    table = kinds.astype(np.float64)
    members = None if codes is None or row is None else Members(codes, row)
    return Units(values, number, table.sum(axis=1), (table * (table - 1)).sum(axis=1), table=table, members=members)


def _kinds(table: Places, *, with_rows: bool) -> tuple[Places, Places, Places | None]:
    """Return the distinct rows, how often each occurs and, if asked, each row's place among them.

    Rows become one integer where they fit in it. Places take a slower sort.
    """
    base = int(table.max()) + 1
    if table.shape[1] * np.log2(base) >= 62:
        kinds, row, number = np.unique(table, axis=0, return_inverse=True, return_counts=True)
        return kinds, number, row.reshape(-1)
    powers = base ** np.arange(table.shape[1], dtype=np.int64)
    coded = table @ powers
    if with_rows:
        code, row, number = np.unique(coded, return_inverse=True, return_counts=True)
        return code[:, None] // powers % base, number, row
    code, number = np.unique(coded, return_counts=True)
    return code[:, None] // powers % base, number, None


def _sparse_units(item: Places, items: int, category: Places, values: Floats, codes: Places | None) -> Units:
    cell, count = np.unique(item.astype(np.int64) * len(values) + category, return_counts=True)
    cells = Cells(cell // len(values), cell % len(values), count.astype(np.float64))
    return Units(
        values=values,
        number=np.ones(items, dtype=np.int64),
        size=_sum_by(cells.row, cells.count, items),
        equal=_sum_by(cells.row, cells.count * (cells.count - 1), items),
        cells=cells,
        members=None if codes is None else Members(codes, np.arange(items)),
    )


def _sum_by(group: Places, value: Floats, groups: int) -> Floats:
    return np.bincount(group, value, groups).astype(np.float64, copy=False)
