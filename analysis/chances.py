"""How likely each system is the best of its component, or among the best few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.data import Floats
from analysis.graph import members
from analysis.ranks import correlated_normal
from analysis.strengths import Strengths

FEWEST_DRAWS, MOST_DRAWS = 2_000, 10_000
WORK = 2_000_000_000  # multiplications: below a second; larger boards get fewer draws for it
BLOCK = 1_000  # draws held at once


@dataclass(frozen=True, slots=True)
class Chances:
    """Shares of draws from N(strengths, covariance) in which a system comes first, or among the first ``top``.

    NaN throughout a component in which some system lacks a strength or an error on the common scale: who is best is
    then not a question of these numbers.
    """

    best: Floats
    among_top: Floats
    top: int
    draws: int


def chances(fit: Strengths, *, top: int, rng: np.random.Generator) -> Chances:
    """Draw the strengths of each component together and count who comes first, and who among the first ``top``.

    As a statement about true strengths this is a posterior with a flat prior, in the normal approximation.
    """
    best, among = np.full((2, len(fit.strengths)), np.nan)
    named = (np.array(sorted(places, key=fit.systems.__getitem__)) for places in members(fit.component))  # whatever
    boards = [places for places in named if _is_comparable(fit, places)]  # the order of the data, the same draws
    draws = _draws(max((len(places) for places in boards), default=1))
    for places in boards:
        covariance = fit.covariance[np.ix_(places, places)]
        best[places], among[places] = _shares(fit.strengths[places], covariance, top, draws, rng)
    return Chances(best, among, top, draws)


def _is_comparable(fit: Strengths, places: np.ndarray) -> bool:
    same = bool((fit.group[places] == fit.group[places[0]]).all())
    return same and len(places) > 1 and not np.isnan(np.diag(fit.covariance)[places]).any()


def _draws(size: int) -> int:
    return min(max(WORK // size**2, FEWEST_DRAWS), MOST_DRAWS)


def _shares(
    strengths: Floats, covariance: Floats, top: int, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    size = len(strengths)
    place = size - min(top, size)  # of the last that is still among the top, in ascending order
    first, among = np.zeros(size), np.zeros(size)
    for start in range(0, draws, BLOCK):
        drawn = strengths + correlated_normal(covariance, rng, min(BLOCK, draws - start))
        first += np.bincount(drawn.argmax(axis=1), minlength=size)
        among += (drawn >= np.partition(drawn, place, axis=1)[:, [place]]).sum(axis=0)
    return first / draws, among / draws
