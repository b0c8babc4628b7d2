"""What a tie says about strength: the tie rules of Bradley-Terry, each fitted on counts by Newton's method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.bradley_terry import BradleyTerryFit, best_strengths, fit_bradley_terry, laplacian
from analysis.counts import ties, wins
from analysis.data import BOTH_BAD, TIE, A, B, Floats
from analysis.errors import Undefined, Why

MAX_ITERATIONS = 100
TOLERANCE = 1e-10  # of the last Newton step, in nats


@dataclass(frozen=True, slots=True)
class GroupFit:
    """Strengths of one group, and what any covariance of them is made of.

    ``scores[o, a, b]`` is the derivative of a battle's log-likelihood by the lead of its system_a, for each outcome;
    ``tie_scores`` that by the tie parameter (0 where the rule has none). ``bread`` inverts the information, the tie
    parameter last.
    """

    strengths: Floats
    scores: Floats
    tie_scores: Floats
    bread: Floats
    log_likelihood: float
    iterations: int
    tie_parameter: float | None = None


def fit_group(cells: Floats, *, rule: str, both_bad: str, prior: float = 0.0) -> GroupFit:
    """Fit the systems of one group under a tie rule: half, drop, davidson or rao-kupper.

    ``cells`` are weights by outcome, system_a and system_b. Davidson and Rao-Kupper need ties and wins to estimate
    how common ties are; without either, every rule says the same as half.

    References
    ----------
    Davidson (1970), Journal of the American Statistical Association 65, 317-328. Rao and Kupper (1967), ibid. 62,
    194-204.
    """
    merged = both_bad == "tie"
    won, drawn = _results(cells, rule, merged, prior)
    if _has_tie_parameter(rule, won, drawn):
        return _with_tie_parameter(_RULES[rule](won, drawn), len(won), merged)
    return _without_tie_parameter(fit_bradley_terry(won + drawn / 2), rule, merged)


def refit_strengths(cells: Floats, start: Floats, *, rule: str, both_bad: str, prior: float = 0.0) -> Floats:
    """Return only the strengths, from a start near them: what a bootstrap needs a thousand times."""
    won, drawn = _results(cells, rule, both_bad == "tie", prior)
    if _has_tie_parameter(rule, won, drawn):
        return fit_group(cells, rule=rule, both_bad=both_bad, prior=prior).strengths
    return best_strengths(won + drawn / 2, start)[0]


def _results(cells: Floats, rule: str, merged: bool, prior: float) -> tuple[Floats, Floats]:
    """Return the matrices of wins, pseudo-wins included, and of the ties that count."""
    won, drawn = wins(cells), ties(cells, both_bad=merged)
    if rule == "drop":
        drawn = np.zeros_like(drawn)
    return won + prior * ((won + won.T + drawn) > 0), drawn


def _has_tie_parameter(rule: str, won: Floats, drawn: Floats) -> bool:
    return rule in _RULES and bool(drawn.any()) and bool(won.any())


def meat(fit: GroupFit, square: Floats) -> Floats:
    """Sum the outer products of the battles' scores, from sums of squared weights per cell."""
    by_lead = (square * fit.scores**2).sum(axis=0)
    mixed = (square * fit.scores * fit.tie_scores).sum(axis=0)
    size = len(fit.strengths)
    made = np.zeros((size + 1, size + 1))
    made[:size, :size] = laplacian(by_lead + by_lead.T)
    made[:size, size] = made[size, :size] = mixed.sum(axis=1) - mixed.sum(axis=0)
    made[size, size] = (square * fit.tie_scores**2).sum()
    return made


def sandwich(fit: GroupFit, filling: Floats) -> Floats:
    """Return the covariance of the strengths around this filling; the tie parameter's own row is left out."""
    size = len(fit.strengths)
    return (fit.bread @ filling @ fit.bread)[:size, :size]


@dataclass(frozen=True, slots=True)
class _Likelihood:
    """A tie rule on given counts: its value, gradient and information at (strengths, parameter), and its scores."""

    value: Callable[[Floats, float], float]
    slopes: Callable[[Floats, float], tuple[Floats, Floats]]
    scores: Callable[[Floats, float], tuple[Floats, Floats, Floats, Floats]]  # win, tie; the same by the parameter
    shown: Callable[[float], float]


