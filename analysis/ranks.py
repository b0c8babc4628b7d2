"""Rank sets: which places a system can hold, given how uncertain the differences are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats, Mask
from analysis.graph import members
from analysis.intervals import t_value
from analysis.strengths import Strengths

FEWEST_DRAWS, MOST_DRAWS = 4_000, 100_000
WORK = 40_000_000  # differences drawn: 0.1 s; small boards get more draws for it
BLOCK = 500  # draws at a time: their differences stay in the processor's cache
MOST_SYSTEMS_TO_SIMULATE = 200  # above it the draws cost seconds, and Bonferroni is close
SLACK = 1e-9  # differences and standard errors below it are rounding


@dataclass(frozen=True, slots=True)
class RankSets:
    """Places from the estimates (``rank``), and the first and last place the data allow.

    ``lower`` to ``upper`` holds each system's own true place with the stated confidence, ``all_lower`` to
    ``all_upper`` the places of all systems at once. ``common`` is the critical value that decides these: how many
    standard errors the largest of all differences in a system's group exceeds by chance.
    """

    rank: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    all_lower: NDArray[np.int64]
    all_upper: NDArray[np.int64]
    common: Floats


def ranks(fit: Strengths) -> NDArray[np.int64]:
    """Return each system's place among those it ever met, directly or not; equal strengths share the better place."""
    leads = np.where(fit.same_group, ahead(fit.strengths), fit.above)
    rank: NDArray[np.int64] = 1 + leads.sum(axis=0)
    return rank


def ahead(values: Floats) -> Mask:
    """Return [i, j] True where value i exceeds value j by more than rounding; NaN is ahead of nothing."""
    with np.errstate(invalid="ignore"):
        leads: Mask = values[:, None] - values[None, :] > SLACK
    return leads


def rank_sets(fit: Strengths, *, confidence: float, rng: np.random.Generator) -> RankSets:
    """Return marginal and simultaneous rank sets.

    A place counts as settled between two systems when their difference exceeds the critical value of the largest
    difference to that system (marginal), or of the largest of all differences (simultaneous). Differences to a
    system without a finite strength settle nothing.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies 91(1), 476-518.
    """
    own, common = np.zeros(len(fit.strengths)), np.zeros(len(fit.strengths))
    for places in members(fit.group):
        freedom = float(fit.degrees[places[0]])
        covariance = fit.covariance[np.ix_(places, places)]
        found = critical_values(covariance, confidence=confidence, rng=rng, freedom=freedom)
        own[places], common[places] = found.own, found.common
    return RankSets(ranks(fit), *_settled(fit, own), *_settled(fit, common), common)


def _settled(fit: Strengths, critical: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each system's first and last possible place."""
    with np.errstate(invalid="ignore"):
        lead = fit.strengths[:, None] - fit.strengths[None, :]
        clear = np.abs(lead) > critical[:, None] * differences(fit.covariance) + SLACK  # from row i's view
        behind, ahead = clear & (lead < 0), clear & (lead > 0)
    board = (fit.component[:, None] == fit.component[None, :]).sum(axis=1)
    return 1 + behind.sum(axis=1), board - ahead.sum(axis=1)


def differences(covariance: Floats) -> Floats:
    """Return the standard error of each pairwise difference; NaN where two systems share no scale."""
    variance = np.diag(covariance)
    return np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))


@dataclass(frozen=True, slots=True)
class CriticalValues:
    """How many standard errors the largest difference exceeds by chance: to each system, and among all."""

    own: Floats
    common: float


def critical_values(
    covariance: Floats, *, confidence: float, rng: np.random.Generator, freedom: float = np.inf
) -> CriticalValues:
    """Return the critical values of max |difference| / standard error, drawn from a normal with this covariance.

    With a finite ``freedom`` the standard errors vary too, all by one factor: a multivariate t.
    """
    size = len(covariance)
    if size > MOST_SYSTEMS_TO_SIMULATE:
        levels = (1 - (1 - confidence) / number for number in (size - 1, size * (size - 1) / 2))
        one, every = (float(t_value(level, np.array(freedom))) for level in levels)
        return CriticalValues(np.full(size, one), every)
    error = differences(covariance)
    error = np.where(error > SLACK, error, np.inf)  # nothing is drawn apart from itself, nor from NaN
    draws = min(max(WORK // size**2, FEWEST_DRAWS), MOST_DRAWS)
    normal = np.ascontiguousarray(correlated_normal(covariance, rng, draws).T)
    excess = np.empty_like(normal)
    for start in range(0, draws, BLOCK):
        drawn, largest = normal[:, start : start + BLOCK], excess[:, start : start + BLOCK]
        apart = np.empty(drawn.shape)  # used again for each system
        for place in range(size):
            np.abs(np.subtract(drawn, drawn[place], out=apart), out=apart)
            np.divide(apart, error[place][:, None], out=apart).max(axis=0, out=largest[place])
    if np.isfinite(freedom):
        excess *= np.sqrt(freedom / rng.chisquare(freedom, draws))
    return CriticalValues(np.quantile(excess, confidence, axis=1), float(np.quantile(excess.max(axis=0), confidence)))


def correlated_normal(covariance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Draw from a normal with mean zero and this covariance, shape (draws, systems)."""
    values, vectors = np.linalg.eigh(np.nan_to_num(covariance))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn: Floats = rng.standard_normal((draws, len(covariance))) @ root.T
    return drawn
