"""One system's battles with a baseline: whose points, how the responses differ, and what hangs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contextual.rows import expected_points_of_a, weights_of
from analysis.contextual.terms import Estimate, estimate
from analysis.data import STYLE, Battles, Floats

CHARACTERS = STYLE.index("characters")


@dataclass(frozen=True, slots=True)
class Against:
    """One system's battles with the baseline: its points and lengths, how hard the prompts are, what hangs together."""

    points: Floats
    weight: Floats
    longer: Floats
    difficulty: Floats
    cluster: NDArray[np.int64]

    @property
    def freedom(self) -> float:
        """Return the degrees of freedom: clusters less one, a battle being its own where nothing hangs together."""
        return len(np.unique(self.cluster)) - 1


def place_of(battles: Battles, baseline: str | None) -> int:
    """Return the baseline's place among the systems."""
    if baseline not in battles.systems:
        raise ValueError(f"no system {baseline!r} as baseline; there is {', '.join(battles.systems[:20])}")
    return battles.systems.index(str(baseline))


def meets(battles: Battles, one: int, other: int) -> NDArray[np.bool_]:
    """Say which battles are between these two."""
    forth = (battles.system_a == one) & (battles.system_b == other)
    back = (battles.system_a == other) & (battles.system_b == one)
    return np.asarray(forth | back, dtype=np.bool_)


def seen_from(battles: Battles, place: int, cluster: NDArray[Any], difficulty: Floats) -> Against:
    """Return battles as the system at ``place`` saw them. Its points are the rater's probability where it gave one."""
    is_a = battles.system_a == place
    points = expected_points_of_a(battles)
    longer = np.zeros(len(battles))
    if battles.style_a is not None and battles.style_b is not None:
        longer = battles.style_a[:, CHARACTERS] - battles.style_b[:, CHARACTERS]
    return Against(
        points=np.where(is_a, points, 1 - points),
        weight=weights_of(battles),
        longer=np.where(is_a, longer, -longer),
        difficulty=difficulty,
        cluster=cluster.astype(np.int64),
    )


def mean_points(against: Against, confidence: float) -> Estimate:
    """Return the share of points with its interval by Student's t on clusters less one.

    Where each battle is its own, of one weight, the error is the sample standard deviation over the root of n.
    """
    share = float(against.weight @ against.points / against.weight.sum())
    variance = clustered_variance(against.weight * (against.points - share) / against.weight.sum(), against.cluster)
    return estimate(share, variance, confidence, against.freedom)


def clustered_variance(influence: Floats, cluster: NDArray[np.int64]) -> float:
    """Return the sum of squares of the clusters' influences, times C / (C - 1); 0 for one cluster, which knows none."""
    _, place = np.unique(cluster, return_inverse=True)
    sums = np.bincount(place, influence)
    return float(sums @ sums * len(sums) / (len(sums) - 1)) if len(sums) > 1 else 0.0
