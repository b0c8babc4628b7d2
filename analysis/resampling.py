"""Intervals by resampling items, for any statistic that is a function of sums over items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats

MOST_DRAWN = 4_000_000  # numbers in one block of draws: 32 MB
MOST_COMPUTED = 30_000_000  # numbers ranked anew over all rounds: a few seconds
MOST_UNDEFINED = 0.05  # share of resamples without a value above which there is no interval


@dataclass(frozen=True, slots=True)
class Sums:
    """A statistic as a function of sums over items.

    Row p of ``features`` is what each of ``number[p]`` identical items adds; ``value`` turns sums of shape
    (rounds, features) into values of shape (rounds,), NaN where undefined.
    """

    features: Floats
    number: NDArray[np.int64]
    value: Callable[[Floats], Floats]

    @property
    def n(self) -> int:
        """Return the number of items."""
        return int(self.number.sum())

    def estimate(self) -> float:
        """Return the statistic of the data as they are."""
        return float(self.value(self.number[None, :] @ self.features)[0])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A statistic that must be computed anew on each resample of rows, since ranks depend on all of them."""

    table: Floats
    value: Callable[[Floats], float]

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


def bootstrap(sums: Sums, *, rounds: int, confidence: float, rng: np.random.Generator) -> Interval:
    """Return the percentile interval over items drawn with replacement.

    Identical items are interchangeable, so a round is one multinomial draw over the kinds of items.
    """
    if sums.n < 2:
        return Interval(None, None, "none: one item")
    values = np.concatenate([sums.value(block) for block in _drawn_sums(sums, rounds, rng)])
    return _percentiles(values, confidence)


def bootstrap_rows(drawn: Drawn, *, rounds: int, confidence: float, rng: np.random.Generator) -> Interval:
    """Return the percentile interval over rows drawn with replacement, each resample computed anew."""
    if drawn.n < 2:
        return Interval(None, None, "none: one item")
    if drawn.table.size * rounds > MOST_COMPUTED:
        return Interval(None, None, f"none: {drawn.n} items are too many to rank {rounds} times")
    picks = rng.integers(0, drawn.n, (rounds, drawn.n))
    return _percentiles(np.array([drawn.value(drawn.table[pick]) for pick in picks]), confidence)


def mid_ranks(column: Floats) -> tuple[Floats, float]:
    """Return the ranks from 1, ties at their middle, and the sum of t^3 - t over the ties."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    return middle[place], float((count.astype(np.float64) ** 3 - count).sum())


def jackknife(sums: Sums, *, confidence: float) -> Interval:
    """Return the interval from leaving out one item at a time, Student t on n - 1 degrees of freedom."""
    from scipy.special import stdtrit

    n = sums.n
    if n < 2:
        return Interval(None, None, "none: one item")
    total = sums.number @ sums.features
    values = sums.value(total[None, :] - sums.features)
    if np.isnan(values).any():
        return Interval(None, None, "none: undefined when one item is left out")
    pseudo = n * sums.estimate() - (n - 1) * values
    mean = sums.number @ pseudo / n
    error = float(np.sqrt(sums.number @ (pseudo - mean) ** 2 / (n - 1) / n))
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * error
    return Interval(sums.estimate() - half, sums.estimate() + half, "item jackknife, t")


def _percentiles(values: Floats, confidence: float) -> Interval:
    undefined = float(np.isnan(values).mean())
    if undefined > MOST_UNDEFINED:
        return Interval(None, None, f"none: undefined in {undefined:.0%} of {len(values)} resamples of items")
    tail = (1 - confidence) / 2
    lower, upper = np.nanquantile(values, [tail, 1 - tail])
    return Interval(float(lower), float(upper), f"item bootstrap, percentile, {len(values)} rounds")


def _drawn_sums(sums: Sums, rounds: int, rng: np.random.Generator) -> list[Floats]:
    kinds = len(sums.number)
    if kinds * 4 > sums.n:  # hardly any items alike: drawing them one by one is faster
        return [_draw_items(sums, rng) for _ in range(rounds)]
    block = max(1, MOST_DRAWN // kinds)
    sizes = [min(block, rounds - start) for start in range(0, rounds, block)]
    return [rng.multinomial(sums.n, sums.number / sums.n, size=size) @ sums.features for size in sizes]


def _draw_items(sums: Sums, rng: np.random.Generator) -> Floats:
    kind = np.repeat(np.arange(len(sums.number)), sums.number)
    drawn = np.bincount(kind[rng.integers(0, len(kind), len(kind))], minlength=len(sums.number))
    block: Floats = drawn[None, :] @ sums.features
    return block
