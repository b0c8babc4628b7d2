"""Strengths for any set of systems: fitted where the data determine them, with a reason where not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.bradley_terry import fit_bradley_terry, sandwich
from analysis.counts import Counts, ties, wins
from analysis.data import Floats, Mask
from analysis.errors import Why
from analysis.graph import members, reachable, strong_components, weak_components

SPREADLESS = 1e-9  # of the model's own variance


@dataclass(frozen=True, slots=True)
class Strengths:
    """Strengths in natural log-odds, mean zero within each ``group``; NaN where no finite one exists.

    Systems of one ``component`` have met, directly or through others, and are ranked together. Systems of one
    ``group`` have also beaten each other, directly or through others, and share a scale. ``above[i, j]`` says that
    i and j are in different groups and every result between these, through however many others, went i's way.
    ``covariance`` is NaN across groups, and for systems whose results show no spread.
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

    @property
    def same_group(self) -> Mask:
        """Return [i, j] True where i and j share a scale."""
        same: Mask = self.group[:, None] == self.group[None, :]
        return same


def bradley_terry(counts: Counts, *, both_bad: str = "tie", prior: float = 0.0) -> Strengths:
    """Fit each group of systems that the battles compare both ways, ties as half wins, with sandwich covariance.

    ``both_bad`` "tie" counts battles that both lost as ties, "drop" leaves them out. ``prior`` adds pseudo-wins
    each way on every pair that met, which joins the groups of a component.
    """
    merged = both_bad == "tie"
    points = wins(counts.weight) + ties(counts.weight, both_bad=merged) / 2
    points = points + prior * ((points + points.T) > 0)
    won, drawn = wins(counts.square), ties(counts.square, both_bad=merged)
    beats = points > 0
    group = strong_components(beats)
    strengths, covariance = _unknown(len(points))
    likelihood, iterations = 0.0, 0
    for places in members(group):
        if len(places) < 2:
            continue
        square = np.ix_(places, places)
        fit = fit_bradley_terry(points[square])
        strengths[places] = fit.strengths
        covariance[square] = _unless_spreadless(sandwich(fit, won[square], drawn[square]), fit.inverse)
        likelihood += fit.log_likelihood
        iterations = max(iterations, fit.iterations)
    above = _above(beats, group)
    component = weak_components(beats)
    return Strengths(
        counts.systems, strengths, covariance, component, group, above, _reasons(beats, group), likelihood, iterations
    )


def _unless_spreadless(covariance: Floats, inverse: Floats) -> Floats:
    """Blank the systems whose every result was exactly as expected, such as ties only: no spread is no certainty."""
    spreadless = np.diag(covariance) < SPREADLESS * np.diag(inverse)
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
