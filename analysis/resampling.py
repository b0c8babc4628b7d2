"""Intervals by resampling items, or clusters of items, for any statistic that is a function of sums over items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats

MOST_DRAWN = 4_000_000  # numbers in one block of draws: 32 MB
MOST_AT_ONCE = 2_000  # items drawn one by one in a block: beyond it a block saves no time
MOST_COMPUTED = 30_000_000  # numbers ranked anew over all rounds: a few seconds
NO_WIDTH = 1e-12
MOST_UNDEFINED = 0.05  # share of resamples without a value above which there is no interval

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Members:
    """Which item adds which row of features. Items are codes of the ratings; those that add nothing are left out."""

    item: Codes
    row: Codes


@dataclass(frozen=True, slots=True)
class Clusters:
    """Items that hang together, such as those on one prompt: ``codes[item]``, and in one word what they share."""

    codes: Codes
    what: str


@dataclass(frozen=True, slots=True)
class Sums:
    """A statistic as a function of sums over items.

    Row p of ``features`` is what each of ``number[p]`` identical items adds; ``value`` turns sums of shape
    (rounds, features) into values of shape (rounds,), NaN where undefined. ``members`` says which items the rows stand
    for, which only clusters need. ``model`` makes the interval of a given confidence that the statistic's own model
    has for independent items, where there is one; ``limits`` says what a resampled one leaves out.
    """

    features: Floats
    number: Codes
    value: Callable[[Floats], Floats]
    members: Members | None = None
    model: Callable[[float], Interval] | None = None
    limits: str = ""

    @property
    def n(self) -> int:
        """Return the number of items."""
        return int(self.number.sum())

    def estimate(self) -> float:
        """Return the statistic of the data as they are."""
        return float(self.value(self.number[None, :] @ self.features)[0])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A statistic that must be computed anew on each resample of rows, since ranks depend on all of them.

    ``item`` is the code of each row's item, which only clusters need.
    """

    table: Floats
    value: Callable[[Floats], float]
    item: Codes | None = None

    @property
    def n(self) -> int:
        """Return the number of items."""
        return len(self.table)

    def estimate(self) -> float:
        """Return the statistic of the data as they are."""
        return self.value(self.table)


@dataclass(frozen=True, slots=True)
class Interval:
    """Ends of an interval, None where it could not be had, and the method that names rounds and reason."""

    lower: float | None
    upper: float | None
    method: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A jackknife's standard error over ``units`` items or clusters; None where ``method`` says why."""

    error: float | None
    units: int
    method: str


def bootstrap(
    made: Sums | Drawn,
    *,
    rounds: int,
    confidence: float,
    rng: np.random.Generator,
    clusters: Clusters | None = None,
) -> Interval:
    """Return the percentile interval over items, or clusters, drawn with replacement.

    Identical items are interchangeable, so without clusters a round is one multinomial draw over the kinds of items.
    """
    if made.n < 2:
        return Interval(None, None, "none: one item")
    if isinstance(made, Drawn):
        return _bootstrap_rows(made, rounds, confidence, rng, clusters)
    if clusters is None:
        values = np.concatenate([made.value(block) for block in drawn_sums(made, rounds, rng)])
        return percentiles(values, confidence, "item")
    table = _rows_by_cluster(made, clusters)
    if table.shape[0] < 2:
        return Interval(None, None, f"none: one {clusters.what}")
    values = np.concatenate([made.value(block @ made.features) for block in _drawn_clusters(table, rounds, rng)])
    return percentiles(values, confidence, clusters.what)


def _bootstrap_rows(
    drawn: Drawn, rounds: int, confidence: float, rng: np.random.Generator, clusters: Clusters | None
) -> Interval:
    if drawn.table.size * rounds > MOST_COMPUTED:
        return Interval(None, None, f"none: {drawn.n} items are too many to rank {rounds} times")
    groups = _groups(drawn, clusters)
    if len(groups) < 2:
        return Interval(None, None, f"none: one {_what(clusters)}")
    picks = rng.integers(0, len(groups), (rounds, len(groups)))
    rows = picks if clusters is None else (np.concatenate([groups[one] for one in pick]) for pick in picks)
    values = [drawn.value(drawn.table[one]) for one in rows]
    return percentiles(np.array(values), confidence, _what(clusters))


def within_limits(interval: Interval) -> Interval:
    """Cut the upper end at 1, the most that any coefficient can be; an interval without width claims too much."""
    if interval.lower is None or interval.upper is None:
        return interval
    if interval.upper - interval.lower < NO_WIDTH:
        return Interval(None, None, "none: no spread")
    return replace(interval, upper=min(interval.upper, 1.0))


