"""Newton's method for parameters that linear conditions hold, such as a mean of zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.contextual.objective import Objective, Reached
from analysis.data import Floats
from analysis.errors import Undefined, Why

MAX_ITERATIONS = 100
TOLERANCE = 1e-10  # of the last Newton step
TOO_FAR = 40.0  # nats: odds of 10^17, which no number of battles can show, so the optimum is running away
SUSPICIOUS = 20.0  # nats: where a search that fails had been running away
SINGULAR = 1e-11  # of the largest eigenvalue of the scaled information


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best parameters, the inverse of the information among those the conditions allow, and the steps taken."""

    parameters: Floats
    bread: Floats
    log_likelihood: float
    iterations: int


class RunawayError(Undefined):
    """No finite optimum: ``parameters`` are where the search was given up."""

    def __init__(self, parameters: Floats) -> None:
        super().__init__(
            Why.SEPARATED,
            "no finite optimum: style, position or a rater foretells results without fail; leave that term out, or "
            "give a penalty",
        )
        self.parameters = parameters


def maximise(objective: Objective, start: Floats, free: Floats) -> Optimum:
    """Climb from ``start`` along the columns of ``free``, which span the moves that the conditions allow.

    Raises
    ------
    Undefined
        ``separated`` (a RunawayError): leads grow without end; ``collinear``: the data do not tell some parameters
        apart; ``not_converged``: the steps did not shrink below 1e-10.
    """
    parameters, reached = start, objective.reached(start)
    for iteration in range(1, MAX_ITERATIONS + 1):
        slopes = objective.slopes(parameters)
        inverse = _inverse(free.T @ slopes.observed @ free)
        if inverse is None:  # the bend of the discriminations points the wrong way here; the expected never does
            inverse = _inverse(free.T @ slopes.expected @ free)
        if inverse is None:
            raise _lost(objective, parameters, reached)
        step = free @ (inverse @ (free.T @ slopes.gradient))
        parameters, reached = _climb(objective, parameters, step, reached)
        if reached.farthest > TOO_FAR:
            raise RunawayError(parameters)
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            inverse = _inverse(free.T @ objective.slopes(parameters).observed @ free)
            if inverse is None:
                raise _lost(objective, parameters, reached)
            return Optimum(parameters, free @ inverse @ free.T, reached.log_likelihood, iteration)
    if reached.farthest > SUSPICIOUS:
        raise RunawayError(parameters)
    raise Undefined(Why.NOT_CONVERGED, f"Newton's method did not reach 1e-10 in {MAX_ITERATIONS} steps")


def free_moves(conditions: Floats) -> Floats:
    """Return an orthonormal basis of the moves that change none of the conditions, which are rows."""
    basis, _ = np.linalg.qr(conditions.T, mode="complete")
    free: Floats = basis[:, len(conditions) :]
    return free


def _inverse(information: Floats) -> Floats | None:
    """Return the inverse of a positive definite matrix, None of any other."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (scale > 0).all():
        return None
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if len(values) and values[0] < SINGULAR * values[-1]:
        return None
    inverse: Floats = (vectors / values) @ vectors.T / np.outer(scale, scale)
    return inverse


def _climb(objective: Objective, parameters: Floats, step: Floats, before: Reached) -> tuple[Floats, Reached]:
    """Take the step, halved until the objective does not fall: far from the optimum Newton may overshoot."""
    slack = 1e-9 * (1 + abs(before.value))  # rounding near the top must not count as falling
    for _ in range(40):
        reached = objective.reached(parameters + step)
        if reached.value >= before.value - slack:
            return parameters + step, reached
        step = step / 2
    return parameters, before


def _lost(objective: Objective, parameters: Floats, reached: Reached) -> Undefined:
    """Say why the information has no inverse."""
    if reached.farthest > SUSPICIOUS:
        return RunawayError(parameters)
    text = "the battles do not tell the parameters apart"
    if objective.layout.judges:
        text = "discriminations have no common scale: raters contradict each other, or judged no pairs in common"
    return Undefined(Why.COLLINEAR, text)
