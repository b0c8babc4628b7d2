"""A mean, a share or a win rate slice by slice, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import DEFAULT, Codes, Sampling, item_sums, ratio
from analysis.data import OUTCOMES, Battles, Coded, Floats, Mask, Ratings
from analysis.drift.slices import Slice, by_slice
from analysis.errors import Undefined, Why
from analysis.hybrid.outcomes import points
from analysis.resampling import Sums

STATISTICS = ("mean", "share", "win-rate")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which statistic: the mean rating, the share of answers that are ``value``, or ``system``'s win rate."""

    statistic: str = "mean"
    value: str | None = None
    system: str | None = None

    def __post_init__(self) -> None:
        if self.statistic not in STATISTICS:
            raise ValueError(f"the statistic must be one of {', '.join(STATISTICS)}, not {self.statistic!r}")
        if (self.statistic == "share") != (self.value is not None):
            raise ValueError("a share is that of a value: --statistic share --value V")
        if (self.statistic == "win-rate") != (self.system is not None):
            raise ValueError("a win rate is that of a system: --statistic win-rate --system S")


@dataclass(frozen=True, slots=True)
class Sliced:
    """The statistic on each slice of one criterion; ``unit`` is what is resampled and left out."""

    criterion: str | None
    unit: str
    slices: Mapping[str, Slice]


@dataclass(frozen=True, slots=True)
class SliceReport:
    """A statistic on each value of the column ``by``, beside all other rows."""

    by: str
    statistic: str
    of: str | None
    correction: str
    seed: int
    confidence: float
    conventions: dict[str, str]
    criteria: tuple[Sliced, ...]


def slice_report(
    tables: Sequence[tuple[Battles | Ratings, Coded, str | None]],
    asked: Asked,
    *,
    by: str,
    correction: str = "holm",
    sampling: Sampling = DEFAULT,
) -> SliceReport:
    """Compute what is asked on each slice of each table and criterion.

    Parameters
    ----------
    tables : sequence of (table, slice of each row, criterion)
        Ratings bring criteria of their own.
    asked : Asked
        The statistic.
    by, correction, sampling
        The column's name, the correction of p over slices and criteria, and how intervals are made.

    Raises
    ------
    Undefined
        ``not_recorded``: no table is of the kind that the statistic needs; ``empty``: the value or the system occurs
        in none.
    """
    made = []
    for table, column, criterion in tables:
        for name, rows, value in _values(table, asked, criterion):
            unit, codes = _unit(table, column)
            item = codes[rows]
            found = by_slice(column.take(rows), _Mean(value, item), item=item, correction=correction, sampling=sampling)
            made.append(Sliced(name, unit, found))
    if not made:
        raise Undefined(Why.NOT_RECORDED, _NEEDS[asked.statistic])
    return SliceReport(
        by=by,
        statistic=asked.statistic,
        of=asked.value if asked.system is None else asked.system,
        correction=correction,
        seed=sampling.seed,
        confidence=sampling.confidence,
        conventions=_CONVENTIONS,
        criteria=tuple(made),
    )


def _values(
    table: Battles | Ratings, asked: Asked, criterion: str | None
) -> Iterator[tuple[str | None, Codes, Floats]]:
    """Yield, criterion by criterion, the rows that count and their values."""
    if isinstance(table, Battles):
        if asked.statistic == "win-rate":
            yield criterion, *_points(table, asked.system or "")
        elif asked.statistic == "share":
            yield criterion, np.arange(len(table)), _is_value(table.outcome, tuple(OUTCOMES), asked.value or "")
        return
    if asked.statistic == "win-rate" or (asked.statistic == "mean" and table.labels is not None):
        return
    for name, rows in _criteria(table):
        value = table.value[rows]
        if asked.statistic == "share":
            yield name, rows, _share_values(table, value, asked.value or "")
        else:
            yield name, rows, value


def _criteria(ratings: Ratings) -> Iterator[tuple[str | None, Codes]]:
    if ratings.criterion is None:
        yield None, np.arange(len(ratings))
        return
    for place, name in enumerate(ratings.criterion.names):
        rows = np.flatnonzero(ratings.criterion.codes == place)
        if len(rows):
            yield name, rows


def _points(battles: Battles, system: str) -> tuple[Codes, Floats]:
    if system not in battles.systems:
        raise ValueError(f"no system {system!r}; there is {', '.join(battles.systems[:20])}")
    place = battles.systems.index(system)
    rows = np.flatnonzero((battles.system_a == place) | (battles.system_b == place))
    score = points(battles.outcome[rows].astype(np.int64))
    return rows, np.where(battles.system_a[rows] == place, score, 1 - score)


def _share_values(ratings: Ratings, value: Floats, wanted: str) -> Floats:
    if ratings.labels is not None:
        return _is_value(value.astype(np.int64), ratings.labels, wanted)
    try:
        return np.where(value == float(wanted), 1.0, 0.0)
    except ValueError:
        raise ValueError(f"these ratings are numbers, and --value {wanted!r} is none") from None


def _is_value(codes: Codes, labels: Sequence[str], wanted: str) -> Floats:
    if wanted not in labels:
        raise ValueError(f"no answer reads {wanted!r}; answers are {', '.join(labels)}")
    return np.where(codes == list(labels).index(wanted), 1.0, 0.0)


def _unit(table: Battles | Ratings, column: Coded) -> tuple[str, Codes]:
    """Return what hangs together: answers on one prompt, else on one item, else nothing.

    Where every prompt is a slice of its own there is nothing to resample but what is within it.
    """
    prompt = table.prompt
    if prompt is not None and not _same_parts(prompt.codes.astype(np.int64), column.codes.astype(np.int64)):
        return "prompt", prompt.codes.astype(np.int64)
    if table.item is not None:
        return "item", table.item.codes.astype(np.int64)
    return "row", np.arange(len(table))


def _same_parts(one: Codes, other: Codes) -> bool:
    pairs = len(np.unique(np.column_stack([one, other]), axis=0))
    return pairs == len(np.unique(one)) == len(np.unique(other))


@dataclass(frozen=True, slots=True)
class _Mean:
    """The mean of some rows, as sums over units."""

    value: Floats
    item: Codes

    def __call__(self, rows: Mask) -> Sums:
        features = np.column_stack([self.value[rows], np.ones(int(rows.sum()))])
        return item_sums(features, self.item[rows], ratio, alike=True)


_NEEDS = {
    "mean": "a mean needs ratings in numbers",
    "share": "a share needs answers, and there are none",
    "win-rate": "a win rate needs battles",
}
_CONVENTIONS = {
    "rest": "all rows outside the slice",
    "interval": "units resampled within the slice, percentile",
    "test": "the slice less the rest, jackknife errors, normal; none where a unit lies in several slices",
    "win rate": "points / battles, a tie half a point",
}
