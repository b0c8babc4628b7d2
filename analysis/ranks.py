"""Rank sets: which places a system can hold, given how uncertain the differences are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats
from analysis.graph import members
from analysis.intervals import z_value
from analysis.strengths import Strengths

FEWEST_DRAWS, MOST_DRAWS = 4_000, 100_000
WORK = 40_000_000  # differences drawn: 0.1 s; small boards get more draws for it
MOST_SYSTEMS_TO_SIMULATE = 200  # above it the draws cost seconds, and Bonferroni is close
SLACK = 1e-9  # differences and standard errors below it are rounding


@dataclass(frozen=True, slots=True)
class RankSets:
    """Places from the estimates (``rank``), and the first and last place the data allow."""

    rank: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]


def ranks(fit: Strengths) -> NDArray[np.int64]:
    """Return each system's place among those it ever met, directly or not; equal strengths share the better place."""
    with np.errstate(invalid="ignore"):
        ahead = fit.strengths[:, None] - fit.strengths[None, :] > SLACK
    ahead = np.where(fit.same_group, ahead, fit.above)
    rank: NDArray[np.int64] = 1 + ahead.sum(axis=0)
    return rank


def marginal_rank_sets(fit: Strengths, *, confidence: float, rng: np.random.Generator) -> RankSets:
    """Return rank sets that each hold one system's true place with this confidence.

    A place counts as settled between two systems when their difference exceeds the critical value of the largest
    of all differences to that system. Differences to a system without a finite strength settle nothing.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies 91(1), 476-518.
    """
    critical = np.zeros(len(fit.strengths))
    for places in members(fit.group):
        critical[places] = critical_values(fit.covariance[np.ix_(places, places)], confidence=confidence, rng=rng)
    with np.errstate(invalid="ignore"):
        lead = fit.strengths[:, None] - fit.strengths[None, :]
        settled = np.abs(lead) > critical[:, None] * differences(fit.covariance) + SLACK  # from row i's view
        behind, ahead = settled & (lead < 0), settled & (lead > 0)
    board = (fit.component[:, None] == fit.component[None, :]).sum(axis=1)
    return RankSets(ranks(fit), 1 + behind.sum(axis=1), board - ahead.sum(axis=1))


def differences(covariance: Floats) -> Floats:
    """Return the standard error of each pairwise difference; NaN where two systems share no scale."""
    variance = np.diag(covariance)
    return np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))


def critical_values(covariance: Floats, *, confidence: float, rng: np.random.Generator) -> Floats:
    """Return, per system, what max over j of |difference to j| / standard error exceeds by chance alone."""
    size = len(covariance)
    if size > MOST_SYSTEMS_TO_SIMULATE:
        return np.full(size, z_value(1 - (1 - confidence) / (size - 1)))
    error = differences(covariance)
    draws = min(max(WORK // size**2, FEWEST_DRAWS), MOST_DRAWS)
    normal = _correlated_normal(covariance, rng, draws)
    return np.array([_critical_value(normal, error[place], place, confidence) for place in range(size)])


def _critical_value(normal: Floats, error: Floats, place: int, confidence: float) -> float:
    others = error > SLACK  # false for the system itself, and for NaN
    if not others.any():
        return 0.0
    excess = np.abs(normal[:, others] - normal[:, [place]]) / error[others]
    return float(np.quantile(excess.max(axis=1), confidence))


def _correlated_normal(covariance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    values, vectors = np.linalg.eigh(np.nan_to_num(covariance))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn: Floats = rng.standard_normal((draws, len(covariance))) @ root.T
    return drawn
