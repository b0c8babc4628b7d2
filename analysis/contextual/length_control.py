"""Win rates against a baseline as they would be if the responses were equally long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import column_of
from analysis.contextual.against import Against, clustered_variance, mean_points, meets, place_of, seen_from
from analysis.contextual.collinear import telling
from analysis.contextual.newton import Optimum, free_moves, maximise
from analysis.contextual.objective import Layout, Objective, totals
from analysis.contextual.rows import Rows, counted, weights_of
from analysis.contextual.terms import Estimate, LengthControl, LengthControlledRate, estimate, missing
from analysis.data import Battles, Floats, take
from analysis.errors import Undefined, Why
from analysis.intervals import t_value
from analysis.options import Options
from analysis.strengths import SPREADLESS


def length_controlled(battles: Battles, options: Options, *, difficulty: Floats | None = None) -> LengthControl:
    """Return each system's win rate against ``options.baseline``, raw and with the effect of length taken out.

    The log-odds of winning are theta + phi tanh(L / sd(L)) + psi difficulty, L being the system's characters less
    the baseline's and sd(L) their standard deviation (by n). The length-controlled rate is the mean of
    1 / (1 + exp(-theta - psi difficulty)) over the battles. Its error is that of estimated coefficients and of the
    battles at hand, by the delta method with summed influences of clusters, C / (C - 1); its interval is that of
    Student's t with C - 1 degrees of freedom, on the scale of log-odds.

    A battle counts 1, 0 or, tied, one half; where the rater gave a probability, that probability.

    Parameters
    ----------
    battles : Battles
        Those with the baseline enter.
    options : Options
        Baseline, cluster, confidence, and what ties count: half a point, or nothing.
    difficulty : array, optional
        For each row of ``battles``, a fixed measure of how hard its prompt is, as AlpacaEval has one.

    Raises
    ------
    Undefined
        ``not_recorded``: no length, or no column to cluster by.

    References
    ----------
    Dubois, Galambosi, Liang and Hashimoto (2024), arXiv 2404.04475. They add a penalty and fixed difficulties, and
    print an error that leaves out that of the coefficients.
    """
    base = place_of(battles, options.baseline)
    if battles.style_a is None or battles.style_b is None:
        raise Undefined(Why.NOT_RECORDED, "length control needs the characters of both responses")
    cluster = np.arange(len(battles)) if options.cluster == "none" else column_of(battles, options.cluster).codes
    kept = counted(battles, ties=options.ties, both_bad=options.both_bad)
    kept &= weights_of(battles) > 0
    lines = []
    for place, name in enumerate(battles.systems):
        rows = np.flatnonzero(kept & meets(battles, place, base)) if place != base else np.array([], dtype=np.int64)
        if len(rows):
            hard = np.zeros(len(rows)) if difficulty is None else difficulty[rows]
            lines.append(_rate(name, take(battles, rows), place, cluster[rows], hard, options.confidence))
        elif place != base:
            lines.append(_line(name, missing(Why.NO_PAIRS), missing(Why.NO_PAIRS), missing(Why.NO_PAIRS), 0, 0))
    return LengthControl(battles.systems[base], tuple(lines))


def _rate(
    name: str, battles: Battles, place: int, cluster: NDArray[Any], difficulty: Floats, confidence: float
) -> LengthControlledRate:
    against = seen_from(battles, place, cluster, difficulty)
    raw = mean_points(against, confidence)
    known = ~np.isnan(against.longer)
    left_out = int((~known).sum())
    if not known.any():
        return _line(name, missing(Why.NOT_RECORDED), missing(Why.NOT_RECORDED), raw, 0, left_out)
    part = Against(*(getattr(against, column)[known] for column in Against.__slots__))
    try:
        rate, length = _controlled(part, confidence)
    except Undefined as error:
        rate, length = missing(error.code), missing(error.code)
    return _line(name, rate, length, raw, int(known.sum()), left_out)


def _controlled(against: Against, confidence: float) -> tuple[Estimate, Estimate]:
    """Return the length-controlled rate and phi."""
    if not (against.points < 1).any():
        raise Undefined(Why.UNBEATEN, "it never lost a point, so that no finite log-odds exist")
    if not (against.points > 0).any():
        raise Undefined(Why.WINLESS, "it never won a point, so that no finite log-odds exist")
    objective, has_length = _objective(against)
    layout = objective.layout
    optimum = maximise(objective, layout.start(), free_moves(_mean_zero(layout)))
    rate = _mean_rate(objective, optimum, against, has_length, confidence)
    if not has_length:
        return rate, missing(Why.NO_VARIANCE)
    return rate, _length_effect(objective, optimum, against, confidence)


def _objective(against: Against) -> tuple[Objective, bool]:
    """Return the likelihood as that of two systems, the first being ours; columns that say nothing are left out."""
    n = len(against.points)
    total = against.weight.sum()
    middle = against.weight @ against.longer / total
    spread = float(np.sqrt(against.weight @ (against.longer - middle) ** 2 / total))
    if not spread and against.longer.any():
        raise Undefined(Why.COLLINEAR, "every response is longer by the same, so length cannot be told from strength")
    length = np.tanh(against.longer / spread) if spread else np.zeros(n)
    columns = np.column_stack([length, against.difficulty])
    ours, baseline, nobody = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.int64), np.full(n, -1)
    rows = Rows(ours, baseline, against.points, against.weight, columns, np.zeros(n), np.zeros(n), nobody, nobody)
    objective = Objective(rows, Layout(2, 2))
    kept = telling(objective, _mean_zero(objective.layout))
    if spread and not kept[0]:
        raise Undefined(Why.COLLINEAR, "length cannot be told from strength")
    return Objective(replace(rows, style=columns[:, kept]), Layout(2, int(kept.sum()))), bool(kept[0])


def _mean_zero(layout: Layout) -> Floats:
    condition = np.zeros((1, layout.size))
    condition[0, layout.strengths] = 1.0
    return condition


def _mean_rate(
    objective: Objective, optimum: Optimum, against: Against, has_length: bool, confidence: float
) -> Estimate:
    """Return the mean chance to win with the length term left out, its error by summed influences."""
    parameters = optimum.parameters.copy()
    layout, rows = objective.layout, objective.rows
    if has_length:
        parameters[layout.style.start] = 0.0
    chance = 1 / (1 + np.exp(-objective.lead(rows, parameters)))
    share = rows.weight / rows.weight.sum()
    value = float(share @ chance)
    gradient = totals(objective.entries(rows, parameters), share * chance * (1 - chance), layout.size)
    if has_length:
        gradient[layout.style.start] = 0.0
    slope = optimum.bread @ gradient
    influence = share * (chance - value) + _influences(objective, optimum, slope)
    variance = clustered_variance(influence, against.cluster)
    if not variance > SPREADLESS * value * (1 - value) / len(chance):
        return Estimate(value, None, None, None)
    return _by_log_odds(value, float(np.sqrt(variance)), t_value(confidence, np.array(against.freedom)))


def _length_effect(objective: Objective, optimum: Optimum, against: Against, confidence: float) -> Estimate:
    place = objective.layout.style.start
    variance = clustered_variance(_influences(objective, optimum, optimum.bread[:, place]), against.cluster)
    return estimate(float(optimum.parameters[place]), variance, confidence, against.freedom)


def _influences(objective: Objective, optimum: Optimum, slope: Floats) -> Floats:
    """Return how far each row moves the parameters, along ``slope`` (the bread times a gradient)."""
    rows, parameters = objective.rows, optimum.parameters
    moved = np.zeros(len(rows))
    for column, value in objective.entries(rows, parameters):
        moved += value * slope[column]
    made: Floats = objective.residuals(rows, parameters) * moved
    return made


def _by_log_odds(value: float, error: float, critical: Floats) -> Estimate:
    middle, half = np.log(value / (1 - value)), float(critical) * error / (value * (1 - value))
    lower, upper = (float(1 / (1 + np.exp(-end))) for end in (middle - half, middle + half))
    return Estimate(value, error, lower, upper)


def _line(name: str, rate: Estimate, length: Estimate, raw: Estimate, n: int, left_out: int) -> LengthControlledRate:
    return LengthControlledRate(
        system=name,
        win_rate=rate.value,
        error=rate.error,
        lower=rate.lower,
        upper=rate.upper,
        raw_win_rate=raw.value,
        raw_error=raw.error,
        length_effect=length.value,
        length_error=length.error,
        n=n,
        left_out=left_out,
        reason=rate.reason,
    )
