"""The ratings of one criterion, in every form that a coefficient is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis import coefficients, complete, two_raters
from analysis.data import Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.repeats import Collapsed, collapse_repeats
from analysis.resampling import Clusters
from analysis.units import Units, units_of

CLUSTERS = ("none", "prompt")


@dataclass(frozen=True)
class Part:
    """The ratings of one criterion, ready for coefficients; each form of them is made once, when it is needed."""

    criterion: str | None
    level: str
    collapsed: Collapsed
    categories: tuple[float, ...]
    clusters: Clusters | None = None

    @cached_property
    def units(self) -> Units:
        """Return the ratings item by item."""
        return units_of(self.collapsed.ratings, self.categories, members=self.clusters is not None)

    @cached_property
    def pairs(self) -> two_raters.Pairs:
        """Return the answers of two raters side by side."""
        return two_raters.pairs_of(self.collapsed.ratings, self.categories)

    @cached_property
    def table(self) -> complete.Complete:
        """Return the items that every rater rated."""
        return complete.complete_table(self.collapsed.ratings)

    @cached_property
    def percent_agreement(self) -> float | None:
        """Return the share of equal pairs that chance-corrected coefficients start from, None without pairs."""
        try:
            return coefficients.percent_agreement(self.units).estimate()
        except Undefined:
            return None

    @property
    def has_two_raters(self) -> bool:
        """Say whether statistics of exactly two raters apply."""
        rater = self.collapsed.ratings.rater
        return rater is not None and len(rater.used().names) == 2

    def refuse_one_rater(self) -> None:
        """Raise Undefined when all ratings are known to be by one rater."""
        ratings = self.collapsed.ratings
        if ratings.rater is not None and len(ratings) and len(ratings.rater.used().names) < 2:
            raise Undefined(Why.ONE_RATER, "agreement needs at least two raters, and here is one")


def criteria_in(ratings: Ratings) -> tuple[str | None, ...]:
    """Return the criteria that have ratings, or None alone where criteria are not named."""
    return (None,) if ratings.criterion is None else ratings.criterion.used().names


def rows_of_criterion(ratings: Ratings, criterion: str | None) -> Mask:
    """Return which ratings are of one criterion, all where criteria are not named."""
    if criterion is None or ratings.criterion is None:
        return np.ones(len(ratings), dtype=np.bool_)
    rows: Mask = ratings.criterion.codes == ratings.criterion.names.index(criterion)
    return rows


def of_one_criterion(ratings: Ratings, criterion: str | None) -> Ratings:
    """Return the ratings of one criterion."""
    return ratings if criterion is None else take(ratings, rows_of_criterion(ratings, criterion))


def part_of(ratings: Ratings, criterion: str | None, *, level: str, cluster: str = "none") -> Part:
    """Return the ratings of one criterion with repeats made one; ``cluster`` says which items hang together.

    Raises
    ------
    Undefined
        ``not_recorded``: the items' prompts are wanted and not known.
    ValueError
        An item is on two prompts.
    """
    chosen = of_one_criterion(ratings, criterion)
    clusters = None if cluster == "none" else prompt_clusters(chosen)
    collapsed = collapse_repeats(chosen, average=level in ("interval", "ratio"))
    return Part(criterion, level, collapsed, ratings.categories.get(criterion or "", ()), clusters)


def prompt_clusters(ratings: Ratings) -> Clusters:
    """Return which prompt each item is on."""
    if ratings.prompt is None:
        raise Undefined(Why.NOT_RECORDED, "clusters of prompts need the prompt of each rating (column prompt)")
    prompt = np.full(len(ratings.item.names), -1)
    prompt[ratings.item.codes] = ratings.prompt.codes
    torn = np.flatnonzero(prompt[ratings.item.codes] != ratings.prompt.codes)
    if len(torn):
        item = ratings.item.names[ratings.item.codes[torn[0]]]
        raise ValueError(f"item {item!r} is on two prompts; items in clusters must be on one each")
    return Clusters(prompt, "prompt")
