"""The win-rate methods of a leaderboard: against everybody or one baseline, from counts or from clusters of battles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.chances import chances
from analysis.clusters import Filling, column_of
from analysis.counts import Counts, tally
from analysis.data import Battles, Floats, Mask, take
from analysis.difference_matrix import Differences, Unit, difference_matrix
from analysis.errors import Why
from analysis.graph import weak_components
from analysis.options import Options
from analysis.ranks import RankSets, rank_sets, ranks
from analysis.rate_errors import NOTHING, clustered_ends, kept_outcomes, rate_covariance
from analysis.redraws import Redraw
from analysis.scores import Scores
from analysis.scoring import drawn_from
from analysis.strengths import Strengths
from analysis.win_rates import WinRates, win_rates

AGAINST_ALL = "share of points won over all battles of the system, not balanced for whom it met"


def by_win_rate(
    counts: Counts, options: Options, _filling: Filling | None = None, _redraw: Redraw | None = None
) -> Scores:
    """Rate by the share of points won over all battles of a system, a tie being half a point."""
    counts = counts_that_count(counts, options)
    rates = win_rates(counts, confidence=options.confidence)
    covariance = rate_covariance(counts, rates.overall)
    return _scores(rates, covariance, rates.n > 0, options)


def by_rows(battles: Battles, options: Options) -> Scores:
    """Rate by the share of points won, from the battles themselves: with clusters, or against a baseline.

    With clusters the interval is +- t standard errors, C - 1 degrees of freedom, the error being that of a ratio
    whose residuals are summed by cluster, times C/(C-1); else Wilson's. The baseline's own rate is one half.

    Raises
    ------
    Undefined
        ``not_recorded``: the battles lack the clusters' column.
    """
    cluster = None if options.cluster == "none" else column_of(battles, options.cluster).codes
    kept = kept_outcomes(options.ties, options.both_bad)[battles.outcome]
    met = tally(take(battles, kept)).number.sum(axis=0) > 0
    kept &= _with_baseline(battles, options)
    battles = take(battles, kept)
    counts = tally(battles)
    rates = win_rates(counts, confidence=options.confidence)
    if cluster is None:
        return _scores(rates, rate_covariance(counts, rates.overall), met, options)
    lower, upper, covariance = clustered_ends(battles, rates, cluster[kept], options.confidence)
    freedom = float(max(len(np.unique(cluster[kept])) - 1, 1))  # of one cluster the covariance is NaN
    return _scores(replace(rates, overall_lower=lower, overall_upper=upper), covariance, met, options, freedom)


def counts_that_count(counts: Counts, options: Options) -> Counts:
    """Return the counts without the outcomes that the options leave out."""
    kept = kept_outcomes(options.ties, options.both_bad)[:, None, None]
    return replace(counts, number=counts.number * kept, weight=counts.weight * kept, square=counts.square * kept)


def _with_baseline(battles: Battles, options: Options) -> Mask:
    if options.baseline is None:
        return np.ones(len(battles), dtype=np.bool_)
    if options.baseline not in battles.systems:
        raise ValueError(f"no system {options.baseline!r} as baseline; there is {', '.join(battles.systems[:20])}")
    place = battles.systems.index(options.baseline)
    with_it: Mask = (battles.system_a == place) | (battles.system_b == place)
    return with_it


def _scores(rates: WinRates, covariance: Floats, met: Mask, options: Options, freedom: float = np.inf) -> Scores:
    if options.baseline is not None:
        rates, covariance = _baseline_even(rates, covariance, rates.systems.index(options.baseline))
    unknown, component = np.isnan(rates.overall), weak_components(met)
    missing = Why.EMPTY if options.baseline is None else Why.NO_PAIRS
    reasons = tuple(missing if is_unknown else None for is_unknown in unknown)
    fit = replace(
        _as_strengths(rates, covariance, component, reasons, options), freedom=np.full(len(component), freedom)
    )
    silent, rng = options.ci == "none", np.random.default_rng(options.seed)
    sets = None if silent else rank_sets(fit, confidence=options.confidence, rng=rng)
    nothing = np.full_like(rates.overall, np.nan)
    rated = np.bincount(component[~unknown], minlength=len(component))
    return Scores(
        rating=rates.overall,
        lower=nothing if silent else rates.overall_lower,
        upper=nothing if silent else rates.overall_upper,
        rank=np.where(unknown, 1 + rated[component], ranks(fit)),
        sets=sets,
        component=component,
        group=component,
        reasons=reasons,
        log_likelihood=None,
        tie_parameter=None,
        robustness=None,
        conventions=_conventions(options),
        chances=None if silent else chances(fit, top=options.top, rng=np.random.default_rng([options.seed, 1])),
        differences=_differences(fit, sets, options),
    )


def _baseline_even(rates: WinRates, covariance: Floats, place: int) -> tuple[WinRates, Floats]:
    """Give the baseline one half by definition, like an anchor's rating: it has no error."""
    columns = [column.copy() for column in (rates.overall, rates.overall_lower, rates.overall_upper)]
    for column in columns:
        column[place] = 0.5
    covariance[place, :] = covariance[:, place] = 0.0
    return replace(rates, overall=columns[0], overall_lower=columns[1], overall_upper=columns[2]), covariance


def _as_strengths(
    rates: WinRates,
    covariance: Floats,
    component: NDArray[np.int64],
    reasons: tuple[Why | None, ...],
    options: Options,
) -> Strengths:
    """Return shares in the form that rank sets and differences read; a share without spread settles nothing."""
    spreadless = np.diag(covariance) <= NOTHING**2
    if options.baseline is not None:
        spreadless[rates.systems.index(options.baseline)] = False
    covariance = np.where(spreadless[:, None] | spreadless[None, :], np.nan, covariance)
    size = len(rates.systems)
    above = np.zeros((size, size), dtype=np.bool_)
    return Strengths(rates.systems, rates.overall, covariance, component, component, above, reasons, 0.0, 0)


def _differences(fit: Strengths, sets: RankSets | None, options: Options) -> Differences | None:
    if not options.differences or sets is None:
        return None
    unit = Unit("share of points", 1.0, None, "none: see the matrix of win rates")
    return difference_matrix(fit, sets, unit=unit, confidence=options.confidence)


def _conventions(options: Options) -> dict[str, str]:
    interval = f"Wilson, {options.confidence:g}"
    if options.cluster != "none":
        interval = f"clustered by {options.cluster}, C / (C - 1), t, {options.confidence:g}, cut at 0 and 1"
    sets = "marginal and for all at once, max-t of differences by the shares' joint covariance, "
    sets += f"{drawn_from(options.cluster)}, {options.confidence:g}"
    against = f"share of points won over its battles with {options.baseline}"
    return {
        "rating": AGAINST_ALL if options.baseline is None else against,
        "interval": "none" if options.ci == "none" else interval,
        "rank_sets": "none" if options.ci == "none" else sets,
    }
