"""The optimum of a Bradley-Terry likelihood in extended precision: what errors are measured against."""

from __future__ import annotations

import numpy as np

from analysis.bradley_terry import fit_bradley_terry
from benchmarks.battles import SYSTEMS

POINTS_PER_NAT = 400 / np.log(10)
ENOUGH = 1e-17  # natural log-odds: 2e-15 rating points


def optimum(points: np.ndarray) -> np.ndarray:
    """Return strengths, mean zero, as long doubles.

    Newton's method whose gradient is in 80 bits. Its steps use the inverse of a fit in 64 bits, which costs a little
    speed and no accuracy: they end where the gradient of 80 bits is zero.
    """
    if np.finfo(np.longdouble).eps > 1e-18:
        raise SystemExit("this machine has no extended precision to measure errors against")
    exact = points.astype(np.longdouble)
    fit = fit_bradley_terry(points)
    strengths = fit.strengths.astype(np.longdouble)
    for _ in range(20):
        lead = strengths[:, None] - strengths[None, :]
        gradient = (exact / (1 + np.exp(lead)) - exact.T / (1 + np.exp(-lead))).sum(axis=1)
        step = fit.inverse.astype(np.longdouble) @ gradient
        strengths += step - step.mean()
        if np.abs(step).max() < ENOUGH:
            return strengths
    raise SystemExit("the reference did not converge")


def error_in_points(strengths: np.ndarray, best: np.ndarray) -> float:
    """Return the largest error in rating points, both sides having mean zero."""
    centred = strengths.astype(np.longdouble)
    assert len(centred) == SYSTEMS
    return float(np.abs(centred - centred.mean() - (best - best.mean())).max() * POINTS_PER_NAT)
