"""Each rater's values as z-scores, for raters who use a scale each in their own way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.estimates import Codes, dense
from analysis.data import Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whom z-scores cannot be made of: raters with one rating of a criterion, or with equal ones, and how many."""

    raters: tuple[str, ...]
    ratings: int


def standardised(ratings: Ratings) -> tuple[Ratings, LeftOut]:
    """Turn each rater's values of a criterion into (value - mean) / standard deviation, by n - 1.

    A rater of one rating, or without spread, has no z-scores: those ratings are left out and counted. The result has
    no declared categories, because z-scores lie on no scale.

    Raises
    ------
    Undefined
        ``not_recorded``: raters are unnamed; ``not_numeric``: labels; ``no_variance``: nobody is left.
    """
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no mean")
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "z-scores by rater need the rater of each rating (column rater)")
    rater = ratings.rater.codes.astype(np.int64)
    key = rater if ratings.criterion is None else rater + len(ratings.rater.names) * ratings.criterion.codes
    group, groups = dense(key)
    values, kept = _z_scores(ratings.value, group, groups)
    if len(ratings) and not kept.any():
        raise Undefined(Why.NO_VARIANCE, "no rater has two ratings that differ on a criterion: no z-scores")
    out = sorted({ratings.rater.names[code] for code in np.unique(rater[~kept]).tolist()})
    left = take(replace(ratings, value=values, categories={}), np.flatnonzero(kept))
    return left, LeftOut(tuple(out), int((~kept).sum()))


def _z_scores(value: Floats, group: Codes, groups: int) -> tuple[Floats, Mask]:
    size = np.bincount(group, minlength=groups)
    centred = value - (np.bincount(group, value, groups) / np.maximum(size, 1))[group]
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low, group, value)
    np.maximum.at(high, group, value)
    spread = np.sqrt(np.bincount(group, centred**2, groups) / np.maximum(size - 1, 1))
    usable = (size > 1) & (low < high)
    return centred / np.where(usable, spread, 1.0)[group], usable[group]
