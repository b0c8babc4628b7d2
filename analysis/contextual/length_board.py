"""Boards of length-controlled win rates."""

from __future__ import annotations

import numpy as np

from analysis.contextual.length_control import length_controlled
from analysis.contextual.terms import LengthControl, Terms
from analysis.data import Battles
from analysis.errors import Why
from analysis.notes import Note
from analysis.options import Options
from analysis.ranks import ahead
from analysis.scores import Scores


def by_length_control(battles: Battles, options: Options) -> Scores:
    """Rate by the win rate against ``options.baseline`` at equal length; the baseline's own rate is one half.

    Raises
    ------
    Undefined
        As ``length_controlled``.
    """
    found = length_controlled(battles, options)
    place = {name: spot for spot, name in enumerate(battles.systems)}
    rating, lower, upper = (np.full(len(place), np.nan) for _ in range(3))
    reasons: list[Why | None] = [None] * len(place)
    met = np.zeros(len(place), dtype=np.bool_)
    met[place[found.baseline]] = True
    for one in found.rates:
        spot = place[one.system]
        reasons[spot], met[spot] = one.reason, one.reason is not Why.NO_PAIRS
        rating[spot] = np.nan if one.win_rate is None else one.win_rate
        if options.ci != "none" and one.lower is not None and one.upper is not None:
            lower[spot], upper[spot] = one.lower, one.upper
    even = place[found.baseline]  # one half by definition, like an anchor's rating
    rating[even] = 0.5
    if options.ci != "none":
        lower[even] = upper[even] = 0.5
    component = np.where(met, 0, np.cumsum(~met))
    return Scores(
        rating=rating,
        lower=lower,
        upper=upper,
        rank=1 + (ahead(rating) & (component[:, None] == component[None, :])).sum(axis=0),
        sets=None,
        component=component,
        group=component,
        reasons=tuple(reasons),
        log_likelihood=None,
        tie_parameter=None,
        robustness=None,
        conventions=_conventions(found, options),
        terms=Terms(length_control=found, notes=_notes(found)),
    )


def _conventions(found: LengthControl, options: Options) -> dict[str, str]:
    by = "battles independent" if options.cluster == "none" else f"clustered by {options.cluster}"
    interval = f"delta method over coefficients and battles, {by}, t on C - 1 in log-odds, {options.confidence:g}"
    return {
        "rating": f"win rate against {found.baseline} at equal length: mean chance with the length term left out",
        "length": "tanh of the difference in characters over its standard deviation, one coefficient per system",
        "interval": "none" if options.ci == "none" else interval,
        "rank_sets": "none: rates against one baseline are not independent",
    }


def _notes(found: LengthControl) -> tuple[Note, ...]:
    short = [one for one in found.rates if one.left_out]
    text = f"{sum(one.left_out for one in short)} battles are left out: the length of a response is not known"
    notes = [Note("style_not_recorded", text, tuple(one.system for one in short))] if short else []
    without = [one for one in found.rates if one.reason is not None]
    if without:
        text = "no length-controlled win rate: " + ", ".join(sorted({str(one.reason) for one in without}))
        notes.append(Note("no_length_control", text, tuple(one.system for one in without)))
    return tuple(notes)
