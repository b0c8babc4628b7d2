"""Strengths for any set of systems: fitted where the data determine them, with a reason where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts, ties, wins
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.graph import members, reachable, strong_components, weak_components
from analysis.tie_models import GroupFit, fit_group, meat, sandwich

SPREADLESS = 1e-9  # of the model's own variance


@dataclass(frozen=True, slots=True)
class Strengths:
    """Strengths in natural log-odds, mean zero within each ``group``; NaN where no finite one exists.

    Systems of one ``component`` have met, directly or through others, and are ranked together. Systems of one
    ``group`` have also beaten each other, directly or through others, and share a scale. ``above[i, j]`` says that
    i and j are in different groups and every result between these, through however many others, went i's way.
    ``covariance`` is NaN across groups, and for systems whose results show no spread. ``freedom`` has, system by
    system, the degrees of freedom of its group's covariance: infinite without clusters, which None says of all.
    """

    systems: tuple[str, ...]
    strengths: Floats
    covariance: Floats
    component: NDArray[np.int64]
    group: NDArray[np.int64]
    above: Mask
    reasons: tuple[Why | None, ...]
    log_likelihood: float
    iterations: int
    tie_parameter: float | None = None
    freedom: Floats | None = None

    @property
    def degrees(self) -> Floats:
        """Return the degrees of freedom, system by system."""
        return np.full(len(self.strengths), np.inf) if self.freedom is None else self.freedom

    @property
    def same_group(self) -> Mask:
        """Return [i, j] True where i and j share a scale."""
        same: Mask = self.group[:, None] == self.group[None, :]
        return same


def bradley_terry(
    counts: Counts,
    *,
    rule: str = "half",
    both_bad: str = "tie",
    prior: float = 0.0,
    filling: Callable[[GroupFit, NDArray[Any]], tuple[Floats, float]] | None = None,
) -> Strengths:
    """Fit each group of systems that the battles compare both ways, with sandwich covariance.

    ``rule`` says what a tie counts: half, drop, davidson or rao-kupper (analysis.tie_models). ``both_bad`` "tie"
    counts battles that both lost as ties, "drop" leaves them out. ``prior`` adds pseudo-wins each way on every pair
    that met, which joins the groups of a component. ``filling`` makes the sandwich's filling, and its degrees of
    freedom, from a group's fit and its systems' places; without it battles count as independent. A group whose battles
    are all in one cluster has strengths without a covariance.

    Raises
    ------
    Undefined
        ``one_cluster``: that is so of every group.
    """
    beats = _beats(counts, rule, both_bad, prior)
    group = strong_components(beats)
    strengths, covariance = _unknown(len(beats))
    freedom = np.full(len(beats), np.inf)
    fits = []
    stopped: dict[int, Why] = {}
    single: list[Undefined] = []
    for places in (places for places in members(group) if len(places) > 1):
        part = counts.only(places)
        try:
            fit = fit_group(part.weight, rule=rule, both_bad=both_bad, prior=prior)
        except Undefined as error:  # the optimiser stopped short; the other groups are none the worse
            stopped.update(dict.fromkeys(places.tolist(), error.code))
            continue
        strengths[places] = fit.strengths
        fits.append(fit)
        try:
            stuffed, freedom[places] = (meat(fit, part.square), np.inf) if filling is None else filling(fit, places)
            covariance[np.ix_(places, places)] = unless_spreadless(sandwich(fit, stuffed), fit.bread)
        except Undefined as error:
            single.append(error)
    refuse_if_all(single, len(fits))
    return Strengths(
        systems=counts.systems,
        strengths=strengths,
        covariance=covariance,
        component=weak_components(beats),
        group=group,
        above=_above(beats, group),
        reasons=tuple(stopped.get(place, reason) for place, reason in enumerate(_reasons(beats, group))),
        log_likelihood=sum(fit.log_likelihood for fit in fits),
        iterations=max((fit.iterations for fit in fits), default=0),
        tie_parameter=fits[0].tie_parameter if len(fits) == 1 else None,
        freedom=freedom,
    )


def refuse_if_all(stopped: list[Undefined], groups: int) -> None:
    """Raise what stopped the groups if it stopped every one of them; a small group must not spoil a board."""
    if stopped and len(stopped) == groups:
        raise stopped[0]


def _beats(counts: Counts, rule: str, both_bad: str, prior: float) -> Mask:
    """Return [i, j] True where i took something from j: a win, or a tie if ties count."""
    won, drawn = wins(counts.weight), ties(counts.weight, both_bad=both_bad == "tie")
    beats: Mask = won > 0 if rule == "drop" else (won + drawn) > 0
    return beats | beats.T if prior > 0 else beats


def unless_spreadless(covariance: Floats, bread: Floats) -> Floats:
    """Blank the systems whose every result was exactly as expected, such as ties only: no spread is no certainty."""
    spreadless = np.diag(covariance) < SPREADLESS * np.diag(bread)[: len(covariance)]
    covariance[spreadless, :] = np.nan
    covariance[:, spreadless] = np.nan
    return covariance


def _unknown(size: int) -> tuple[Floats, Floats]:
    return np.full(size, np.nan), np.full((size, size), np.nan)


def _above(beats: Mask, group: NDArray[np.int64]) -> Mask:
    """Return who reaches whom along wins without being reached back."""
    above = np.zeros(beats.shape, dtype=np.bool_)
    if group.max(initial=0) == 0:
        return above
    for places in members(group):
        above[places] = reachable(beats, int(places[0]))
    above &= group[:, None] != group[None, :]
    return above


def _reasons(beats: Mask, group: NDArray[np.int64]) -> tuple[Why | None, ...]:
    alone = np.bincount(group, minlength=1)[group] == 1
    wins_any, loses_any = beats.sum(axis=1) > 0, beats.sum(axis=0) > 0
    reasons: list[Why | None] = [None] * len(beats)
    for place in np.flatnonzero(alone):
        reasons[place] = _reason(bool(wins_any[place]), bool(loses_any[place]))
    return tuple(reasons)


def _reason(wins_any: bool, loses_any: bool) -> Why:
    if not wins_any and not loses_any:
        return Why.EMPTY
    if not loses_any:
        return Why.UNBEATEN
    return Why.WINLESS if not wins_any else Why.SEPARATED
