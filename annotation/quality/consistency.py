"""One person's answers beside their own earlier ones, and beside those of others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

from annotation.quality.errors import Undefined
from annotation.quality.intervals import Estimate, clopper_pearson, mean_interval

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Exact agreement of repeats, and kappa where it is defined; ``why`` says why it is not."""

    exact: Estimate
    kappa: Estimate | None
    why: str = ""


def consistency(pairs: Pairs, categories: Sequence[float], *, ordered: bool = False) -> Consistency:
    """Compare answers with the same person's answers to the same items before.

    ``categories`` are all answers on offer; with ``ordered`` kappa weighs a disagreement by its squared distance in
    ranks, as scales want. Raises Undefined without pairs.
    """
    exact = clopper_pearson(sum(first == second for first, second in pairs), len(pairs))
    try:
        return Consistency(exact, kappa(pairs, categories, ordered=ordered))
    except Undefined as error:
        return Consistency(exact, None, str(error))


def kappa(pairs: Pairs, categories: Sequence[float], *, ordered: bool = False, level: float = 0.95) -> Estimate:
    """Return Cohen's kappa with the large-sample interval of Fleiss, Cohen and Everitt.

    Weights are 1 on the diagonal and 0 elsewhere, or with ``ordered`` 1 - (rank distance / (k - 1))^2. Raises Undefined
    for fewer than two pairs, or where chance alone would agree fully (everything in one category).
    Cohen (1968), Psychological Bulletin 70, 213-220; Fleiss, Cohen and Everitt (1969), ibid. 72, 323-327.
    """
    n, k = len(pairs), len(categories)
    if n < 2:
        raise Undefined("kappa needs two repeats or more")
    rank = {category: at for at, category in enumerate(sorted(categories) if ordered else categories)}
    cells = {cell: count / n for cell, count in Counter((rank[a], rank[b]) for a, b in pairs).items()}
    rows, columns = _margin(cells, 0, k), _margin(cells, 1, k)

    def weight(i: int, j: int) -> float:
        return 1 - ((i - j) / (k - 1)) ** 2 if ordered and k > 1 else float(i == j)

    observed = sum(share * weight(i, j) for (i, j), share in cells.items())
    chance = sum(rows[i] * columns[j] * weight(i, j) for i in range(k) for j in range(k))
    if math.isclose(chance, 1):
        raise Undefined("kappa needs answers in more than one category")
    value = (observed - chance) / (1 - chance)
    by_row = [sum(columns[j] * weight(i, j) for j in range(k)) for i in range(k)]
    by_column = [sum(rows[i] * weight(i, j) for i in range(k)) for j in range(k)]
    spread = sum(
        share * (weight(i, j) - (by_row[i] + by_column[j]) * (1 - value)) ** 2 for (i, j), share in cells.items()
    )
    variance = max(0.0, spread - (value - chance * (1 - value)) ** 2) / (n * (1 - chance) ** 2)
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    name = "quadratic weights, large sample" if ordered else "large sample"
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), n, name, level)


def _margin(cells: Mapping[tuple[int, int], float], axis: int, size: int) -> list[float]:
    margin = [0.0] * size
    for cell, share in cells.items():
        margin[cell[axis]] += share
    return margin


def agreement_with_others(mine: Sequence[float], others: Sequence[Sequence[float]]) -> Estimate:
    """Return how often the others on the same items said the same, the person left out of them.

    One value per item (the share of the others that agrees), for answers to one item are not independent; the interval
    is the exact binomial one over items, which is too wide rather than too narrow. Raises Undefined where nobody else
    answered anything.
    """
    shares = [fmean(one == answer for one in rest) for answer, rest in zip(mine, others, strict=True) if len(rest) > 0]
    if not shares:
        raise Undefined("nobody else has answered the same items yet")
    return clopper_pearson(sum(shares), len(shares))


def severity(mine: Sequence[float], others: Sequence[Sequence[float]]) -> Estimate:
    """Return how much higher (or, negative, lower) a person scores than the others on the same items, in points.

    The mean over items of their score less the mean of the others, with Student's t interval. Raises Undefined for
    fewer than two shared items.
    """
    gaps = [answer - fmean(rest) for answer, rest in zip(mine, others, strict=True) if len(rest) > 0]
    return mean_interval(gaps)
