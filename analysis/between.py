"""Agreement between two groups of raters, such as a judge and people, over the pairs that cross the groups."""

from __future__ import annotations

import numpy as np

from analysis.data import Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.resampling import Sums
from analysis.units import distinct

MOST_CATEGORIES = 64  # a rating scale; more distinct values are measurements


def cross_agreement(ratings: Ratings, left: Mask) -> Sums:
    """Share of equal ratings over all pairs of one rating of each group on the same item.

    Parameters
    ----------
    ratings : Ratings
        One criterion, one row per item and rater (repeats already collapsed).
    left : array of bool, shape (rows,)
        True for the rows of the first group (the judge), False for those of the second (people).

    Raises
    ------
    Undefined
        ``empty``: a group has no ratings; ``no_pairs``: no item was rated by both groups.
    """
    first, second = _tables(ratings, left)
    return Sums(np.column_stack([(first * second).sum(axis=1), _pairs(first, second)]), _each(first), _share)


def cross_kappa(ratings: Ratings, left: Mask, *, squared: bool) -> Sums:
    """Chance-corrected agreement over the pairs that cross the groups: 1 - observed / expected disagreement.

    Expected disagreement takes each group's distribution over the pairs as given. With one rater in each group it
    is Cohen's kappa: unweighted, or (``squared``) with quadratic weights.

    Raises
    ------
    Undefined
        As ``cross_agreement``; ``one_category``: every paired rating is the same.

    References
    ----------
    Cohen (1960, 1968); for a rater against a group, Schouten (1982), Statistica Neerlandica 36, 45-61.
    """
    made = _squared(ratings, left) if squared else _unequal(ratings, left)
    if np.isnan(made.estimate()):
        raise Undefined(Why.ONE_CATEGORY, "every paired rating is the same, so chance explains all agreement")
    return made


def _unequal(ratings: Ratings, left: Mask) -> Sums:
    first, second = _tables(ratings, left)
    pairs = _pairs(first, second)
    differ = pairs - (first * second).sum(axis=1)
    size = first.shape[1]
    margins = [first * second.sum(axis=1, keepdims=True), second * first.sum(axis=1, keepdims=True)]

    def value(sums: Floats) -> Floats:
        observed, n = sums[:, 0], sums[:, 1]
        same_by_chance = (sums[:, 2 : 2 + size] * sums[:, 2 + size :]).sum(axis=1)
        return _corrected(observed * n, n**2 - same_by_chance)

    return Sums(np.column_stack([differ, pairs, *margins]), _each(first), value)


def _squared(ratings: Ratings, left: Mask) -> Sums:
    """Squared differences need no table: their sums follow from each group's sums and sums of squares."""
    centred = ratings.value - ratings.value.mean()
    item = ratings.item.codes
    size = len(ratings.item.names)
    counts, totals, squares = (
        [np.bincount(item[rows], weight[rows], size) for rows in (left, ~left)]
        for weight in (np.ones_like(centred), centred, centred**2)
    )
    met = (counts[0] > 0) & (counts[1] > 0)
    _refuse_nothing_shared(left, met)
    (n1, n2), (t1, t2), (q1, q2) = ([column[met] for column in columns] for columns in (counts, totals, squares))
    observed = n2 * q1 + n1 * q2 - 2 * t1 * t2
    features = np.column_stack([observed, n1 * n2, n2 * t1, n1 * t2, n2 * q1, n1 * q2])
    return Sums(features, np.ones(int(met.sum()), dtype=np.int64), _squared_value)


def _squared_value(sums: Floats) -> Floats:
    observed, n, t1, t2, q1, q2 = sums.T
    return _corrected(observed * n, (q1 + q2) * n - 2 * t1 * t2, rounding=1e-12 * (q1 + q2) * n)


def _tables(ratings: Ratings, left: Mask) -> tuple[Floats, Floats]:
    """Return the counts of (item, category) of either group, for the items that both rated."""
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    values, category = distinct(ratings.value)
    if len(values) > MOST_CATEGORIES:
        raise Undefined(Why.TOO_MANY_VALUES, f"{len(values)} distinct values are measurements, not categories")
    cell = ratings.item.codes.astype(np.int64) * len(values) + category
    shape = (len(ratings.item.names), len(values))
    first, second = (
        np.bincount(cell[rows], minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
        for rows in (left, ~left)
    )
    met = (first.sum(axis=1) > 0) & (second.sum(axis=1) > 0)
    _refuse_nothing_shared(left, met)
    return first[met], second[met]


def _refuse_nothing_shared(left: Mask, met: Mask) -> None:
    if not left.any() or left.all():
        raise Undefined(Why.EMPTY, "one of the two groups has no ratings")
    if not met.any():
        raise Undefined(Why.NO_PAIRS, "no item was rated by both groups")


def _pairs(first: Floats, second: Floats) -> Floats:
    product: Floats = first.sum(axis=1) * second.sum(axis=1)
    return product


def _each(table: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.ones(len(table), dtype=np.int64)


def _share(sums: Floats) -> Floats:
    share: Floats = sums[:, 0] / sums[:, 1]
    return share


def _corrected(observed: Floats, expected: Floats, rounding: Floats | float = 0.0) -> Floats:
    known = expected > rounding
    return np.where(known, 1 - observed / np.where(known, expected, 1.0), np.nan)


def only(ratings: Ratings, criterion: str) -> Ratings:
    """Return the ratings of one criterion."""
    if ratings.criterion is None:
        return ratings
    return take(ratings, ratings.criterion.codes == ratings.criterion.names.index(criterion))