def _davidson(won: Floats, drawn: Floats) -> _Likelihood:
    """P(i) : P(j) : P(tie) = e^(d/2) : e^(-d/2) : nu, with the parameter ln nu."""
    n_ties = drawn.sum() / 2
    played = won + won.T + drawn

    def shares(strengths: Floats, log_nu: float) -> tuple[Floats, Floats]:
        half = (strengths[:, None] - strengths[None, :]) / 2
        top = np.logaddexp(np.logaddexp(half, -half), log_nu)
        return np.exp(half - top), np.exp(log_nu - top)

    def value(strengths: Floats, log_nu: float) -> float:
        half = (strengths[:, None] - strengths[None, :]) / 2
        top = np.logaddexp(np.logaddexp(half, -half), log_nu)
        return float((won * half).sum() + n_ties * log_nu - (played * top).sum() / 2)

    def slopes(strengths: Floats, log_nu: float) -> tuple[Floats, Floats]:
        win, tie = shares(strengths, log_nu)
        lead = (won - won.T - played * (win - win.T)) / 2
        gradient = np.append(lead.sum(axis=1), n_ties - (played * tie).sum() / 2)
        spread = played * (win + win.T - (win - win.T) ** 2) / 4
        mixed = -(played * (win - win.T) * tie).sum(axis=1) / 2
        return gradient, _bordered(laplacian(spread), mixed, (played * tie * (1 - tie)).sum() / 2)

    def scores(strengths: Floats, log_nu: float) -> tuple[Floats, Floats, Floats, Floats]:
        win, tie = shares(strengths, log_nu)
        expected = (win - win.T) / 2
        return 0.5 - expected, -expected, -tie, 1 - tie

    return _Likelihood(value, slopes, scores, lambda log_nu: float(np.exp(log_nu)))


def _rao_kupper(won: Floats, drawn: Floats) -> _Likelihood:
    """P(i) = s(d - eta), P(j) = s(-d - eta), s logistic; a tie is the product of both times e^(2 eta) - 1."""
    n_ties = drawn.sum() / 2
    credited = won + drawn
    # The parameter is ln eta, so that eta stays positive whatever the step.

    def missed(strengths: Floats, log_eta: float) -> Floats:
        return 1 - win_chances_shifted(strengths, float(np.exp(log_eta)))

    def value(strengths: Floats, log_eta: float) -> float:
        eta = float(np.exp(log_eta))
        lead = strengths[:, None] - strengths[None, :] - eta
        return float(-(credited * np.logaddexp(0, -lead)).sum() + n_ties * np.log(np.expm1(2 * eta)))

    def slopes(strengths: Floats, log_eta: float) -> tuple[Floats, Floats]:
        eta, miss = float(np.exp(log_eta)), missed(strengths, log_eta)
        gain = credited * miss
        by_eta = float(n_ties * 2 / -np.expm1(-2 * eta) - gain.sum())
        spread = credited * miss * (1 - miss)
        curve = float(spread.sum() + n_ties * 4 * np.exp(-2 * eta) / np.expm1(-2 * eta) ** 2)
        mixed = -(spread.sum(axis=1) - spread.sum(axis=0))
        gradient = np.append((gain - gain.T).sum(axis=1), eta * by_eta)
        return gradient, _bordered(laplacian(spread + spread.T), eta * mixed, eta**2 * curve - eta * by_eta)

    def scores(strengths: Floats, log_eta: float) -> tuple[Floats, Floats, Floats, Floats]:
        eta, miss = float(np.exp(log_eta)), missed(strengths, log_eta)
        common = 2 / -np.expm1(-2 * eta)
        return miss, miss - miss.T, -eta * miss, eta * (common - miss - miss.T)

    return _Likelihood(value, slopes, scores, lambda log_eta: float(np.exp(log_eta)))


