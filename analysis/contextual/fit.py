"""Bradley-Terry on rows: strengths beside style, positions and discriminations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contextual.collinear import telling
from analysis.contextual.covariance import filling
from analysis.contextual.newton import Optimum, RunawayError, free_moves, maximise
from analysis.contextual.objective import Layout, Objective
from analysis.contextual.prepared import Prepared
from analysis.contextual.raters import Own, nobody, unerring
from analysis.contextual.rows import Rows, joined, points_of_a, pseudo_rows, weights_of
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.graph import members
from analysis.options import Options
from analysis.strengths import SPREADLESS, Strengths, unless_spreadless


@dataclass(frozen=True, slots=True)
class _Spread:
    """The covariance of all parameters, and its degrees of freedom: infinite without clusters."""

    covariance: Floats
    freedom: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """Strengths, and the parameters beside them with their variances, NaN for one that was left out.

    ``features``, ``positions`` and ``judges`` have a line (value, variance, degrees of freedom) for each that was
    asked for.
    ``unerring`` are raters whose discrimination would be infinite.
    """

    strengths: Strengths
    features: Floats
    positions: Floats
    judges: Floats
    own_judges: Own
    unerring: NDArray[np.int64]


def fit(prepared: Prepared, options: Options) -> Fitted:
    """Estimate everything jointly; a rater whose every result follows the strengths is taken as an average one.

    Raises
    ------
    Undefined
        ``all_tied``: no discrimination shows. Others as ``newton.maximise`` and ``covariance.filling``.
    """
    own, faultless = prepared.judges, np.array([], dtype=np.int64)
    while True:
        try:
            return _fit(prepared, options, own if len(own.raters) > 1 else nobody(len(own.of_row)), faultless)
        except RunawayError as error:
            found = _runaways(prepared, own, error.parameters)
            if options.context.shrink or not len(found):
                raise
            faultless = np.sort(np.concatenate([faultless, found]))
            own = own.without(found)


def unfitted(prepared: Prepared) -> Fitted:
    """Return the plain fit and no estimates: no two systems have each taken something off the other."""
    nothing = np.full((len(prepared.style.names), 3), np.nan)
    return Fitted(prepared.base, nothing, nothing[:0], nothing[:0], prepared.judges, np.array([], dtype=np.int64))


def _fit(prepared: Prepared, options: Options, own: Own, faultless: NDArray[np.int64]) -> Fitted:
    objective, conditions = _objective(prepared, options, own)
    kept = telling(objective, conditions)
    objective, conditions = _without(objective, conditions, kept)
    layout = objective.layout
    if layout.judges:
        _refuse_ties_only(objective.rows)
    optimum = maximise(objective, _start(prepared, layout), free_moves(conditions))
    spread, of_raters = _spreads(prepared, objective, optimum, options.cluster)
    lines, own_lines = _lines(optimum, spread), _lines(optimum, of_raters)
    features = len(prepared.style.values.T)
    return Fitted(
        strengths=_strengths(prepared, optimum, spread),
        features=_put_back(lines[layout.style], kept[:features]),
        positions=_put_back(own_lines[layout.position], kept[features:]),
        judges=own_lines[layout.judge],
        own_judges=own,
        unerring=faultless,
    )


def _spreads(prepared: Prepared, objective: Objective, optimum: Optimum, cluster: str) -> tuple[_Spread, _Spread]:
    """Return the covariance of all parameters, and the one that raters' own numbers take their errors from.

    A rater's own numbers make the sum of that rater's scores zero, so clusters of raters know no error of them: theirs
    comes from prompts, or from single battles.
    """
    battles = prepared.battles
    rows = objective.rows.take(slice(0, len(battles)))

    def spread(by: str) -> _Spread:
        stuffed, freedom = filling(objective, rows, optimum.parameters, battles, by)
        return _Spread(optimum.bread @ stuffed @ optimum.bread, freedom)

    made = spread(cluster)
    within = {"rater": "none", "both": "prompt"}.get(cluster)
    if within is None or not (objective.layout.positions or objective.layout.judges):
        return made, made
    return made, spread(within)


def _objective(prepared: Prepared, options: Options, own: Own) -> tuple[Objective, Floats]:
    """Return what to maximise, and the conditions: mean strength zero in each group, mean discrimination one."""
    battles, style, position = prepared.battles, prepared.style, prepared.position
    rows = Rows(
        a=prepared.place[battles.system_a],
        b=prepared.place[battles.system_b],
        points=points_of_a(battles),
        weight=weights_of(battles),
        style=style.values,
        offset=style.offset,
        first=position.first,
        position=position.term,
        judge=own.of_row,
    )
    ridge = options.context.penalty * float(rows.weight.sum())
    layout = Layout(len(prepared.active), style.values.shape[1], position.size, len(own.raters))
    conditions = _conditions(prepared, layout, rows)
    if options.prior:
        rows = joined(rows, pseudo_rows(_met(rows, layout.systems), options.prior, layout.features))
    return Objective(rows, layout, ridge=ridge, shrink=options.context.shrink), conditions


def _conditions(prepared: Prepared, layout: Layout, rows: Rows) -> Floats:
    groups = members(prepared.base.group[prepared.active])
    lines = []
    for places in (places for places in groups if len(places)):
        line = np.zeros(layout.size)
        line[places] = 1.0
        lines.append(line)
    if layout.judges:
        line = np.zeros(layout.size)
        own = rows.judge >= 0
        line[layout.judge] = np.bincount(rows.judge[own], rows.weight[own], layout.judges)
        lines.append(line / line.sum())
    return np.array(lines)


def _met(rows: Rows, systems: int) -> Mask:
    cells = np.bincount(rows.a * systems + rows.b, minlength=systems * systems)
    made: Mask = cells.reshape(systems, systems) > 0
    return made


def _without(objective: Objective, conditions: Floats, kept: Mask) -> tuple[Objective, Floats]:
    """Leave out the features and positions that are not telling."""
    if kept.all():
        return objective, conditions
    layout, rows = objective.layout, objective.rows
    features, positions = kept[: layout.features], kept[layout.features :]
    place = np.append(np.where(positions, np.cumsum(positions) - 1, -1), -1)
    rows = replace(rows, style=rows.style[:, features], position=place[rows.position])
    reduced = replace(layout, features=int(features.sum()), positions=int(positions.sum()))
    columns = np.concatenate([np.ones(layout.systems, dtype=np.bool_), kept, np.ones(layout.judges, dtype=np.bool_)])
    return replace(objective, rows=rows, layout=reduced), conditions[:, columns]


def _start(prepared: Prepared, layout: Layout) -> Floats:
    parameters = layout.start()
    parameters[layout.strengths] = np.nan_to_num(prepared.base.strengths[prepared.active])
    return parameters


def _lines(optimum: Optimum, spread: _Spread) -> Floats:
    """Return each parameter, its variance, NaN where the scores show no spread, and the degrees of freedom."""
    variance, usual = np.diag(spread.covariance), np.diag(optimum.bread)
    known = np.where(variance > SPREADLESS * usual, variance, np.nan)
    return np.column_stack([optimum.parameters, known, np.full_like(known, spread.freedom)])


def _put_back(values: Floats, kept: Mask) -> Floats:
    """Put the values back among those left out, which are NaN."""
    made = np.full((len(kept), values.shape[1]), np.nan)
    made[kept] = values
    return made


def _strengths(prepared: Prepared, optimum: Optimum, found: _Spread) -> Strengths:
    base, active, size = prepared.base, prepared.active, len(prepared.active)
    strengths = np.full_like(base.strengths, np.nan)
    spread = np.full_like(base.covariance, np.nan)
    strengths[active] = optimum.parameters[:size]
    same = base.group[active][:, None] == base.group[active][None, :]
    made = unless_spreadless(found.covariance[:size, :size].copy(), optimum.bread)
    spread[np.ix_(active, active)] = np.where(same, made, np.nan)
    return replace(
        base,
        strengths=strengths,
        covariance=spread,
        reasons=tuple(None if place in set(active.tolist()) else why for place, why in enumerate(base.reasons)),
        log_likelihood=optimum.log_likelihood,
        iterations=optimum.iterations,
        freedom=np.full_like(strengths, found.freedom),
    )


def _runaways(prepared: Prepared, own: Own, parameters: Floats) -> NDArray[Any]:
    """Return the raters whose results follow the strengths without fail."""
    battles = prepared.battles
    strengths = parameters[: len(prepared.active)]
    difference = strengths[prepared.place[battles.system_a]] - strengths[prepared.place[battles.system_b]]
    return own.raters[unerring(points_of_a(battles), difference, own.of_row, len(own.raters))]


def _refuse_ties_only(rows: Rows) -> None:
    if bool((rows.points == 0.5).all()):
        raise Undefined(Why.ALL_TIED, "every battle is a tie, so no rater's discrimination shows")
