"""How consistently one rater answers when asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    dense,
    estimate_of,
    item_sums,
    null_with_reason,
    quotient,
)
from analysis.data import Floats, Ratings, take
from analysis.errors import Undefined, Why
from analysis.judging.shares import share_estimate

REPEATABILITY = 1.96 * 2**0.5  # two answers of one rater differ by less than this many SDs in 95 of 100 cases


@dataclass(frozen=True, slots=True)
class Consistency:
    """How often repeats on an item are equal, and how far apart they lie.

    ``agreement`` is over pairs of answers of one rater to one item, ``within_sd`` the standard deviation of a
    rater's answers about their own mean, ``repeatability`` 1.96 x sqrt(2) times that.
    """

    agreement: Estimate
    within_sd: Estimate
    repeatability: Estimate


@dataclass(frozen=True, slots=True)
class Consistencies:
    """All raters together, and each by name. Raters without repeats have a reason."""

    together: Consistency
    raters: Mapping[str, Consistency]


def consistency(ratings: Ratings, *, sampling: Sampling = DEFAULT) -> Consistencies:
    """Measure how raters agree with themselves, on ratings of one criterion with repeats still in them.

    Items are the unit that is resampled. Where every item has one pair, the agreement's interval is Wilson's.

    References
    ----------
    Bland and Altman (1986), Lancet 327, 307-310.
    """
    if ratings.rater is None:
        missing = Estimate(None, reason=Why.NOT_RECORDED, message="who gave which rating is not recorded")
        return Consistencies(Consistency(missing, missing, missing), {})
    used = ratings.rater.used()
    raters = {name: _consistency(take(ratings, used.codes == place), sampling) for place, name in enumerate(used.names)}
    return Consistencies(_consistency(ratings, sampling), raters)


def _consistency(ratings: Ratings, sampling: Sampling) -> Consistency:
    cell = _cells(ratings)
    spread = _within_sd(ratings, cell, sampling)
    return Consistency(_agreement(ratings, cell, sampling), spread, _times(spread, REPEATABILITY))


def _cells(ratings: Ratings) -> Codes:
    """Number the combinations of item and rater."""
    key = ratings.item.codes.astype(np.int64)
    if ratings.rater is not None:
        key = key * len(ratings.rater.names) + ratings.rater.codes
    return dense(key)[0]


@null_with_reason
def _agreement(ratings: Ratings, cell: Codes, sampling: Sampling) -> Estimate:
    order = np.lexsort((ratings.value, cell))
    cell, value, item = cell[order], ratings.value[order], ratings.item.codes[order]
    hits, items = [], []
    for lag in range(1, int(np.bincount(cell, minlength=1).max(initial=0))):
        same = np.flatnonzero(cell[lag:] == cell[:-lag])
        hits.append(value[same] == value[same + lag])
        items.append(item[same])
    if not hits:
        raise _no_repeats()
    return share_estimate(np.concatenate(hits), item=np.concatenate(items), sampling=sampling)


@null_with_reason
def _within_sd(ratings: Ratings, cell: Codes, sampling: Sampling) -> Estimate:
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no distance")
    number = np.bincount(cell)
    repeated = number[cell] > 1
    if not repeated.any():
        raise _no_repeats()
    centre = float(ratings.value.mean())
    mean = np.bincount(cell, ratings.value - centre) / number
    squares = np.square(ratings.value - centre - mean[cell])
    freedom = (number[cell] - 1) / number[cell]  # summed over a cell: its ratings less one
    rows = np.column_stack([squares, freedom])[repeated]
    sums = item_sums(rows, ratings.item.codes[repeated].astype(np.int64), _root)
    said = {"unit": "item", "divisor": "ratings less one per rater and item"}
    made = estimate_of(sums, n=int(repeated.sum()), sampling=sampling, conventions=said, otherwise=_no_repeats())
    if not rows[:, 0].any():
        return replace(made, lower=None, upper=None, method="none: no spread")
    return made


def _root(sums: Floats) -> Floats:
    return np.sqrt(quotient(sums[:, 0], sums[:, 1]))


def _times(made: Estimate, factor: float) -> Estimate:
    ends = (None if end is None else factor * end for end in (made.value, made.lower, made.upper))
    value, lower, upper = ends
    return replace(made, value=value, lower=lower, upper=upper)


def _no_repeats() -> Undefined:
    return Undefined(Why.NO_PAIRS, "nobody rated an item more than once")
