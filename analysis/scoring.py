"""The methods a leaderboard can rate systems by: counts in, one score per system out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analysis.chances import Chances, chances
from analysis.clusters import Filling
from analysis.counts import Counts
from analysis.data import Floats
from analysis.difference_matrix import Differences, Unit, difference_matrix
from analysis.errors import Undefined, Why
from analysis.intervals import t_value
from analysis.options import Options
from analysis.ranks import RankSets, differences, rank_sets, ranks
from analysis.redraws import Redraw, battles_redrawn, redrawn_strengths, with_covariance_of
from analysis.reweighting import ENOUGH, pair_weights, reweighted_counts
from analysis.robustness import Robustness, fewest_battles
from analysis.scores import BASE, POINTS_PER_NAT, Scores
from analysis.strengths import Strengths, bradley_terry


def by_bradley_terry(
    counts: Counts, options: Options, filling: Filling | None = None, redraw: Redraw | None = None
) -> Scores:
    """Rate by Bradley-Terry strengths: 1000 + 400 / ln 10 x strength, mean 1000 in each group unless anchored.

    ``filling`` and ``redraw`` bring the clusters to the sandwich and to the bootstrap.
    """
    counts = reweighted(counts, options)
    fit = bradley_terry(counts, rule=options.ties, both_bad=options.both_bad, prior=options.prior, filling=filling)
    rng = np.random.default_rng(options.seed)
    if options.ci == "bootstrap":
        fit, *ends = _redrawn(redraw or battles_redrawn(counts), fit, options, rng)
    else:
        ends = [*_sandwich_ends(fit, options)]
    return replace(_rated(fit, options, ends, rng), robustness=_robustness(counts, fit, options))


def rated(fit: Strengths, options: Options) -> Scores:
    """Put strengths with a sandwich covariance on the scale of ratings."""
    return _rated(fit, options, [*_sandwich_ends(fit, options)], np.random.default_rng(options.seed))


def _rated(fit: Strengths, options: Options, ends: list[Floats], rng: np.random.Generator) -> Scores:
    rating, _ = on_scale(fit, options.anchor)
    lower, upper = ends
    sets = None if options.ci == "none" else rank_sets(fit, confidence=options.confidence, rng=rng)
    return Scores(
        rating=rating,
        lower=lower,
        upper=upper,
        rank=ranks(fit),
        sets=sets,
        component=fit.component,
        group=fit.group,
        reasons=fit.reasons,
        log_likelihood=fit.log_likelihood,
        tie_parameter=fit.tie_parameter,
        robustness=None,
        conventions=_bradley_terry_conventions(fit, options),
        chances=chances_of(fit, options),
        differences=_differences(fit, sets, options),
    )


def reweighted(counts: Counts, options: Options) -> Counts:
    """Return the counts with the weights that the options give to pairs."""
    if options.reweight == "none":
        return counts
    return reweighted_counts(counts, pair_weights(counts, rule=options.ties, both_bad=options.both_bad))


def chances_of(fit: Strengths, options: Options) -> Chances | None:
    """Return each system's chance to be the best, from random numbers of its own, so that no other draw moves it."""
    if options.ci == "none":
        return None
    return chances(fit, top=options.top, rng=np.random.default_rng([options.seed, 1]))


def _differences(fit: Strengths, sets: RankSets | None, options: Options) -> Differences | None:
    if not options.differences or sets is None:
        return None
    unit = Unit("points", POINTS_PER_NAT, *_wins_by_lead(fit, options))
    return difference_matrix(fit, sets, unit=unit, confidence=options.confidence)


def _wins_by_lead(fit: Strengths, options: Options) -> tuple[Callable[[Floats], Floats] | None, str]:
    """Return the chance to win a battle as a function of the lead in strength, and what it means."""
    parameter = fit.tie_parameter
    if options.ties == "drop":
        return expit, "chance to win a battle that is decided"
    if options.ties == "half":
        return expit, "expected points of a battle, a tie being half a point"
    if parameter is None:
        return None, "none: no tie or no win, or systems on several scales"
    meaning = "chance to win a battle, a tie being an outcome of its own"
    if options.ties == "davidson":
        return lambda lead: 1 / (1 + np.exp(-lead) + parameter * np.exp(-lead / 2)), meaning
    return lambda lead: expit(lead - parameter), meaning


def expit(lead: Floats) -> Floats:
    """Return 1 / (1 + exp(-lead))."""
    made: Floats = 1 / (1 + np.exp(-np.clip(lead, -700, 700)))
    return made


