"""How often each answer was given: what to know before reading a coefficient that is corrected for chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.data import Floats, Ratings
from analysis.errors import Undefined, Why
from analysis.notes import Note
from analysis.two_raters import Pairs, pairs_of
from analysis.units import FEW_VALUES, distinct

PREVALENT = 0.8  # share of one answer from which chance alone makes most pairs of ratings equal


@dataclass(frozen=True, slots=True)
class Category:
    """One answer: its value, its name where answers are labels, how often it was given and as which share."""

    value: float
    label: str | None
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The shares of the answers to one criterion, declared ones that nobody gave among them.

    ``percent_agreement`` is over all pairs of ratings of an item. ``prevalence_index`` and ``bias_index`` are for two
    raters and two categories on the items both rated: how far apart the two categories, and the two raters' shares of
    one category, lie. ``categories`` is None for measurements; ``reason`` and ``message`` then say why.
    """

    criterion: str | None
    n_ratings: int
    categories: tuple[Category, ...] | None
    percent_agreement: float | None
    prevalence_index: float | None = None
    bias_index: float | None = None
    reason: str | None = None
    message: str | None = None

    @property
    def commonest(self) -> Category | None:
        """Return the answer given most often."""
        return max(self.categories, key=lambda one: one.count) if self.categories else None

    def shares(self, most: int = 8) -> list[tuple[str, float]]:
        """Return answers with their shares, in the order of the scale; of many, those given most."""
        found = self.categories or ()
        if len(found) > most:
            found = tuple(sorted(found, key=lambda one: -one.count)[:most])
        return [(named(one), one.share) for one in found]

    def note(self) -> Note | None:
        """Warn where one answer is so common that coefficients corrected for chance say little."""
        most = self.commonest
        if most is None or most.share < PREVALENT or self.percent_agreement is None:
            return None
        about = "" if self.criterion is None else f" of {self.criterion}"
        by_chance = sum(one.share**2 for one in self.categories or ())
        text = (
            f"{most.share:.0%} of the ratings{about} are {named(most)}, so that chance alone makes {by_chance:.0%} of "
            f"pairs equal: coefficients corrected for chance can be low although {self.percent_agreement:.0%} are"
        )
        return Note("prevalence", text)


def prevalence_of(
    ratings: Ratings, criterion: str | None, categories: tuple[float, ...], percent_agreement: float | None
) -> Prevalence:
    """Count the answers of one criterion.

    References
    ----------
    Byrt, Bishop and Carlin (1993), Journal of Clinical Epidemiology 46(5), 423-429. Feinstein and Cicchetti (1990),
    ibid. 43(6), 543-549.
    """
    try:
        counted = _categories(ratings, categories)
    except Undefined as error:
        return Prevalence(criterion, len(ratings), None, percent_agreement, reason=error.code, message=error.message)
    prevalence, bias = _indices(ratings, tuple(one.value for one in counted))
    return Prevalence(criterion, len(ratings), counted, percent_agreement, prevalence, bias)


def named(category: Category) -> str:
    """Return a category's label, or its value."""
    return f"{category.value:g}" if category.label is None else category.label


def _categories(ratings: Ratings, declared: tuple[float, ...]) -> tuple[Category, ...]:
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    values, place = distinct(ratings.value)
    if len(values) > FEW_VALUES:
        raise Undefined(Why.TOO_MANY_VALUES, f"{len(values)} distinct values are measurements, not categories")
    scale = np.union1d(np.array(declared, dtype=np.float64), values)
    number = np.bincount(np.searchsorted(scale, values)[place], minlength=len(scale))
    return tuple(
        Category(
            float(value), None if ratings.labels is None else ratings.labels[int(value)], count, count / len(place)
        )
        for value, count in zip(scale.tolist(), number.tolist(), strict=True)
    )


def _indices(ratings: Ratings, categories: tuple[float, ...]) -> tuple[float | None, float | None]:
    if len(categories) != 2:
        return None, None
    try:
        pairs = pairs_of(ratings)
    except Undefined:  # not two named raters with items in common
        return None, None
    shares = _shares_of_first(pairs, categories[0])
    return float(abs(shares.sum() - 1)), float(abs(shares[0] - shares[1]))


def _shares_of_first(pairs: Pairs, category: float) -> Floats:
    shares: Floats = (pairs.columns == category).mean(axis=0)
    return shares
