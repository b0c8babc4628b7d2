"""Repeats: one rater who answered one item more than once counts once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats, Ratings, take

LARGEST_TABLE = 50_000_000  # cells of a lookup table; beyond it sorting needs less memory


@dataclass(frozen=True, slots=True)
class Collapsed:
    """Ratings with at most one row per item, rater and criterion.

    ``repeats`` counts the rows that went into another; ``abstained`` the cells dropped because their repeats
    contradict each other.
    """

    ratings: Ratings
    repeats: int = 0
    abstained: int = 0


def collapse_repeats(ratings: Ratings, *, average: bool) -> Collapsed:
    """Make one rating of each rater's repeats on an item.

    Scores are averaged (``average``). Categories cannot be: equal repeats become one rating, and a rater who
    answered differently has no settled opinion, which is an abstention and not a tie. Confidence is the mean of what
    the repeats stated. Ratings without rater names have no repeats.
    """
    if ratings.rater is None or not _has_repeats(key := _keys(ratings)):
        return Collapsed(ratings)
    order = np.lexsort((ratings.value, key))
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    ends = np.append(starts[1:], len(order)) - 1
    repeats = len(key) - len(starts)
    one = replace(take(ratings, order[starts]), confidence=_mean_confidence(ratings, order, starts))
    if average:
        means = np.add.reduceat(ratings.value[order], starts) / (ends - starts + 1)
        return Collapsed(replace(one, value=means), repeats)
    settled = ratings.value[order[starts]] == ratings.value[order[ends]]
    return Collapsed(take(one, settled), repeats, int((~settled).sum()))


def _mean_confidence(ratings: Ratings, order: NDArray[np.int64], starts: NDArray[np.int64]) -> Floats | None:
    if ratings.confidence is None:
        return None
    stated = ratings.confidence[order]
    number = np.add.reduceat((~np.isnan(stated)).astype(np.float64), starts)
    total = np.add.reduceat(np.nan_to_num(stated), starts)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _keys(ratings: Ratings) -> NDArray[np.int64]:
    key = ratings.item.codes.astype(np.int64)
    for column in (ratings.criterion, ratings.rater):
        if column is not None:
            key *= len(column.names)
            key += column.codes
    return key


def _has_repeats(key: NDArray[np.int64]) -> bool:
    if not len(key):
        return False
    if int(key.max()) < LARGEST_TABLE:
        return int(np.bincount(key).max()) > 1
    return len(np.unique(key)) < len(key)
