"""How sure win rates are: their joint covariance, and intervals that know which battles belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.estimates import dense
from analysis.counts import Counts
from analysis.data import BOTH_BAD, TIE, Battles, Floats
from analysis.win_rates import WinRates

POINTS = np.array([1.0, 0.0, 0.5, 0.5])  # of the system in the first column, by outcome
NOTHING = 1e-12  # a sum of residuals below it is rounding


def kept_outcomes(rule: str, both_bad: str) -> NDArray[np.bool_]:
    """Say which outcomes count: a dropped tie takes with it the battles that both lost, which count as ties."""
    kept = np.ones(4, dtype=np.bool_)
    kept[TIE] = rule != "drop"
    kept[BOTH_BAD] = rule != "drop" and both_bad == "tie"
    return kept


def rate_covariance(counts: Counts, share: Floats) -> Floats:
    """Return the covariance of the systems' shares of points, battles being independent.

    Systems that met each other share battles, and so do not vary independently: one battle moves both their shares.
    ``counts`` hold the battles that count and no others.
    """
    total = _totals(counts)
    by_a = (POINTS[:, None, None] - share[None, :, None]) / total[None, :, None]
    by_b = (1 - POINTS[:, None, None] - share[None, None, :]) / total[None, None, :]
    square = counts.square
    both = (square * by_a * by_b).sum(axis=0)
    own = (square * by_a**2).sum(axis=(0, 2)) + (square * by_b**2).sum(axis=(0, 1))
    covariance: Floats = np.diag(own) + both + both.T
    return covariance


def clustered_ends(
    battles: Battles, rates: WinRates, cluster: NDArray[Any], confidence: float
) -> tuple[Floats, Floats, Floats]:
    """Return both ends of each system's share, and the covariance of the shares, residuals summed by cluster.

    Ends are +- t standard errors, cut at 0 and 1, NaN where there is one cluster or no spread: C / (C - 1) and C - 1
    degrees of freedom, C counting the clusters in which the system has a battle. The covariance has the factor for
    all clusters. ``battles`` are those that count, and ``rates`` their rates.
    """
    share, ids = rates.overall, dense(cluster.astype(np.int64))[0]
    sums = _residuals_by_cluster(battles, share, ids)
    clusters = np.bincount(sums.indices, minlength=len(share))  # zeros that were added up are stored, too
    product = np.asarray((sums.T @ sums).toarray())
    half = _half_width(np.diag(product), clusters, confidence)
    every = sums.shape[0]
    covariance = product * (every / (every - 1)) if every > 1 else np.full_like(product, np.nan)
    return np.maximum(share - half, 0.0), np.minimum(share + half, 1.0), covariance


def clustered_matrix(
    battles: Battles, rates: WinRates, cluster: NDArray[Any], confidence: float
) -> tuple[Floats, Floats]:
    """Return both ends of each system's share against each other, as ``clustered_ends`` does for all battles."""
    size = len(rates.systems)
    low, high = np.minimum(battles.system_a, battles.system_b), np.maximum(battles.system_a, battles.system_b)
    weight = _weights(battles)
    points = np.where(battles.system_a == low, POINTS[battles.outcome], 1 - POINTS[battles.outcome])
    pair = low.astype(np.int64) * size + high
    residual = weight * (points - rates.matrix[low, high]) / np.bincount(pair, weight, size * size)[pair]
    ids, width = dense(cluster.astype(np.int64))
    found, place = np.unique(pair * width + ids, return_inverse=True)
    sums = np.bincount(place, residual, len(found)).astype(np.float64)
    square = np.bincount(found // width, sums**2, size * size).astype(np.float64)
    half = _half_width(square, np.bincount(found // width, minlength=size * size), confidence).reshape(size, size)
    half = np.where(np.isnan(half), half.T, half)
    return np.maximum(rates.matrix - half, 0.0), np.minimum(rates.matrix + half, 1.0)


def _residuals_by_cluster(battles: Battles, share: Floats, ids: NDArray[np.int64]) -> Any:
    """Return, as a sparse table of clusters x systems, what each cluster adds to the error of each share."""
    from scipy.sparse import coo_array

    weight, points = _weights(battles), POINTS[battles.outcome]
    system = np.concatenate([battles.system_a, battles.system_b])
    twice = np.concatenate([weight, weight])
    residual = np.concatenate([points, 1 - points]) - share[system]
    total = np.bincount(system, twice, len(share))
    shape = (int(ids.max(initial=-1)) + 1, len(share))
    table = coo_array((twice * residual / total[system], (np.tile(ids, 2), system)), shape=shape)
    return table.tocsr()


def _half_width(square: Floats, clusters: NDArray[np.int64], confidence: float) -> Floats:
    """Return t standard errors from sums of squared cluster residuals, NaN where these cannot say anything."""
    from scipy.special import stdtrit

    known = (clusters >= 2) & (square > NOTHING**2)
    number = np.where(known, clusters, 2)
    error = np.sqrt(np.where(known, number / (number - 1) * square, np.nan))
    half: Floats = stdtrit(number - 1, 0.5 + confidence / 2) * error
    return half


def _weights(battles: Battles) -> Floats:
    return np.ones(len(battles)) if battles.weight is None else battles.weight


def _totals(counts: Counts) -> Floats:
    """Return each system's weight, never 0, so that a share over nothing is NaN by its own doing."""
    met = counts.weight.sum(axis=0)
    total: Floats = met.sum(axis=0) + met.sum(axis=1)
    return np.where(total > 0, total, 1.0)
