"""Intervals for shares, and the quantiles of the normal and of Student's t that every interval uses."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray


def z_value(confidence: float) -> float:
    """Return z such that a standard normal lies within +-z with this probability."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}; 0.95 is usual")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def t_value(confidence: float, freedom: NDArray[Any]) -> NDArray[np.float64]:
    """Return t such that Student's t lies within +-t with this probability, freedom by freedom; infinite: normal."""
    known = np.isfinite(freedom)
    if not known.any():  # then scipy need not be loaded
        return np.full(np.shape(freedom), z_value(confidence))
    from scipy.special import stdtrit

    found: NDArray[np.float64] = stdtrit(np.where(known, freedom, 1.0), 0.5 + confidence / 2)
    return np.where(known, found, z_value(confidence))


def wilson(share: NDArray[Any], n: NDArray[Any], confidence: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper ends of Wilson's interval for a share of n trials; NaN where n is 0.

    Half points (ties) make the outcome less variable than a coin of the same mean, so the interval is then a
    little wide, never narrow.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    z = z_value(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    known = np.asarray(n) > 0
    lower = np.where(known, np.clip(centre - half, 0, 1), np.nan)
    upper = np.where(known, np.clip(centre + half, 0, 1), np.nan)
    return lower, upper
