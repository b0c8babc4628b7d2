"""Boards of rates against one baseline: length-controlled win rates and mean preferences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.contextual.length_control import length_controlled
from analysis.contextual.preference import MeanPreference, mean_preferences
from analysis.contextual.terms import Estimate, LengthControl, Terms
from analysis.data import Battles
from analysis.errors import Why
from analysis.notes import Note
from analysis.options import Options
from analysis.ranks import ahead
from analysis.scores import Scores

NOT_INDEPENDENT = "none: rates against one baseline are not independent"


def by_length_control(battles: Battles, options: Options) -> Scores:
    """Rate by the win rate against ``options.baseline`` at equal length; the baseline's own rate is one half.

    Raises
    ------
    Undefined
        As ``length_controlled``.
    """
    found = length_controlled(battles, options)
    rates = {one.system: Estimate(one.win_rate, one.error, one.lower, one.upper, one.reason) for one in found.rates}
    terms = Terms(length_control=found, notes=_notes_on_length(found))
    return _scores(battles.systems, rates, options, _conventions_of_length(found, options), terms)


def by_mean_preference(battles: Battles, options: Options) -> Scores:
    """Rate by the mean preference over ``options.baseline``; the baseline's own is one half.

    Raises
    ------
    Undefined
        As ``mean_preferences``.
    """
    found = mean_preferences(battles, options)
    terms = Terms(notes=_notes_on_certainty(found))
    rates = {one.system: one.mean for one in found}
    return _scores(battles.systems, rates, options, _conventions_of_preference(options), terms)


def _scores(
    systems: tuple[str, ...], rates: Mapping[str, Estimate], options: Options, conventions: dict[str, str], terms: Terms
) -> Scores:
    """Rank systems by their rates; whoever has no rate in ``rates`` is the baseline, and even with itself."""
    rating, lower, upper = (np.full(len(systems), np.nan) for _ in range(3))
    reasons: list[Why | None] = [None] * len(systems)
    met = np.ones(len(systems), dtype=np.bool_)
    for spot, name in enumerate(systems):
        # One half by definition, like an anchor's rating.
        rate = rates.get(name, Estimate(0.5, None, 0.5, 0.5))
        reasons[spot], met[spot] = rate.reason, rate.reason is not Why.NO_PAIRS
        rating[spot] = np.nan if rate.value is None else rate.value
        if options.ci != "none" and rate.lower is not None and rate.upper is not None:
            lower[spot], upper[spot] = rate.lower, rate.upper
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
        conventions=conventions,
        terms=terms,
    )


def _hanging_together(options: Options) -> str:
    return "battles independent" if options.cluster == "none" else f"clustered by {options.cluster}"


def _conventions_of_length(found: LengthControl, options: Options) -> dict[str, str]:
    by = f"{_hanging_together(options)}, t on C - 1 in log-odds, {options.confidence:g}"
    return {
        "rating": f"win rate against {found.baseline} at equal length: mean chance with the length term left out",
        "length": "tanh of the difference in characters over its standard deviation, one coefficient per system",
        "preference": "the rater's probability where it gave one, else the outcome",
        "interval": "none" if options.ci == "none" else f"delta method over coefficients and battles, {by}",
        "rank_sets": NOT_INDEPENDENT,
    }


def _conventions_of_preference(options: Options) -> dict[str, str]:
    by = f"{_hanging_together(options)}, C / (C - 1), t on C - 1, {options.confidence:g}, cut at 0 and 1"
    return {
        "rating": f"mean preference over {options.baseline}, 0 to 1",
        "preference": "the rater's probability where it gave one, else the outcome: 1, 0, or one half for a tie",
        "interval": "none" if options.ci == "none" else f"error of a mean, {by}",
        "rank_sets": NOT_INDEPENDENT,
    }


def _notes_on_length(found: LengthControl) -> tuple[Note, ...]:
    short = [one for one in found.rates if one.left_out]
    text = f"{sum(one.left_out for one in short)} battles are left out: the length of a response is not known"
    notes = [Note("style_not_recorded", text, tuple(one.system for one in short))] if short else []
    without = [one for one in found.rates if one.reason is not None]
    if without:
        text = "no length-controlled win rate: " + ", ".join(sorted({str(one.reason) for one in without}))
        notes.append(Note("no_length_control", text, tuple(one.system for one in without)))
    return tuple(notes)


def _notes_on_certainty(found: tuple[MeanPreference, ...]) -> tuple[Note, ...]:
    certain, n = (sum(getattr(one, name) for one in found) for name in ("certain", "n"))
    if not certain:
        return ()
    text = f"{certain} of {n} answers carry no probability of their rater and count as their outcome: 1, 0 or one half"
    return (Note("no_probability", text, tuple(one.system for one in found if one.certain)),)
