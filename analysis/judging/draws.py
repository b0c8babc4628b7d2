"""Sums over items that are resampled once for every statistic read off them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.estimates import Codes, Estimate, Sampling, estimate_of
from analysis.data import Floats
from analysis.errors import Undefined
from analysis.resampling import Sums, drawn_sums, percentiles


@dataclass(frozen=True)
class Draws:
    """What each of ``number[k]`` items adds, ``features[k]``; the resamples are those that ``sampling`` draws alone."""

    features: Floats
    number: NDArray[np.int64]
    sampling: Sampling

    def estimate(
        self, value: Callable[[Floats], Floats], *, n: int, conventions: Mapping[str, str], otherwise: Undefined
    ) -> Estimate:
        """Return a statistic of the sums, or raise ``otherwise``: as ``estimate_of`` does, but drawing only once."""
        sampling, sums = self.sampling, Sums(self.features, self.number, value)
        if sampling.ci != "bootstrap" or sums.n < 2:
            return estimate_of(sums, n=n, sampling=sampling, conventions=conventions, otherwise=otherwise)
        number = sums.estimate()
        if np.isnan(number):
            raise otherwise
        made = percentiles(value(self._drawn), sampling.confidence, "item")
        said = {**conventions, "confidence": f"{sampling.confidence:g}", "seed": str(sampling.seed)}
        return Estimate(number, made.lower, made.upper, n, made.method, n_items=sums.n, conventions=said)

    @property
    def total(self) -> Floats:
        """Return the sums of the data as they are."""
        total: Floats = self.number @ self.features
        return total

    @cached_property
    def _drawn(self) -> Floats:
        sums = Sums(self.features, self.number, lambda rows: rows[:, 0])
        return np.concatenate(drawn_sums(sums, self.sampling.rounds, self.sampling.rng()))


def kinds_of(rows: Floats | Codes) -> tuple[Floats, NDArray[np.int64]]:
    """Return the distinct rows and how often each occurs.

    Rows are told apart by a hash, which sorts ten times as fast as the rows; should two share one, by themselves.
    """
    weights = np.random.default_rng(0).integers(1, 2**63, rows.shape[1], dtype=np.uint64)
    bits = np.ascontiguousarray(rows, dtype=np.float64).view(np.uint64)
    code = ((bits ^ (bits >> np.uint64(29))) * weights).sum(axis=1, dtype=np.uint64)
    _, first, place, number = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    kinds = np.asarray(rows[first], dtype=np.float64)
    if not np.array_equal(kinds[place], rows):
        kinds, number = np.unique(rows, axis=0, return_counts=True)
    return np.asarray(kinds, dtype=np.float64), number.astype(np.int64)
