"""Bradley-Terry strengths by maximum likelihood on counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.graph import strong_components

MAX_ITERATIONS = 100
TOLERANCE = 1e-10  # of the last Newton step, in nats: 1.7e-8 rating points before that step, squared after it


@dataclass(frozen=True, slots=True)
class BradleyTerryFit:
    """The optimum: ``strengths`` in natural log-odds with mean zero, and what its interval is made of.

    P(i beats j) = ``chances[i, j]`` = 1 / (1 + exp(strengths[j] - strengths[i])). ``inverse`` inverts the
    information matrix on the space of strengths with mean zero.
    """

    strengths: Floats
    chances: Floats
    inverse: Floats
    log_likelihood: float
    iterations: int


def fit_bradley_terry(points: Floats, *, prior: float = 0.0) -> BradleyTerryFit:
    """Estimate Bradley-Terry strengths by Newton's method.

    Parameters
    ----------
    points : array, shape (n, n)
        ``points[i, j]`` counts the battles system i won against j; a tie adds 0.5 to both.
    prior : float, in battles
        Pseudo-wins added each way on every pair that met; never on pairs that did not, which would link groups.

    Raises
    ------
    Undefined
        ``separated``: some systems never lost to the rest, so no finite maximum exists (Ford 1957).
        ``not_converged``: the steps did not shrink below 1e-10; no case is known.

    References
    ----------
    Ford (1957), American Mathematical Monthly 64(8), 28-33. Hunter (2004), Annals of Statistics 32(1), 384-406.
    """
    points = points + prior * ((points + points.T) > 0)
    return _finish(points, *best_strengths(points, np.zeros(len(points))))


def best_strengths(points: Floats, start: Floats) -> tuple[Floats, float, int]:
    """Return the most likely strengths, their log-likelihood and the steps it took from ``start``.

    Raises
    ------
    Undefined
        As ``fit_bradley_terry``.
    """
    _refuse_separated(points)
    played = points + points.T
    strengths, value = start, log_likelihood(points, start)
    for iteration in range(1, MAX_ITERATIONS + 1):
        chances = win_chances(strengths)
        gradient = (points * chances.T - points.T * chances).sum(axis=1)  # not 1 - chances: that would cancel
        step = np.linalg.solve(_information(played, chances) + 1 / len(points), gradient)
        strengths, value = _climb(points, strengths, step, value)
        if np.abs(step).max() < TOLERANCE:
            return strengths, value, iteration
    raise Undefined(Why.NOT_CONVERGED, f"Newton's method did not reach 1e-10 in {MAX_ITERATIONS} steps")


def win_chances(strengths: Floats) -> Floats:
    """Return the matrix of P(i beats j)."""
    difference = np.clip(strengths[:, None] - strengths[None, :], -700, 700)  # exp() holds up to 709
    chances: Floats = 1 / (1 + np.exp(-difference))
    return chances


def log_likelihood(points: Floats, strengths: Floats) -> float:
    """Sum points * ln P(i beats j), in nats; a tie counts as half of each result."""
    difference = strengths[:, None] - strengths[None, :]
    surprise = np.maximum(-difference, 0) + np.log1p(np.exp(-np.abs(difference)))  # logaddexp(0, -difference), slower
    return -float(np.vdot(points, surprise))


def laplacian(weights: Floats) -> Floats:
    """Return diag(row sums) - weights, for a symmetric matrix of edge weights."""
    return np.diag(weights.sum(axis=1)) - weights


def _information(played: Floats, chances: Floats) -> Floats:
    return laplacian(played * chances * chances.T)


def _climb(points: Floats, strengths: Floats, step: Floats, value: float) -> tuple[Floats, float]:
    """Take the step, halved until the likelihood does not fall: far from the optimum Newton may overshoot."""
    slack = 1e-9 * (1 + abs(value))  # rounding near the top must not count as falling
    for _ in range(30):
        trial = strengths + step
        trial_value = log_likelihood(points, trial - trial.mean())
        if trial_value >= value - slack:
            return trial - trial.mean(), trial_value
        step = step / 2
    return strengths, value


def _finish(points: Floats, strengths: Floats, value: float, iterations: int) -> BradleyTerryFit:
    chances = win_chances(strengths)
    size = len(points)
    inverse = np.asarray(np.linalg.inv(_information(points + points.T, chances) + 1 / size) - 1 / size, np.float64)
    return BradleyTerryFit(strengths, chances, inverse, value, iterations)


def _refuse_separated(points: Floats) -> None:
    group = strong_components(points > 0)
    groups = int(group.max(initial=-1)) + 1
    if groups != 1:
        raise Undefined(
            Why.SEPARATED,
            f"no finite strengths: {len(points)} systems fall into {groups} groups {group.tolist()[:50]} whose wins go "
            "one way or not at all; add battles between them or set prior > 0",
        )
