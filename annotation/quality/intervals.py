"""Shares and means of one rater's answers, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from annotation.quality.errors import Undefined


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval at ``level``, and the ``n`` observations behind it."""

    value: float
    lower: float
    upper: float
    n: int
    method: str
    level: float = 0.95


def wilson(hits: float, n: int, *, level: float = 0.95) -> Estimate:
    """Return a share with Wilson's score interval.

    Raises Undefined without observations. Wilson (1927), JASA 22, 209-212.
    """
    _refuse(hits, n)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(share, max(0.0, centre - half), min(1.0, centre + half), n, "Wilson", level)


def clopper_pearson(hits: float, n: int, *, level: float = 0.95) -> Estimate:
    """Return a share with the exact binomial interval, which holds the truth at least ``level`` of the time.

    ``hits`` may be a fraction: a sum of n values from 0 to 1 varies no more than as many yes-or-no answers.
    Raises Undefined without observations. Clopper and Pearson (1934), Biometrika 26, 404-413.
    """
    from scipy.special import betaincinv  # what scipy.stats calls, at a third of its import

    _refuse(hits, n)
    tail = (1 - level) / 2
    lower = float(betaincinv(hits, n - hits + 1, tail)) if hits > 0 else 0.0
    upper = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return Estimate(hits / n, lower, upper, n, "Clopper-Pearson", level)


def _refuse(hits: float, n: int) -> None:
    if n < 1:
        raise Undefined("there is nothing to count")
    if not 0 <= hits <= n:
        raise ValueError(f"{hits:g} of {n} is no share; give hits from 0 to n")


def mean_interval(values: Sequence[float], *, level: float = 0.95) -> Estimate:
    """Return a mean with Student's t interval over independent values. Raises Undefined for fewer than two."""
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        raise Undefined(f"an interval of a mean needs two values or more; there {'is one' if n else 'are none'}")
    mean, spread = fmean(values), stdev(values)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * spread / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n, "Student's t", level)
