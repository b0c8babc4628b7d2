"""Whether a person sees damage: their scores of damaged copies against those of what was damaged."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from annotation.quality.errors import Undefined
from annotation.quality.intervals import Estimate, clopper_pearson
from annotation.quality.looks import binomial_tail


@dataclass(frozen=True, slots=True)
class Degraded:
    """``effect`` is P(original above its damaged copy) + half of P(equal); 0.5 is blind to damage."""

    effect: Estimate
    p_value: float
    test: str


def direct(damaged: Sequence[float], originals: Sequence[float]) -> Degraded:
    """Test that damaged copies were scored lower than originals: one-sided Mann-Whitney, ties corrected.

    Raises Undefined when one of the two is empty. Mann and Whitney (1947), Annals of Mathematical Statistics 18, 50-60;
    the design is that of the WMT human evaluation (Bojar et al. 2017, W17-4717).
    """
    from scipy.stats import mannwhitneyu

    m, n = len(damaged), len(originals)
    if not m or not n:
        raise Undefined("it takes scores of damaged copies and of originals")
    if len({*damaged, *originals}) == 1:
        return Degraded(_effect(0.5, m, n), 1.0, "Mann-Whitney")
    result = mannwhitneyu(damaged, originals, alternative="less")
    effect = 1 - float(result.statistic) / (m * n)
    return Degraded(_effect(effect, m, n), float(result.pvalue), "Mann-Whitney")


def _effect(theta: float, m: int, n: int, *, level: float = 0.95) -> Estimate:
    """Return a Mann-Whitney effect with the interval of Newcombe's method 5, defined at 0 and 1 as well.

    Bounds solve |theta - estimate| = z sqrt(V(theta)); Newcombe (2006), Statistics in Medicine 25, 559-573.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)

    def beyond(at: float) -> float:
        size = (m + n) / 2 - 1
        variance = at * (1 - at) * (1 + size * ((1 - at) / (2 - at) + at / (1 + at))) / (m * n)
        return abs(theta - at) - z * math.sqrt(variance)

    return Estimate(theta, _root(beyond, theta, 0.0), _root(beyond, theta, 1.0), m + n, "Newcombe's method 5", level)


def _root(beyond: Callable[[float], float], inside: float, outside: float) -> float:
    """Halve the way from the estimate, which is within the bound, to the end of the scale, which is not."""
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if beyond(middle) < 0 else (inside, middle)
    return (inside + outside) / 2


def pairwise(found: int, n: int) -> Degraded:
    """Test that of originals beside their damaged copies the original was preferred: one-sided exact binomial.

    A tie is not found. Raises Undefined without any.
    """
    return Degraded(clopper_pearson(found, n), binomial_tail(found, n, 0.5), "binomial")
