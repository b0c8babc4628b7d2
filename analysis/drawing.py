"""Where marks go in the small pictures that pages draw themselves: rows on one shared axis, and shades of a heatmap."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 240.0  # of a row's picture, in the units of its viewBox
MARGIN = 8.0  # room for half a mark and half a label at either end
HEAT_STEPS = 10  # shades on either side of 50 %


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis of ``WIDTH`` units with round ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return where a value lies, in units from the left."""
        share = (value - self.low) / (self.high - self.low)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 2)

    def tick_places(self) -> list[tuple[float, str]]:
        """Return each tick's place and label."""
        return [(self.at(tick), f"{tick:g}") for tick in self.ticks]


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its interval, as places on an axis; an interval without ends is a point alone."""

    x: float
    low: float | None
    high: float | None


def axis_over(values: Iterable[float | None], *, low: float | None = None, high: float | None = None) -> Axis | None:
    """Return an axis that holds all values (None is skipped) and the given ends; None when there are no values."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return None
    smallest = min(known) if low is None else min(low, *known)
    largest = max(known) if high is None else max(high, *known)
    if largest - smallest < 1e-12:
        smallest, largest = smallest - 1, largest + 1
    step = _round_step(largest - smallest)
    first, last = math.floor(smallest / step), math.ceil(largest / step)
    ticks = tuple(round(number * step, 10) for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def mark(axis: Axis | None, value: float | None, low: float | None, high: float | None) -> Mark | None:
    """Return a value's mark, None where there is no value to mark."""
    if axis is None or value is None:
        return None
    return Mark(axis.at(value), None if low is None else axis.at(low), None if high is None else axis.at(high))


def heat(share: float | None) -> str:
    """Return the name of a win rate's shade: heat-0 (loses all) over heat-10 (even) to heat-20 (wins all)."""
    if share is None or not math.isfinite(share):
        return "heat-none"
    return f"heat-{round(share * 2 * HEAT_STEPS)}"


def overlap_groups(sets: Sequence[tuple[int, int] | None]) -> list[bool]:
    """Say for each row whether its rank set overlaps that of the row below, so that a bracket can join them."""
    pairs = zip(sets, [*sets[1:], None], strict=True)
    return [one is not None and other is not None and one[1] >= other[0] and other[1] >= one[0] for one, other in pairs]


def _round_step(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts the span into three to six pieces."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(step * power for step in (1, 2, 5, 10) if span / (step * power) <= 5)
