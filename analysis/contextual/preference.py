"""Mean preferences against a baseline: win rates of raters that say how probable it is that a response is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.clusters import column_of
from analysis.contextual.against import mean_points, meets, place_of, seen_from
from analysis.contextual.rows import counted, weights_of
from analysis.contextual.terms import Estimate, missing
from analysis.data import Battles, take
from analysis.errors import Why
from analysis.options import Options


@dataclass(frozen=True, slots=True)
class MeanPreference:
    """One system against the baseline: the mean of ``n`` preferences, of which ``certain`` are outcomes alone."""

    system: str
    mean: Estimate
    n: int
    certain: int


def mean_preferences(battles: Battles, options: Options) -> tuple[MeanPreference, ...]:
    """Return the mean preference for each system over ``options.baseline``, the baseline itself left out.

    A preference is the probability, 0 to 1, that the rater gave to the system's response being the better one. Where
    the rater gave none, it is the outcome: 1, 0, or one half for a tie. The error of the mean is the sample standard
    deviation over the root of n, or with clusters that of their sums, times C / (C - 1); the interval is that of
    Student's t with C - 1 degrees of freedom, cut at 0 and 1.

    Raises
    ------
    Undefined
        ``not_recorded``: no column to cluster by.
    ValueError
        No such baseline.

    References
    ----------
    AlpacaEval 2 (Dubois, Galambosi, Liang and Hashimoto 2024, arXiv 2404.04475): win rate = mean preference, one
    fixed baseline, the probabilities being those of one token.
    """
    base = place_of(battles, options.baseline)
    cluster = np.arange(len(battles)) if options.cluster == "none" else column_of(battles, options.cluster).codes
    kept = counted(battles, ties=options.ties, both_bad=options.both_bad) & (weights_of(battles) > 0)
    found = []
    for place, name in enumerate(battles.systems):
        if place == base:
            continue
        rows = np.flatnonzero(kept & meets(battles, place, base))
        if not len(rows):
            found.append(MeanPreference(name, missing(Why.NO_PAIRS), 0, 0))
            continue
        own = take(battles, rows)
        against = seen_from(own, place, cluster[rows], np.zeros(len(rows)))
        certain = len(rows) if own.chance is None else int(np.isnan(own.chance).sum())
        mean = _within(mean_points(against, options.confidence))
        found.append(MeanPreference(name, mean, len(rows), certain))
    return tuple(found)


def _within(mean: Estimate) -> Estimate:
    if mean.lower is None or mean.upper is None:
        return mean
    return Estimate(mean.value, mean.error, max(0.0, mean.lower), min(1.0, mean.upper))
