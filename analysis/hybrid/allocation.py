"""Which items to send to people next: where the judge's help leaves most to be learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import hybrid_mean
from analysis.hybrid.parts import cut, parts_of


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum's part in the next round.

    ``spread`` is the standard deviation of people's score less lambda times the judge's; ``borrowed`` says that it
    is the largest of the others', because this stratum has fewer than two labels.
    """

    name: str
    weight: float
    spread: float
    labelled: int
    available: int
    next: int
    borrowed: bool = False


@dataclass(frozen=True, slots=True)
class Allocation:
    """The next labels by stratum, and the standard error now and as expected afterwards (from people's part)."""

    strata: tuple[Stratum, ...]
    error_now: float | None
    error_then: float


def neyman(weight: Floats, spread: Floats, labelled: Floats, available: Floats, budget: int) -> NDArray[np.int64]:
    """Spread a budget so that all labels together come as near to weight x spread as they can.

    No stratum gets more than it has available; one that has more labels than its share keeps them and the others
    divide the rest. Where no stratum varies, the weights alone decide. Remainders go to the largest fractions.

    References
    ----------
    Neyman (1934), Journal of the Royal Statistical Society 97, 558-625.
    """
    if budget < 0:
        raise ValueError(f"the budget must not be negative, and is {budget}")
    wanted = weight * spread if (weight * spread).any() else weight
    budget = min(budget, int(available.sum()))
    low, high = 0.0, float((labelled + available).max() / wanted[wanted > 0].min()) if (wanted > 0).any() else 0.0
    for _ in range(200):  # the level at which clipped targets use the budget up
        level = (low + high) / 2
        low, high = (level, high) if np.clip(level * wanted - labelled, 0, available).sum() < budget else (low, level)
    exact = np.clip(high * wanted - labelled, 0, available)
    return _whole(exact, available, budget)


def _whole(exact: Floats, available: Floats, budget: int) -> NDArray[np.int64]:
    """Round to whole items that sum to the budget; what no stratum wanted goes wherever there is room."""
    made = np.floor(exact + 1e-9).astype(np.int64)
    for place in np.argsort(made - exact, kind="stable"):
        if made.sum() < budget and made[place] < available[place]:
            made[place] += 1
    for place in range(len(made)):
        made[place] += min(budget - int(made.sum()), int(available[place]) - int(made[place]))
    return made


def label_next(labels: Labels, budget: int) -> Allocation:
    """Say how many of each stratum's items to give to people next, by Neyman's rule on the rectifier.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: there are no strata; ``too_few``: no stratum has two labels.
    """
    if labels.stratum is None:
        raise Undefined(Why.NOT_RECORDED, "without strata there is nothing to choose between; draw items at random")
    if not len(labels):
        raise Undefined(Why.EMPTY, "there are no items")
    parts = labels.strata()
    labelled = np.array([int(part.labelled.sum()) for part in parts.values()], dtype=np.float64)
    sizes = np.array([len(part) for part in parts.values()], dtype=np.float64)
    spread, borrowed = _spreads(parts)
    weight = sizes / sizes.sum()
    given = neyman(weight, spread, labelled, sizes - labelled, budget)
    rows = zip(parts, weight, spread, labelled, sizes - labelled, given, borrowed, strict=True)
    strata = tuple(
        Stratum(name, float(share), float(each), int(has), int(left), int(more), bool(lent))
        for name, share, each, has, left, more, lent in rows
    )
    with np.errstate(divide="ignore"):
        terms = np.where(weight * spread > 0, (weight * spread) ** 2 / (labelled + given), 0.0)
    return Allocation(strata, hybrid_mean(labels).estimate.standard_error, float(np.sqrt(terms.sum())))


def _spreads(parts: dict[str, Labels]) -> tuple[Floats, NDArray[np.bool_]]:
    known = np.array([part.labelled.sum() >= 2 for part in parts.values()])
    if not known.any():
        raise Undefined(Why.TOO_FEW, "no stratum has two of people's labels; draw a first sample at random")
    spread = np.array([_spread(part) if enough else 0.0 for part, enough in zip(parts.values(), known, strict=True)])
    spread[~known] = spread.max()
    return spread, ~known


def _spread(part: Labels) -> float:
    power = cut(parts_of(Labels(part.judge, part.human)).best_power)
    known = part.labelled
    return float(np.std(part.human[known] - power * part.judge[known], ddof=1))
