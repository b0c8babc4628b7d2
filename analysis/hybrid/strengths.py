"""Prediction-powered Bradley-Terry: strengths as people would give them, with a judge's help on further battles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.bradley_terry import laplacian, win_chances
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.graph import weak_components
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.gradients import Gradients, gradients_of
from analysis.hybrid.parts import cut
from analysis.ranks import RankSets, rank_sets
from analysis.strengths import Strengths

MAX_ITERATIONS = 100
TOLERANCE = 1e-10  # of the last Newton step, in nats
TOO_FAR = 25.0  # nats: odds of 10^10, where the optimum is running away
PILOTS = (0.5, 1.0)  # powers of the fit that lambda is chosen at, else 0; each is consistent, so any that exists serves


@dataclass(frozen=True, slots=True)
class HybridStrengths:
    """Strengths in log-odds with mean zero, their covariance, and how much the judge helped.

    ``power`` is lambda, ``effective_n`` how many of people's battles would make the covariance as small (by its
    trace), ``n`` how many there are and ``n_judged`` how many only the judge decided.
    """

    fit: Strengths
    power: float
    effective_n: float
    n: int
    n_judged: int

    def rank_sets(self, *, confidence: float = 0.95, seed: int = 0) -> RankSets:
        """Return marginal and simultaneous rank sets, as for any Bradley-Terry fit."""
        return rank_sets(self.fit, confidence=confidence, rng=np.random.default_rng(seed))


def hybrid_strengths(battles: JudgedBattles, *, power: float | None = None) -> HybridStrengths:
    """Fit Bradley-Terry to people's battles, corrected towards all battles by the judge.

    The strengths minimise L(people) + power * (L(judge, other battles) - L(judge, people's battles)), each L a mean
    negative log-likelihood, with ties as half wins. Intervals hold however biased the judge is.

    Parameters
    ----------
    battles : JudgedBattles
        The judge's decisions on all battles and people's on some.
    power : float, optional
        Lambda from 0 to 1. None chooses the one with the smallest trace of the covariance.

    Raises
    ------
    Undefined
        ``one_system``, ``empty``, ``too_few`` (fewer than two battles by people), ``one_cluster``, ``disconnected``
        (people's battles do not link all systems, so the judge's bias on some cannot be known), ``separated`` or
        ``not_converged`` (no finite optimum).

    References
    ----------
    Angelopoulos, Duchi and Zrnic (2023), arXiv 2311.01453. Boyeau et al. (2024), arXiv 2403.07008.
    """
    if power is not None and not 0 <= power <= 1:
        raise ValueError(f"power must lie between 0 and 1, not {power}")
    _refuse(battles)
    objective = _Objective.of(battles)
    if not objective.others:
        power = 0.0
    if power is None:
        power = cut(_best_power(objective, battles))
    strengths, iterations = objective.minimum(power)
    made = gradients_of(battles, win_chances(strengths))
    return _finished(battles, objective, strengths, power, made, iterations)


@dataclass(frozen=True, slots=True)
class _Objective:
    """Mean negative log-likelihoods per pair: battles met and points won, of people's, and of the judge's on both."""

    met: Floats
    met_other: Floats
    human: Floats
    judge: Floats
    judge_other: Floats
    others: int

    @classmethod
    def of(cls, battles: JudgedBattles) -> _Objective:
        known = battles.labelled
        return cls(
            met=_per_pair(battles, known, np.ones(len(battles))),
            met_other=_per_pair(battles, ~known, np.ones(len(battles))),
            human=_per_pair(battles, known, battles.human),
            judge=_per_pair(battles, known, battles.judge),
            judge_other=_per_pair(battles, ~known, battles.judge),
            others=int((~known).sum()),
        )

    def weights(self, power: float) -> tuple[Floats, Floats]:
        """Return what each ordered pair met and won under this power; symmetric in what it met."""
        met = (1 - power) * self.met + power * self.met_other
        won = self.human - power * self.judge + power * self.judge_other
        return met + met.T, won + (met.T - won.T)

    def minimum(self, power: float) -> tuple[Floats, int]:
        """Return the strengths at the minimum, by Newton's method with steps halved where they would climb."""
        met, won = self.weights(power)
        strengths = np.zeros(len(met))
        value = _loss(met, won, strengths)
        for iteration in range(1, MAX_ITERATIONS + 1):
            chances = win_chances(strengths)
            gradient = (won - met * chances).sum(axis=1)
            step = np.linalg.solve(hessian(met, chances) + 1 / len(met), gradient)
            strengths, value = _descend(met, won, strengths, step - step.mean(), value)
            if np.abs(strengths).max() > TOO_FAR:
                raise Undefined(Why.SEPARATED, "no finite strengths: the results of some systems go one way only")
            if np.abs(step).max() < TOLERANCE:
                return strengths, iteration
        raise Undefined(Why.NOT_CONVERGED, f"Newton's method did not reach 1e-10 in {MAX_ITERATIONS} steps")

    def inverse(self, power: float, strengths: Floats) -> Floats:
        """Return the inverse Hessian on strengths with mean zero."""
        size = len(strengths)
        curve = hessian(self.weights(power)[0], win_chances(strengths))
        return np.asarray(np.linalg.inv(curve + 1 / size) - 1 / size, dtype=np.float64)


def hessian(met: Floats, chances: Floats) -> Floats:
    """Return the curvature of the loss, from how much each pair met."""
    return laplacian(met * chances * chances.T)


def _per_pair(battles: JudgedBattles, rows: Mask, score: Floats) -> Floats:
    """Return the mean over these battles of the score, spread over the ordered pairs (system_a, system_b)."""
    size = len(battles.systems)
    cell = battles.system_a[rows].astype(np.int64) * size + battles.system_b[rows]
    total = np.bincount(cell, score[rows], size * size).reshape(size, size)
    made: Floats = total / max(int(rows.sum()), 1)
    return made


def _loss(met: Floats, won: Floats, strengths: Floats) -> float:
    """Return half the sum over ordered pairs: each battle stands in both orders."""
    lead = strengths[:, None] - strengths[None, :]
    return float((met * np.logaddexp(0, lead) - won * lead).sum()) / 2


def _descend(met: Floats, won: Floats, strengths: Floats, step: Floats, value: float) -> tuple[Floats, float]:
    slack = 1e-12 * (1 + abs(value))
    for _ in range(40):
        trial = strengths + step
        reached = _loss(met, won, trial)
        if reached <= value + slack:
            return trial, reached
        step = step / 2
    return strengths, value


def _best_power(objective: _Objective, battles: JudgedBattles) -> float:
    """Return the power with the smallest trace of the covariance, judged at a first fit."""
    pilot, strengths = _first_fit(objective)
    made = gradients_of(battles, win_chances(strengths))
    around = objective.inverse(pilot, strengths)
    spread = float(np.trace(around @ made.judge @ around))
    return float(np.trace(around @ made.both @ around)) / spread if spread > 0 else 0.0


def _first_fit(objective: _Objective) -> tuple[float, Floats]:
    for pilot in PILOTS:
        try:
            return pilot, objective.minimum(pilot)[0]
        except Undefined:  # this power has no minimum, another may have one
            continue
    return 0.0, objective.minimum(0.0)[0]  # says why there is none


def _finished(
    battles: JudgedBattles, objective: _Objective, strengths: Floats, power: float, made: Gradients, iterations: int
) -> HybridStrengths:
    around = objective.inverse(power, strengths)
    covariance = around @ made.covariance(power) @ around
    alone = around @ made.human @ around
    number, size = int(battles.labelled.sum()), len(strengths)
    if not np.trace(covariance) > 0:
        raise Undefined(Why.NO_VARIANCE, "every battle came out exactly as expected, so there is no spread to judge by")
    fit = Strengths(
        systems=battles.systems,
        strengths=strengths,
        covariance=covariance,
        component=np.zeros(size, dtype=np.int64),
        group=np.zeros(size, dtype=np.int64),
        above=np.zeros((size, size), dtype=np.bool_),
        reasons=(None,) * size,
        log_likelihood=-_loss(*objective.weights(power), strengths) * number,
        iterations=iterations,
    )
    effective = number * float(np.trace(alone) / np.trace(covariance))
    return HybridStrengths(fit, power, effective, number, objective.others)


def _refuse(battles: JudgedBattles) -> None:
    if len(battles.systems) < 2:
        raise Undefined(Why.ONE_SYSTEM, "a ranking needs at least two systems")
    if not len(battles):
        raise Undefined(Why.EMPTY, "there are no battles")
    known = battles.labelled
    if known.sum() < 2:
        raise Undefined(Why.TOO_FEW, f"people decided {int(known.sum())} battles; a spread needs at least two")
    met = _per_pair(battles, known, np.ones(len(battles))) > 0
    component = weak_components(met)
    if component.max() > 0:
        apart = [name for name, part in zip(battles.systems, component, strict=True) if part]
        raise Undefined(
            Why.DISCONNECTED,
            f"people's battles do not link {', '.join(apart[:10])} with {battles.systems[0]}, so how the judge errs "
            "there cannot be known; label battles between them",
        )
