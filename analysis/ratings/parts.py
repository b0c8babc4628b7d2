"""Ratings of one criterion by system and prompt: what every statistic of direct ratings is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.data import Coded, Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.units import distinct

FEW_LEVELS = 12  # distinct values of a scale that nobody declared; more of them are measurements


@dataclass(frozen=True, slots=True)
class Part:
    """The ratings of one criterion.

    ``unit`` is the prompt that a rating is about, or the item where prompts are not named: what systems are paired
    by and errors are clustered by. ``levels`` are the categories of the scale in order, those nobody used included;
    None where the values are measurements. ``declared`` says that the scale names them.
    """

    criterion: str | None
    ratings: Ratings
    system: Coded
    unit: Coded
    levels: Floats | None
    declared: bool

    @property
    def values(self) -> Floats:
        """Return the values, row by row."""
        return self.ratings.value

    def of_system(self, place: int) -> Mask:
        """Say which rows are about one system."""
        mine: Mask = self.system.codes == place
        return mine


def parts_of(ratings: Ratings) -> list[Part]:
    """Split ratings by criterion; criteria are never pooled.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: ratings do not say of which system; ``not_numeric``: they are labels.
    """
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no mean")
    if ratings.criterion is None:
        return [_part(ratings, None)]
    column = ratings.criterion.used()
    return [_part(take(ratings, column.codes == place), name) for place, name in enumerate(column.names)]


def _part(ratings: Ratings, criterion: str | None) -> Part:
    if ratings.system is None:
        raise Undefined(Why.NOT_RECORDED, "a board needs the system of each rating (column system)")
    declared = ratings.categories.get(criterion or "", ())
    unit = ratings.item if ratings.prompt is None else ratings.prompt
    levels = _levels(ratings.value, declared)
    return Part(criterion, ratings, ratings.system.used(), unit.used(), levels, bool(declared))


def _levels(values: Floats, declared: tuple[float, ...]) -> Floats | None:
    found, _ = distinct(values)
    if declared:
        return np.union1d(np.array(declared, dtype=np.float64), found)
    return found if len(found) <= FEW_LEVELS else None
