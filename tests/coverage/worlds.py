"""Worlds whose truth is known: battles and clusters drawn from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.bradley_terry import fit_bradley_terry
from analysis.data import TIE, A, B, Battles, Coded, Floats

Chances = Callable[[Floats], tuple[Floats, Floats]]
NODES = 80  # of the quadrature over cluster effects


def _logistic(lead: Floats) -> Floats:
    made: Floats = 1 / (1 + np.exp(-lead))
    return made


def no_ties(lead: Floats) -> tuple[Floats, Floats]:
    """Return P(A) and P(tie) for the lead of A over B."""
    return _logistic(lead), np.zeros_like(lead)


def _davidson(lead: Floats, nu: float) -> tuple[Floats, Floats]:
    one, other = np.exp(lead / 2), np.exp(-lead / 2)
    total = one + other + nu
    return one / total, nu / total


def _rao_kupper(lead: Floats, eta: float) -> tuple[Floats, Floats]:
    one, other = _logistic(lead - eta), _logistic(-lead - eta)
    return one, 1 - one - other


def _easy(lead: Floats, share: float) -> tuple[Floats, Floats]:
    """Ties that say nothing of strength: a share of battles whoever meets."""
    return (1 - share) * _logistic(lead), np.full_like(lead, share)


def davidson(nu: float) -> Chances:
    return partial(_davidson, nu=nu)


def rao_kupper(eta: float) -> Chances:
    return partial(_rao_kupper, eta=eta)


def ties_at_random(share: float) -> Chances:
    return partial(_easy, share=share)


@dataclass(frozen=True, slots=True)
class World:
    """Systems that meet each other equally often.

    ``by_prompt`` and ``by_rater`` are the standard deviations, in nats, of how much better a system is than usual on
    a prompt or with a rater: what makes battles of one cluster alike.
    """

    strengths: tuple[float, ...]
    chances: Chances = no_ties
    by_prompt: float = 0.0
    by_rater: float = 0.0

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(f"s{place}" for place in range(len(self.strengths)))

    def battles(self, rng: np.random.Generator, number: int, *, prompts: int = 1, raters: int = 1) -> Battles:
        """Draw battles, each on a random prompt by a random rater."""
        size = len(self.strengths)
        a = rng.integers(0, size, number)
        b = (a + rng.integers(1, size, number)) % size
        prompt, rater = rng.integers(0, prompts, number), rng.integers(0, raters, number)
        on_prompt = rng.normal(0, self.by_prompt, (prompts, size))
        with_rater = rng.normal(0, self.by_rater, (raters, size))
        true = np.array(self.strengths)
        lead = true[a] - true[b]
        lead = lead + on_prompt[prompt, a] - on_prompt[prompt, b] + with_rater[rater, a] - with_rater[rater, b]
        win, tie = self.chances(lead)
        point = rng.random(number)
        outcome = np.where(point < win, A, np.where(point < win + tie, TIE, B)).astype(np.int8)
        return Battles(a, b, outcome, self.systems, prompt=_numbered(prompt, prompts), rater=_numbered(rater, raters))

    def shares(self) -> Floats:
        """Return the expected points of [i] against [j] in one battle, cluster effects averaged out."""
        true = np.array(self.strengths)
        lead = true[:, None] - true[None, :]
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        spread = np.sqrt(2 * (self.by_prompt**2 + self.by_rater**2))
        win, tie = self.chances(lead[..., None] + spread * nodes)
        points: Floats = (win + tie / 2) @ weights / weights.sum()
        np.fill_diagonal(points, 0.0)
        return points

    def half_wins(self) -> Floats:
        """Return the strengths that ties as half wins converge to, whatever ties and clusters are really like."""
        return fit_bradley_terry(self.shares()).strengths

    def own(self) -> Floats:
        """Return the strengths themselves, mean zero."""
        true = np.array(self.strengths)
        centred: Floats = true - true.mean()
        return centred


def _numbered(codes: np.ndarray, size: int) -> Coded:
    return Coded(codes, tuple(map(str, range(size))))
