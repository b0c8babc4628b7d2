"""Tests between systems and of judges: how often they cry wolf."""

from __future__ import annotations

import math
from functools import cache, partial
from itertools import product

import numpy as np

from analysis.comparison.compare import compare
from analysis.comparison.estimates import Sampling
from analysis.comparison.paired import permutation_test
from analysis.data import Floats
from analysis.judging.alternative import alternative_annotator_test
from tests.coverage.harness import Study, held

LEVEL = 0.05
ROUNDS = 500


def permutation_rejects(rng: np.random.Generator, *, items: int, cluster: int = 1, binary: bool = False) -> Floats:
    """Say whether two systems that are exchangeable on every item are told apart at 5 %.

    Items are skewed in difficulty and systems in noise; of a ``cluster`` all items share a lead, whose sign is chance.
    """
    clusters = items // cluster
    lead = np.repeat(rng.exponential(1.0, clusters) * rng.choice([-1, 1], clusters), cluster)
    noise = rng.exponential(1.0, items) * rng.choice([-1, 1], items)
    difference = np.sign(lead) * (rng.random(items) < 0.3) if binary else lead + noise
    ids = None if cluster == 1 else np.repeat(np.arange(clusters), cluster)
    made = permutation_test(difference, cluster=ids, rounds=ROUNDS, seed=int(rng.integers(2**31)))
    return np.array([float(made.p_value is not None and made.p_value <= LEVEL)])


def difference_holds(rng: np.random.Generator, *, items: int, cluster: int, which: str) -> Floats:
    """Say whether an interval of ``compare`` holds the mean difference, 0.3, of skewed and clustered scores."""
    clusters = items // cluster
    ids = np.repeat(np.arange(clusters), cluster)
    lead = np.repeat(rng.exponential(1.0, clusters) - 0.7, cluster)
    second = rng.normal(0, 1, items)
    first = second + lead + rng.normal(0, 0.7, items)
    sampling = Sampling(rounds=ROUNDS, seed=int(rng.integers(2**31)))
    made = compare(first, second, cluster=None if cluster == 1 else ids, sampling=sampling, rounds=1).estimates[which]
    return np.array([held(made.lower, made.upper, 0.3)])


def alternative_test_says(rng: np.random.Generator, *, people: int, items: int, passes: bool) -> Floats:
    """Say whether a judge on the edge of what is allowed passes, or is preferred to each person before correction.

    Everybody gives the right one of two labels with their own probability, independently; the judge's is such that
    each person is better by exactly epsilon.
    """
    accuracy = 0.9
    judge = _edge(people, accuracy, epsilon=0.15)
    true = rng.integers(0, 2, items)
    value = np.where(rng.random((people, items)) < accuracy, true, 1 - true)
    answer = np.where(rng.random(items) < judge, true, 1 - true)
    rater, item = np.indices(value.shape).reshape(2, -1)
    sampling = Sampling(ci="none")
    made = alternative_annotator_test(
        np.arange(items),
        answer.astype(float),
        item,
        rater,
        value.ravel().astype(float),
        numeric=False,
        epsilon=0.15,
        sampling=sampling,
    )
    if passes:
        return np.array([float(bool(made.passes))])
    return np.array([float(person.p_value <= LEVEL) for person in made.people])


@cache
def _edge(people: int, accuracy: float, epsilon: float) -> float:
    """Return the judge's accuracy at which a person is nearer to the others by epsilon more often than the judge."""
    from scipy.optimize import brentq

    return float(brentq(lambda judge: _lead(people, accuracy, judge) - epsilon, 0.01, accuracy))


def _lead(people: int, accuracy: float, judge: float) -> float:
    """Count out P(person at least as near) - P(judge at least as near) over all answers to an item."""
    total = 0.0
    for own, said, *others in product((0, 1), repeat=people + 1):
        chance = (accuracy if own else 1 - accuracy) * (judge if said else 1 - judge)
        chance *= math.prod(accuracy if other else 1 - accuracy for other in others)
        right = sum(others)
        near_own, near_said = (right if answer else len(others) - right for answer in (own, said))
        total += chance * (int(near_own >= near_said) - int(near_said >= near_own))
    return total


def _permutation(items: int, *, cluster: int = 1, binary: bool = False) -> Study:
    said = (
        f"{items} items" + (f" in {items // cluster} clusters" if cluster > 1 else "") + (", wins and losses" * binary)
    )
    trial = partial(permutation_rejects, items=items, cluster=cluster, binary=binary)
    return Study("permutation test, false alarms", said, trial, 3000, LEVEL)


def _difference(which: str, items: int, cluster: int) -> Study:
    name = {"difference": "mean difference, t", "difference_bootstrap": "mean difference, paired bootstrap"}[which]
    said = f"{items} items" + (f" in {items // cluster} clusters" if cluster > 1 else "") + ", skewed"
    return Study(name, said, partial(difference_holds, items=items, cluster=cluster, which=which))


def _alternative(people: int, items: int, *, passes: bool) -> Study:
    name = "alternative test, false passes" if passes else "alternative test of one person, false wins"
    trial = partial(alternative_test_says, people=people, items=items, passes=passes)
    return Study(name, f"{people} people, {items} items", trial, 2000, LEVEL)


STUDIES = (
    _permutation(8),
    _permutation(40),
    _permutation(200),
    _permutation(40, binary=True),
    _permutation(200, cluster=5),
    _difference("difference", 30, 1),
    _difference("difference", 200, 1),
    _difference("difference", 200, 5),
    _difference("difference_bootstrap", 30, 1),
    _difference("difference_bootstrap", 200, 5),
    _alternative(3, 50, passes=False),
    _alternative(3, 50, passes=True),
    _alternative(3, 200, passes=True),
    _alternative(8, 100, passes=True),
)
