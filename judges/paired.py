"""How two judges compare over the same items: chance-corrected agreement and the shift of a mean. Pure.

Items of one prompt are not independent of each other (both orders of a battle, all its battles), so intervals are
clustered by prompt: they are Wald intervals from influence values that are summed within each prompt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import TypeVar

Answer = TypeVar("Answer", str, float)
Distance = Callable[[Answer, Answer], float]
LEAST_CLUSTERS = 10  # prompts before their spread says anything
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its 95 % interval over ``n`` answers to ``clusters`` prompts; None and a reason otherwise."""

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    clusters: int
    reason: str = ""


def differ(first: str, second: str) -> float:
    """Return 1 for two different categories: plain kappa."""
    return float(first != second)


def squared(first: float, second: float) -> float:
    """Return the squared distance of two numbers: quadratic weights."""
    return (first - second) ** 2


def kappa(pairs: Sequence[tuple[Answer, Answer]], clusters: Sequence[Hashable], distance: Distance[Answer]) -> Measured:
    """Return Cohen's kappa, weighted by a distance: one less the observed over the expected disagreement.

    ``pairs`` are the two judges' answers to each item, shape (n,), and ``clusters`` the prompt of each. The variance
    is that of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72), from influence values, clustered. Undefined
    where chance leaves no room to disagree: both gave one and the same answer to everything.
    """
    n, n_clusters = len(pairs), len(set(clusters))
    if not n:
        return Measured(None, None, None, 0, 0, "no item has a verdict of both")
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    from_first = {a: sum(count * distance(a, b) for b, count in seconds.items()) / n for a in firsts}
    from_second = {b: sum(count * distance(a, b) for a, count in firsts.items()) / n for b in seconds}
    expected = sum(count * from_first[a] for a, count in firsts.items()) / n
    if not expected:
        return Measured(None, None, None, n, n_clusters, "both gave one and the same answer to everything")
    observed = fmean(distance(a, b) for a, b in pairs)
    ratio = observed / expected
    influence = [
        ratio * (from_first[a] + from_second[b] - 2 * expected) / expected - (distance(a, b) - observed) / expected
        for a, b in pairs
    ]
    return _measured(1 - ratio, influence, clusters, least=-1.0, most=1.0)


def mean(values: Sequence[float], clusters: Sequence[Hashable], *, bound: float = float("inf")) -> Measured:
    """Return a mean with its clustered interval, cut at ``bound`` on both sides."""
    if not values:
        return Measured(None, None, None, 0, 0, "no item has a verdict of both")
    middle = fmean(values)
    return _measured(middle, [value - middle for value in values], clusters, least=-bound, most=bound)


def _measured(
    value: float, influence: Sequence[float], clusters: Sequence[Hashable], *, least: float, most: float
) -> Measured:
    """Put an interval around an estimate from the influence of each item on it."""
    n, sums = len(influence), _sums(zip(clusters, influence, strict=True))
    if len(sums) < LEAST_CLUSTERS:
        why = f"an interval needs {LEAST_CLUSTERS} prompts, and there {'is' if len(sums) == 1 else 'are'} {len(sums)}"
        return Measured(value, None, None, n, len(sums), why)
    spread = sum(total**2 for total in sums.values()) * len(sums) / (len(sums) - 1)
    if spread <= 1e-18 * n * n:
        return Measured(value, None, None, n, len(sums), "no interval: nothing varies between prompts")
    half = student(len(sums) - 1) * sqrt(spread) / n
    return Measured(value, max(least, value - half), min(most, value + half), n, len(sums))


def _sums(rows: Iterable[tuple[Hashable, float]]) -> dict[Hashable, float]:
    sums: dict[Hashable, float] = defaultdict(float)
    for cluster, value in rows:
        sums[cluster] += value
    return sums


def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t, by its expansion about the normal one.

    Right to 0.001 from 8 degrees of freedom on (Abramowitz and Stegun 1964, 26.7.5).
    """
    z = Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(freedom) ** power for power, term in enumerate(terms, start=1))
