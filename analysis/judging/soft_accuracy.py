"""Soft pairwise accuracy: whether a metric is as sure about the order of systems as people are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.draws import MOST_DRAWN
from analysis.comparison.estimates import SLACK, Estimate, null_with_reason
from analysis.data import Floats
from analysis.errors import Undefined, Why

FEWEST_DRAWN = 16  # items; with fewer, all of the less than 2^16 sign patterns are counted


@null_with_reason
def soft_pairwise_accuracy(people: Floats, metric: Floats, *, rounds: int = 1000, seed: int = 0) -> Estimate:
    """Return 1 - mean over pairs of systems of |p by people - p by the metric|.

    p is the one-sided paired permutation p value that the first system beats the second.

    Parameters
    ----------
    people, metric : array, shape (systems, items)
        Values of the same systems on the same items, higher being better, none missing.
    rounds : int
        Random sign patterns, the same for people and metric; with fewer than 16 items all are counted instead.
    seed : int
        Of the sign patterns.

    References
    ----------
    Thompson, Mathur, Deutsch and Khayrallah (2024), WMT.
    """
    _check(people, metric)
    first, second = np.triu_indices(len(people), 1)
    gap = np.abs(one_sided_p(people, rounds=rounds, seed=seed) - one_sided_p(metric, rounds=rounds, seed=seed))
    exact = people.shape[1] < FEWEST_DRAWN
    said = {"slack": f"{SLACK:g}", "seed": str(seed), "unit": "pair of systems"}
    said["p"] = "all sign patterns" if exact else f"(b+1)/(m+1), {rounds} rounds"
    return Estimate(1 - float(gap[first, second].mean()), None, None, len(first), "none", conventions=said)


def one_sided_p(values: Floats, *, rounds: int, seed: int = 0) -> Floats:
    """Return p[i, j] that system i beats system j: the share of sign flips at least as much in favour of i.

    Sums within 1e-9 of the largest possible one count as equal, in double precision.
    """
    systems, items = values.shape
    observed = values.sum(axis=1)
    observed = observed[:, None] - observed[None, :]
    slack = SLACK * np.array([np.abs(row - values).sum(axis=1) for row in values])
    beyond, patterns = np.zeros((systems, systems)), 0
    for signs in _signs(items, rounds, seed):
        flipped = signs @ values.T
        patterns += len(flipped)
        for system in range(systems):  # one row of pairs at a time: never rounds x systems x systems
            sums = flipped[:, system, None] - flipped
            beyond[system] += (sums >= observed[system] - slack[system]).sum(axis=0)
    if items < FEWEST_DRAWN:
        return beyond / patterns
    return (beyond + 1) / (patterns + 1)


def _signs(items: int, rounds: int, seed: int) -> Iterator[Floats]:
    if items < FEWEST_DRAWN:
        yield _as_signs((np.arange(2**items)[:, None] >> np.arange(items)) & 1)
        return
    rng = np.random.default_rng(seed)
    block = max(1, MOST_DRAWN // items)
    for start in range(0, rounds, block):
        yield _as_signs(rng.integers(0, 2, size=(min(block, rounds - start), items)))


def _as_signs(bits: NDArray[np.int64]) -> Floats:
    return (1 - 2 * bits).astype(np.float64)


def _check(people: Floats, metric: Floats) -> None:
    if people.shape != metric.shape or people.ndim != 2:
        raise ValueError(f"people {people.shape} and metric {metric.shape} must be the same systems and items")
    if not people.size:
        raise Undefined(Why.EMPTY, "there are no values")
    if len(people) < 2:
        raise Undefined(Why.ONE_SYSTEM, "an order needs at least two systems")
    if np.isnan(people).any() or np.isnan(metric).any():
        raise Undefined(Why.INCOMPLETE, "every system needs a value on every item; leave out the items that lack one")