def _robustness(counts: Counts, fit: Strengths, options: Options) -> Robustness | None:
    if not options.robustness:
        return None
    return fewest_battles(counts, fit, rule=options.ties, both_bad=options.both_bad)


def _sandwich_ends(fit: Strengths, options: Options) -> tuple[Floats, Floats]:
    rating, error = on_scale(fit, options.anchor)
    if options.ci == "none":
        return np.full_like(rating, np.nan), np.full_like(rating, np.nan)
    half = t_value(options.confidence, fit.degrees) * POINTS_PER_NAT * error
    return rating - half, rating + half


def _redrawn(
    redraw: Redraw, fit: Strengths, options: Options, rng: np.random.Generator
) -> tuple[Strengths, Floats, Floats]:
    """Return the fit with the bootstrap's covariance, and percentile ends."""
    drawn = redrawn_strengths(
        redraw,
        fit,
        rule=options.ties,
        both_bad=options.both_bad,
        prior=options.prior,
        rounds=options.rounds,
        rng=rng,
    )
    spread = with_covariance_of(fit, drawn)
    known = ~np.isnan(np.diag(spread.covariance))
    ratings = np.array([on_scale(replace(spread, strengths=row), options.anchor)[0] for row in drawn])
    tail = (1 - options.confidence) / 2
    ends = np.full((2, len(known)), np.nan)
    ends[:, known] = np.nanquantile(ratings[:, known], [tail, 1 - tail], axis=0)
    return spread, ends[0], ends[1]


def on_scale(fit: Strengths, anchor: tuple[str, float] | None) -> tuple[Floats, Floats]:
    """Return ratings and the standard errors of the strengths, relative to the anchor in the anchor's group."""
    rating, error = BASE + POINTS_PER_NAT * fit.strengths, np.sqrt(np.diag(fit.covariance))
    if anchor is None:
        return rating, error
    name, value = anchor
    if name not in fit.systems:
        raise ValueError(f"no system {name!r} to anchor; there is {', '.join(fit.systems[:20])}")
    place = fit.systems.index(name)
    if np.isnan(rating[place]):
        why = fit.reasons[place] or Why.EMPTY
        raise Undefined(why, f"{name!r} has no rating to anchor: it is {why}")
    same = fit.same_group[place]
    lead = value + POINTS_PER_NAT * (fit.strengths - fit.strengths[place])
    return np.where(same, lead, rating), np.where(same, differences(fit.covariance)[place], error)


def _bradley_terry_conventions(fit: Strengths, options: Options) -> dict[str, str]:
    with_interval = options.ci != "none"
    drawn = {"none": "battles"}.get(options.cluster, f"{options.cluster}s with all their battles")
    interval = {
        "none": "none",
        "bootstrap": f"bootstrap of {drawn}, percentile, {options.confidence:g}, {options.rounds} rounds",
        "sandwich": f"sandwich, {quantile(options.cluster)}, {options.confidence:g}, {_apart(options.cluster)}",
    }[options.ci]
    pinned = "mean 1000" if options.anchor is None else f"{options.anchor[0]} = {options.anchor[1]:g}"
    return {
        "rating": f"1000 + 400 / ln 10 x strength, {pinned} among systems that share a scale",
        "interval": interval,
        "rank_sets": f"marginal and for all at once, max-t of differences, {drawn_from(_told(options))}, "
        f"{options.confidence:g}"
        if with_interval
        else "none",
        "reweighting": "every battle counts once"
        if options.reweight == "none"
        else f"battles weigh 1 / max(battles of their pair, {ENOUGH}), scaled to the same total",
        "prior": f"{options.prior:g} pseudo-wins each way on every pair that met",
        "optimum": f"Newton, last step below 1e-10, {fit.iterations} iterations",
    }


def _told(options: Options) -> str:
    """Return the clusters that the sandwich was told; the bootstrap draws them itself, and no t makes up for few."""
    return "none" if options.ci == "bootstrap" else options.cluster


def drawn_from(cluster: str) -> str:
    """Return in words what the largest difference is drawn from."""
    return quantile(cluster) if cluster == "none" else f"multivariate {quantile(cluster)}"


def quantile(cluster: str) -> str:
    """Return in words the distribution that intervals of clustered errors go by."""
    return {"none": "normal", "both": "t on the smaller C - 1"}.get(cluster, "t on C - 1")


def _apart(cluster: str) -> str:
    by = {"prompt": "prompt", "rater": "rater", "both": "prompt and by rater"}.get(cluster)
    return "battles independent" if by is None else f"clustered by {by}, C / (C - 1)"
