"""Means of what lies between 0 and 1, with an interval that stays there and knows which rows belong together."""

from __future__ import annotations

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, add_up, null_with_reason, refuse_empty
from analysis.comparison.paired import NO_SPREAD
from analysis.data import Floats
from analysis.intervals import wilson, z_value

METHOD = "Wilson with the effective number of rows, clustered, t"


@null_with_reason
def share_of(values: Floats, *, cluster: Codes, confidence: float = 0.95) -> Estimate:
    """Return the mean of shares, with Wilson's interval at the number of independent rows they are worth.

    Parameters
    ----------
    values : array, shape (n,)
        Between 0 and 1: hits of a mask, or shares such as points won.
    cluster : array of int, shape (n,)
        Rows that are not independent, such as ratings of one prompt.
    confidence : float
        Share of samples whose interval is to hold the truth.

    The effective number is p (1 - p) / v, where v is the clustered variance of the mean with C / (C - 1), or the
    variance that independent rows would have if that is larger; it is the number of clusters where every row is 0 or
    every row is 1. It is scaled by (z / t)^2 on C - 1 degrees of freedom. One cluster has a mean and no interval.

    Raises
    ------
    ValueError
        A value lies outside 0 to 1.

    References
    ----------
    Kish (1965), Survey Sampling; Wilson (1927), JASA 22, 209-212; Korn and Graubard (1998), Survey Methodology 24,
    193-201, for the scaling; Franco, Little, Louis and Slud (2019), Journal of Survey Statistics and Methodology 7,
    334-364, who compare such intervals.
    """
    refuse_empty(len(values), "there are no rows to take a share of")
    if not bool(((values >= 0) & (values <= 1)).all()):
        raise ValueError(f"shares lie between 0 and 1, not {values.min():g} to {values.max():g}")
    mean = float(values.mean())
    centred = values - mean
    sums = add_up(centred[:, None], cluster)[:, 0]
    units = len(sums)
    if units < 2:
        return Estimate(mean, None, None, len(values), "none: one cluster", units)
    effective = _effective(mean, centred, sums)
    if effective is None:
        return Estimate(mean, None, None, len(values), NO_SPREAD, units)
    lower, upper = _wilson_t(mean, effective, units, confidence)
    error = float(np.sqrt(mean * (1 - mean) / effective))
    said = {"confidence": f"{confidence:g}", "effective_n": f"{effective:.6g}"}
    return Estimate(mean, lower, upper, len(values), METHOD, units, error, said)


def _effective(mean: float, centred: Floats, sums: Floats) -> float | None:
    """Return how many independent rows give as sure a mean, None where rows are alike and neither 0 nor 1."""
    units, n = len(sums), len(centred)
    if mean in (0.0, 1.0):
        return float(units)
    if np.ptp(centred) == 0:
        return None
    clustered = units / (units - 1) * float(sums @ sums) / n**2
    alone = float(centred @ centred) / (n * (n - 1))
    return mean * (1 - mean) / max(clustered, alone)


def _wilson_t(mean: float, effective: float, units: int, confidence: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    t = float(stdtrit(units - 1, 0.5 + confidence / 2))
    scaled = effective * (z_value(confidence) / t) ** 2
    lower, upper = wilson(np.array([mean]), np.array([scaled]), confidence)
    return min(float(lower[0]), mean), max(float(upper[0]), mean)  # rounding at a share of 0 or 1
