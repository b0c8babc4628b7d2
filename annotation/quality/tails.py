"""Upper tails of counts of rare events. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence


def poisson_binomial_tail(times: int, chances: Sequence[float]) -> float:
    """Return the probability of at least so many successes in independent trials with these probabilities.

    By convolution, exact. 1 for ``times`` of 0 or less, 0 for more than there are trials.
    """
    if times <= 0:
        return 1.0
    below = [1.0] + [0.0] * (times - 1)  # of 0, 1, ... times - 1 successes
    reached = 0.0
    for chance in chances:
        reached += below[-1] * chance
        for at in range(times - 1, 0, -1):
            below[at] += (below[at - 1] - below[at]) * chance
        below[0] *= 1 - chance
    return min(1.0, reached)


def poisson_tail(times: int, mean: float) -> float:
    """Return the probability that a Poisson number of this mean is at least ``times``."""
    if times <= 0:
        return 1.0
    first = math.exp(times * math.log(mean) - mean - math.lgamma(times + 1)) if mean > 0 else 0.0
    total, term, at = 0.0, first, times
    while term > total * 1e-16 or at < mean:
        total += term
        at += 1
        term *= mean / at
    return min(1.0, total)
