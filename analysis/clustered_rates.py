"""Win rates whose intervals know which battles belong together; against everybody, or against one baseline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import column_of
from analysis.comparison.estimates import add_up
from analysis.counts import tally
from analysis.data import BOTH_BAD, TIE, A, B, Battles, Floats, Mask, take
from analysis.errors import Why
from analysis.graph import weak_components
from analysis.intervals import wilson
from analysis.options import Options
from analysis.scores import Scores

Shares = tuple[float, float, float]


def by_rows(battles: Battles, options: Options) -> Scores:
    """Rate by the share of points won, from the battles themselves: against ``options.baseline`` if there is one.

    With clusters the interval is +- t standard errors, C - 1 degrees of freedom, the error being that of a ratio
    whose residuals are summed by cluster, times C/(C-1); else Wilson's. The baseline's own rate is one half.

    Raises
    ------
    Undefined
        ``not_recorded``: the battles lack the clusters' column.
    """
    cluster = None if options.cluster == "none" else column_of(battles, options.cluster).codes.astype(np.int64)
    size = len(battles.systems)
    shares = np.full((size, 3), np.nan)
    for place in range(size):
        rows, points = _played(battles, place, options)
        if len(rows):
            weight = np.ones(len(rows)) if battles.weight is None else battles.weight[rows]
            shares[place] = _share(points, weight, None if cluster is None else cluster[rows], options)
    if options.baseline is not None:
        shares[battles.systems.index(options.baseline)] = 0.5  # by definition, like an anchor's rating
    met = tally(take(battles, _counts(battles, options))).number.sum(axis=0) > 0
    return _scores(shares, met, options)


def _played(battles: Battles, place: int, options: Options) -> tuple[NDArray[np.int64], Floats]:
    """Return a system's battles that count, and its points in them."""
    is_a, is_b = battles.system_a == place, battles.system_b == place
    opponent = np.where(is_a, battles.system_b, battles.system_a)
    rows = np.flatnonzero((is_a | is_b) & _counts(battles, options) & _against(battles, opponent, options))
    won = np.where(is_a[rows], battles.outcome[rows] == A, battles.outcome[rows] == B)
    drawn = np.isin(battles.outcome[rows], (TIE, BOTH_BAD))
    return rows, won + drawn / 2


def _counts(battles: Battles, options: Options) -> Mask:
    kept: Mask = np.ones(len(battles), dtype=np.bool_)
    if options.ties == "drop":
        kept &= battles.outcome != TIE
    if options.ties == "drop" or options.both_bad == "drop":
        kept &= battles.outcome != BOTH_BAD
    return kept


def _against(battles: Battles, opponent: NDArray[np.int64], options: Options) -> Mask:
    if options.baseline is None:
        return np.ones(len(battles), dtype=np.bool_)
    if options.baseline not in battles.systems:
        raise ValueError(f"no system {options.baseline!r} as baseline; there is {', '.join(battles.systems[:20])}")
    same: Mask = opponent == battles.systems.index(options.baseline)
    return same


def _share(points: Floats, weight: Floats, cluster: NDArray[np.int64] | None, options: Options) -> Shares:
    total = float(weight.sum())
    if not total:
        return np.nan, np.nan, np.nan
    share = float(points @ weight) / total
    if options.ci == "none":
        return share, np.nan, np.nan
    if cluster is None:
        effective = total**2 / float(weight @ weight)
        lower, upper = wilson(np.array([share]), np.array([effective]), options.confidence)
        return share, float(lower[0]), float(upper[0])
    return share, *_clustered_ends(share, weight * (points - share) / total, cluster, options.confidence)


def _clustered_ends(
    share: float, residual: Floats, cluster: NDArray[np.int64], confidence: float
) -> tuple[float, float]:
    from scipy.special import stdtrit

    sums = add_up(residual[:, None], cluster)[:, 0]
    clusters = len(sums)
    if clusters < 2 or not np.abs(sums).max() > 1e-12:  # one cluster, or no spread: no interval
        return np.nan, np.nan
    error = float(np.sqrt(clusters / (clusters - 1) * (sums @ sums)))
    half = float(stdtrit(clusters - 1, 0.5 + confidence / 2)) * error
    return max(0.0, share - half), min(1.0, share + half)


def _scores(shares: Floats, met: Mask, options: Options) -> Scores:
    rating = shares[:, 0]
    component = weak_components(met)
    ahead = (rating[:, None] > rating[None, :]) & (component[:, None] == component[None, :])
    missing = Why.EMPTY if options.baseline is None else Why.NO_PAIRS
    interval = f"Wilson, {options.confidence:g}"
    if options.cluster != "none":
        interval = f"clustered by {options.cluster}, C / (C - 1), t, {options.confidence:g}, cut at 0 and 1"
    whom = "all battles of the system" if options.baseline is None else f"its battles with {options.baseline}"
    return Scores(
        rating=rating,
        lower=shares[:, 1],
        upper=shares[:, 2],
        rank=1 + ahead.sum(axis=0),
        sets=None,
        component=component,
        group=component,
        reasons=tuple(missing if unknown else None for unknown in np.isnan(rating)),
        log_likelihood=None,
        tie_parameter=None,
        robustness=None,
        conventions={
            "rating": f"share of points won over {whom}",
            "interval": "none" if options.ci == "none" else interval,
            "rank_sets": "none: shares of systems that met each other are not independent",
        },
    )