def win_chances_shifted(strengths: Floats, threshold: float) -> Floats:
    """Return P(i beats j by more than the threshold)."""
    lead = np.clip(strengths[:, None] - strengths[None, :] - threshold, -700, 700)
    chances: Floats = 1 / (1 + np.exp(-lead))
    return chances


_RULES: dict[str, Callable[[Floats, Floats], _Likelihood]] = {"davidson": _davidson, "rao-kupper": _rao_kupper}


def _with_tie_parameter(likelihood: _Likelihood, size: int, merged: bool) -> GroupFit:
    strengths, parameter = np.zeros(size), 0.0
    value = likelihood.value(strengths, parameter)
    for iteration in range(1, MAX_ITERATIONS + 1):
        gradient, information = likelihood.slopes(strengths, parameter)
        step = _uphill(information, gradient)
        strengths, parameter, value = _climb(likelihood, strengths, parameter, step, value)
        if np.abs(step).max() < TOLERANCE:
            return _finished(likelihood, strengths, parameter, value, iteration, merged)
    raise Undefined(Why.NOT_CONVERGED, f"Newton's method did not reach 1e-10 in {MAX_ITERATIONS} steps")


def _uphill(information: Floats, gradient: Floats) -> Floats:
    """Return Newton's step, or the nearest that goes uphill where the likelihood curves the wrong way."""
    values, vectors = np.linalg.eigh(information)
    kept = np.maximum(np.abs(values), 1e-9 * np.abs(values).max())
    step: Floats = vectors @ ((vectors.T @ gradient) / kept)
    return step


def _climb(
    likelihood: _Likelihood, strengths: Floats, parameter: float, step: Floats, value: float
) -> tuple[Floats, float, float]:
    slack = 1e-9 * (1 + abs(value))
    for _ in range(40):
        trial, moved = strengths + step[:-1], parameter + float(step[-1])
        trial = trial - trial.mean()
        reached = likelihood.value(trial, moved) if abs(moved) < 50 else -np.inf
        if reached >= value - slack:
            return trial, moved, reached
        step = step / 2
    return strengths, parameter, value


def _finished(
    likelihood: _Likelihood, strengths: Floats, parameter: float, value: float, iterations: int, merged: bool
) -> GroupFit:
    _, information = likelihood.slopes(strengths, parameter)
    size = len(strengths)
    bread = np.asarray(np.linalg.inv(information), np.float64)
    bread[:size, :size] -= 1 / size
    win, tie, win_by_tie, tie_by_tie = likelihood.scores(strengths, parameter)
    return GroupFit(
        strengths=strengths,
        scores=_by_outcome(win, -win.T, tie, merged),
        tie_scores=_by_outcome(win_by_tie, win_by_tie.T, tie_by_tie, merged),
        bread=bread,
        log_likelihood=value,
        iterations=iterations,
        tie_parameter=likelihood.shown(parameter),
    )


def _without_tie_parameter(fit: BradleyTerryFit, rule: str, merged: bool) -> GroupFit:
    size = len(fit.strengths)
    bread = np.zeros((size + 1, size + 1))
    bread[:size, :size] = fit.inverse
    tie = np.zeros_like(fit.chances) if rule == "drop" else 0.5 - fit.chances
    scores = _by_outcome(fit.chances.T, -fit.chances, tie, merged)
    return GroupFit(fit.strengths, scores, np.zeros_like(scores), bread, fit.log_likelihood, fit.iterations)


def _by_outcome(a_wins: Floats, b_wins: Floats, tie: Floats, merged: bool) -> Floats:
    scores = np.zeros((4, *tie.shape))
    scores[A], scores[B], scores[TIE] = a_wins, b_wins, tie
    if merged:
        scores[BOTH_BAD] = tie
    return scores


def _bordered(matrix: Floats, border: Floats, corner: float) -> Floats:
    """Add the tie parameter as last row, and what pins the mean of the strengths to zero."""
    size = len(matrix)
    made = np.empty((size + 1, size + 1))
    made[:size, :size] = matrix + 1 / size
    made[:size, size] = made[size, :size] = border
    made[size, size] = corner
    return made
