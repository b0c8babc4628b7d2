"""How paired differences are spread, for a picture and the table behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.data import Floats

MOST_BARS = 25  # distinct values that get a bar each; beyond, they are binned


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars over differences, first minus second: ``count[k]`` rows from ``left[k]`` up to ``right[k]``.

    A bar of one value has equal ends. Bins are closed left, and one is centred on zero.
    """

    left: tuple[float, ...]
    right: tuple[float, ...]
    count: tuple[int, ...]


def histogram(difference: Floats) -> Histogram:
    """Count differences by value, or where there are many values by bins of one width."""
    values, number = np.unique(difference, return_counts=True)
    if len(values) <= MOST_BARS:
        ends = tuple(values.tolist())
        return Histogram(ends, ends, tuple(number.tolist()))
    width = float(np.ptp(values)) / MOST_BARS
    low, high = np.floor(values[0] / width + 0.5), np.floor(values[-1] / width + 0.5)
    edges = (np.arange(low, high + 2) - 0.5) * width
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    count = np.bincount(place, number, len(edges) - 1).astype(np.int64)
    return Histogram(tuple(edges[:-1].tolist()), tuple(edges[1:].tolist()), tuple(count.tolist()))
