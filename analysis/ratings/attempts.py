"""pass@k from ratings: how often one of k answers of a system passes, from yes/no ratings of several answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Estimate, null_with_reason
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.ratings.parts import Part
from analysis.ratings.shares import share_of


@dataclass(frozen=True, slots=True)
class PassAt:
    """The chance that one of k answers passes."""

    k: int
    chance: Estimate


def pass_at(part: Part, place: int, k: int, *, confidence: float = 0.95) -> Estimate:
    """Return the mean over prompts of the chance that one of k answers of a system passes.

    A prompt's n ratings of the system, each of another answer, are its attempts, c of them 1: its value is
    1 - C(n - c, k) / C(n, k). Prompts with fewer than k attempts enter no mean; ``conventions`` counts them. Prompts
    count alike, and each is a cluster.

    Raises
    ------
    Undefined
        ``not_numeric``: a rating is neither 0 nor 1; ``not_independent``: an answer was rated twice, so ratings are
        not attempts; ``too_few``: no prompt has k attempts.

    References
    ----------
    Chen et al. (2021), Evaluating Large Language Models Trained on Code, arXiv 2107.03374.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    mine = part.of_system(place)
    passed, prompt = part.values[mine], part.unit.codes[mine].astype(np.int64)
    if not bool(np.isin(passed, (0.0, 1.0)).all()):
        raise Undefined(Why.NOT_NUMERIC, "pass@k takes ratings that are 1 for a pass and 0 for a failure")
    if len(np.unique(part.ratings.item.codes[mine])) < len(passed):
        text = "an answer was rated more than once; pass@k counts answers, so choose one rater"
        raise Undefined(Why.NOT_INDEPENDENT, text)
    _, unit, n = np.unique(prompt, return_inverse=True, return_counts=True)
    enough = n >= k
    if not enough.any():
        raise Undefined(Why.TOO_FEW, f"no prompt has {k} answers; the most is {int(n.max())}")
    c = np.bincount(unit, passed)
    values = 1.0 - _all_fail(n[enough].astype(np.float64), c[enough].astype(np.float64), k)
    found = share_of(values, cluster=np.arange(len(values)), confidence=confidence)
    left = {"k": str(k), "prompts_with_fewer_answers": str(int((~enough).sum()))}
    return Estimate(
        *(found.value, found.lower, found.upper, found.n, found.method, found.n_items, found.standard_error),
        {**found.conventions, **left},
    )


passes_if_known = null_with_reason(pass_at)


def _all_fail(n: Floats, c: Floats, k: int) -> Floats:
    """Return C(n - c, k) / C(n, k), the chance that k answers drawn without replacement all fail."""
    chance = np.ones(len(n))
    for drawn in range(k):
        chance *= np.maximum(n - c - drawn, 0.0) / (n - drawn)
    return chance
