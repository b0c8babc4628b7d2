"""Summaries that take only the order of a scale for granted: quantiles, cumulative shares, the ends of the scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, Estimate
from analysis.data import Floats, Mask
from analysis.errors import Why
from analysis.ratings.shares import share_of

PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Quantile:
    """The least value at or below which a share ``p`` of the ratings lies: always a value that can be given."""

    p: float
    value: Estimate


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The share of ratings at or above one category."""

    level: float
    share: Estimate


@dataclass(frozen=True, slots=True)
class OrdinalSummary:
    """One system on one criterion. ``top_box`` and ``bottom_box`` are the shares in the ``boxes`` end categories."""

    boxes: int
    median: Estimate
    quantiles: tuple[Quantile, ...]
    at_least: tuple[AtLeast, ...]
    top_box: Estimate
    bottom_box: Estimate


def ordinal_summary(
    values: Floats, cluster: Codes, *, levels: Floats | None, boxes: int = 1, confidence: float = 0.95
) -> OrdinalSummary:
    """Summarise ratings of one system by their order alone.

    ``levels`` are the categories in order, None for measurements, which have quantiles and no boxes. ``boxes`` must
    leave a category between top and bottom out of one of them: 1 up to one less than there are categories.
    """
    shares = _Shares(values, cluster, confidence)
    steps = np.unique(values) if levels is None else levels
    quantiles = tuple(Quantile(p, _quantile(p, steps, shares)) for p in PROBABILITIES)
    median = next(found.value for found in quantiles if found.p == 0.5)
    at_least = () if levels is None else tuple(AtLeast(float(x), shares.at_least(float(x))) for x in levels[1:])
    top, bottom = _boxes(levels, boxes, shares)
    return OrdinalSummary(boxes, median, quantiles, at_least, top, bottom)


class _Shares:
    """Cumulative shares of one system's ratings."""

    def __init__(self, values: Floats, cluster: Codes, confidence: float) -> None:
        self.values, self.cluster, self.confidence = values, cluster, confidence

    def at_least(self, level: float) -> Estimate:
        return self._share(self.values >= level)

    def at_most(self, level: float) -> Estimate:
        return self._share(self.values <= level)

    def _share(self, hit: Mask) -> Estimate:
        return share_of(hit.astype(np.float64), cluster=self.cluster, confidence=self.confidence)


def _quantile(p: float, steps: Floats, shares: _Shares) -> Estimate:
    """Return a quantile with the steps that cumulative shares do not rule out (Francisco and Fuller 1991).

    A step is too low where the interval of the share at or below it ends below p, and too high where that of the step
    before begins at or above p.
    """
    n = len(shares.values)
    known = shares.at_most(float(steps[-1]))
    value = float(np.sort(shares.values)[max(0, int(np.ceil(p * n - 1e-9)) - 1)])
    if known.lower is None:
        return Estimate(value, None, None, n, known.method, known.n_items)
    lower = _first(steps, lambda step: (shares.at_most(step).upper or 0.0) >= p)
    upper = _first(steps, lambda step: (shares.at_most(step).lower or 0.0) >= p)
    said = {"confidence": f"{shares.confidence:g}", "quantile": "inverse distribution function"}
    return Estimate(value, lower, upper, n, "inverted intervals of cumulative shares", known.n_items, conventions=said)


def _first(steps: Floats, holds: Callable[[float], bool]) -> float:
    """Return the first step for which something that grows with the steps holds, else the last one."""
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(float(steps[middle])) else (middle + 1, high)
    return float(steps[low])


def _boxes(levels: Floats | None, boxes: int, shares: _Shares) -> tuple[Estimate, Estimate]:
    if levels is None:
        none = Estimate(None, reason=Why.TOO_MANY_VALUES, message="measurements have no categories to take the ends of")
        return none, none
    if not boxes >= 1:
        raise ValueError(f"boxes must be at least 1, not {boxes}")
    if boxes >= len(levels):
        text = f"{boxes} end categories of a scale of {len(levels)} are all of it"
        none = Estimate(None, reason=Why.ONE_CATEGORY, message=text)
        return none, none
    return shares.at_least(float(levels[-boxes])), shares.at_most(float(levels[boxes - 1]))
