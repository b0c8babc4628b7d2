"""How the ratings of a system spread over the scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.data import Floats
from analysis.ratings.parts import Part

MOST_BINS = 20  # of a histogram


@dataclass(frozen=True, slots=True)
class Bin:
    """One category, where ``lower`` equals ``upper``, or one bar of a histogram: how many ratings, which share."""

    lower: float
    upper: float
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """The counts of all categories, those nobody used included, or of the bins that ``rule`` states."""

    kind: str
    rule: str
    n: int
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """What the systems of one criterion are counted by: categories, or the edges of bins."""

    kind: str
    rule: str
    lower: Floats
    upper: Floats

    def distribution(self, values: Floats) -> Distribution:
        """Count values, every one of which lies on the scale."""
        last = len(self.lower) - 1
        place = np.minimum(np.searchsorted(self.lower, values, side="right") - 1, last)
        counts = np.bincount(place, minlength=last + 1)
        bins = zip(self.lower.tolist(), self.upper.tolist(), counts.tolist(), strict=True)
        n = len(values)
        found = tuple(Bin(low, high, count, count / n if n else math.nan) for low, high, count in bins)
        return Distribution(self.kind, self.rule, n, found)


def scale_of(part: Part) -> Scale:
    """Return the categories of a part's scale or, for measurements, the bins that all its systems share."""
    if part.levels is not None:
        rule = "the declared categories" if part.declared else "the values that occur; none are declared"
        return Scale("categories", rule, part.levels, part.levels)
    edges = round_edges(float(part.values.min()), float(part.values.max()))
    rule = f"{len(edges) - 1} bins of {edges[1] - edges[0]:g}, closed left, the last on both sides"
    return Scale("histogram", rule, edges[:-1], edges[1:])


def round_edges(low: float, high: float) -> Floats:
    """Return edges at multiples of 1, 2 or 5 times a power of ten: the finest that make at most 20 bins."""
    if not low < high:
        raise ValueError(f"bins need two values, not {low:g} to {high:g}")
    power = 10.0 ** math.floor(math.log10((high - low) / MOST_BINS))
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.floor(low / step), math.ceil(high / step)
        if last - first <= MOST_BINS:
            return np.array([round(number * step, 12) for number in range(first, last + 1)])
    raise ValueError(f"no round bins for {low:g} to {high:g}")  # pragma: no cover - 20 steps always suffice