def mid_ranks(column: Floats) -> tuple[Floats, float]:
    """Return the ranks from 1, ties at their middle, and the sum of t^3 - t over the ties."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    return middle[place], float((count.astype(np.float64) ** 3 - count).sum())


def jackknife(made: Sums | Drawn, *, confidence: float, clusters: Clusters | None = None) -> Interval:
    """Return the interval from leaving out one item, or one cluster, at a time: Student t on units - 1."""
    from scipy.special import stdtrit

    left_out = leave_one_out(made, clusters)
    if left_out.error is None:
        return Interval(None, None, left_out.method)
    half = float(stdtrit(left_out.units - 1, 0.5 + confidence / 2)) * left_out.error
    value = made.estimate()
    return Interval(value - half, value + half, f"{left_out.method}, t")


def leave_one_out(made: Sums | Drawn, clusters: Clusters | None = None) -> LeftOut:
    """Return the jackknife's standard error: the spread of pseudo-values over the root of their number."""
    if made.n < 2:
        return LeftOut(None, made.n, "none: one item")
    if isinstance(made, Drawn):
        if made.table.size * made.n > MOST_COMPUTED:
            return LeftOut(None, made.n, f"none: {made.n} items are too many to rank {made.n} times")
        values, number = _values_without_rows(made, clusters)
    else:
        values, number = _values_without(made, clusters)
    units = int(number.sum())
    if units < 2:
        return LeftOut(None, units, f"none: one {_what(clusters)}")
    if np.isnan(values).any():
        return LeftOut(None, units, f"none: undefined when one {_what(clusters)} is left out")
    pseudo = units * made.estimate() - (units - 1) * values
    mean = number @ pseudo / units
    error = float(np.sqrt(number @ (pseudo - mean) ** 2 / (units - 1) / units))
    return LeftOut(error, units, f"{_what(clusters)} jackknife")


def _values_without(sums: Sums, clusters: Clusters | None) -> tuple[Floats, Codes]:
    """Return the statistic without each kind of item, or each cluster, and how many of them there are."""
    total = sums.number @ sums.features
    if clusters is None:
        return sums.value(total[None, :] - sums.features), sums.number
    table = _rows_by_cluster(sums, clusters)
    step = max(1, MOST_DRAWN // sums.features.shape[1])
    blocks = (table[start : start + step] @ sums.features for start in range(0, table.shape[0], step))
    values = np.concatenate([sums.value(total[None, :] - block) for block in blocks])
    return values, np.ones(len(values), dtype=np.int64)


def _values_without_rows(drawn: Drawn, clusters: Clusters | None) -> tuple[Floats, Codes]:
    groups = _groups(drawn, clusters)
    if len(groups) < 2:
        return np.empty(len(groups)), np.ones(len(groups), dtype=np.int64)
    values = np.array([drawn.value(np.delete(drawn.table, group, axis=0)) for group in groups])
    return values, np.ones(len(values), dtype=np.int64)


def percentiles(values: Floats, confidence: float, what: str) -> Interval:
    """Return the interval that holds the middle of a statistic's values over resamples of ``what``."""
    undefined = float(np.isnan(values).mean())
    if undefined > MOST_UNDEFINED:
        return Interval(None, None, f"none: undefined in {undefined:.0%} of {len(values)} resamples of {what}s")
    tail = (1 - confidence) / 2
    lower, upper = np.nanquantile(values, [tail, 1 - tail])
    return Interval(float(lower), float(upper), f"{what} bootstrap, percentile, {len(values)} rounds")


def drawn_sums(sums: Sums, rounds: int, rng: np.random.Generator) -> list[Floats]:
    """Return the sums of features over items drawn with replacement, a row each round, in blocks of rounds."""
    kinds = len(sums.number)
    one_by_one = kinds * 4 > sums.n  # hardly any items alike: drawing them one by one is faster
    block = max(1, MOST_AT_ONCE // sums.n if one_by_one else MOST_DRAWN // kinds)
    sizes = [min(block, rounds - start) for start in range(0, rounds, block)]
    if one_by_one:
        return [_draw_items(sums, size, rng) for size in sizes]
    return [rng.multinomial(sums.n, sums.number / sums.n, size=size) @ sums.features for size in sizes]


def _draw_items(sums: Sums, size: int, rng: np.random.Generator) -> Floats:
    kinds = len(sums.number)
    kind = np.repeat(np.arange(kinds), sums.number)
    picked = kind[rng.integers(0, len(kind), (size, len(kind)))]
    if size > 1:
        picked += kinds * np.arange(size)[:, None]
    drawn = np.bincount(picked.ravel(), minlength=size * kinds).reshape(size, kinds)
    block: Floats = drawn @ sums.features
    return block


def _drawn_clusters(table: Any, rounds: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield blocks of rounds: how often each row of features is drawn when clusters are."""
    clusters = table.shape[0]
    turned = table.T.tocsr()
    block = max(1, MOST_DRAWN // max(table.shape))
    for start in range(0, rounds, block):
        size = min(block, rounds - start)
        drawn = [np.bincount(rng.integers(0, clusters, clusters), minlength=clusters) for _ in range(size)]
        yield (turned @ np.array(drawn, dtype=np.float64).T).T


def _rows_by_cluster(sums: Sums, clusters: Clusters) -> Any:
    """Return the sparse table of how many of each row's items lie in each cluster that has any."""
    from scipy.sparse import csr_array

    if sums.members is None:
        raise ValueError("this statistic does not say which items it is over, so it has no clusters")
    found, place = np.unique(clusters.codes[sums.members.item], return_inverse=True)
    ones = np.ones(len(place))
    return csr_array((ones, (place, sums.members.row)), shape=(len(found), len(sums.number)))


def _groups(drawn: Drawn, clusters: Clusters | None) -> list[Codes]:
    """Return the rows that are drawn together."""
    rows = np.arange(drawn.n)
    if clusters is None:
        return list(rows[:, None])
    if drawn.item is None:
        raise ValueError("this statistic does not say which items it is over, so it has no clusters")
    code = clusters.codes[drawn.item]
    order = np.argsort(code, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(code[order])) + 1)


def _what(clusters: Clusters | None) -> str:
    return "item" if clusters is None else clusters.what
