"""How often one group's value exceeds the other's: placements, the base of ROC-AUC and of Cliff's delta."""

from __future__ import annotations

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, add_up, normal_interval, null_with_reason, refuse_not_finite
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why


def dominance(score: Floats, high: Mask) -> tuple[float, Floats]:
    """Return P(a score of the high group exceeds one of the low group), ties half, and what each row adds to it.

    The additions are DeLong's placements, centred and scaled such that the sum of their squares, with n/(n-1)
    in each group, is his variance; summed over clusters first they give a clustered one.

    Raises
    ------
    Undefined
        ``empty``: no scores; ``one_category``: a group has none.
    """
    if not len(score):
        raise Undefined(Why.EMPTY, "there are no scores")
    refuse_not_finite(score)
    if high.all() or not high.any():
        raise Undefined(Why.ONE_CATEGORY, "every case is of one class, so there is nothing to tell apart")
    upper, lower = score[high], score[~high]
    above, below = _share_below(upper, lower), 1 - _share_below(lower, upper)
    value = float(above.mean())
    added = np.empty(len(score))
    added[high], added[~high] = (above - value) / len(upper), (below - value) / len(lower)
    return value, added


def _share_below(values: Floats, others: Floats) -> Floats:
    ordered = np.sort(others)
    left, right = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    share: Floats = (left + right) / (2 * len(others))
    return share


def covariance(first: Floats, second: Floats, high: Mask, item: Codes | None) -> float:
    """Return the covariance of two dominances on the same rows, by DeLong or, with items, clustered by item."""
    if item is not None:
        sums = add_up(np.column_stack([first, second]), item)
        if len(sums) < 2:
            raise Undefined(Why.ONE_ITEM, "a spread needs at least two items, and here is one")
        return float(len(sums) / (len(sums) - 1) * (sums[:, 0] @ sums[:, 1]))
    total = 0.0
    for group in (high, ~high):
        size = int(group.sum())
        if size < 2:
            raise Undefined(Why.ONE_ITEM, "DeLong's variance needs at least two cases of each class")
        total += size / (size - 1) * float(first[group] @ second[group])
    return total


@null_with_reason
def cliffs_delta(first: Floats, second: Floats, *, item: Codes | None = None, confidence: float = 0.95) -> Estimate:
    """Return P(first > second) - P(first < second) over all pairs of a value of each, paired or not.

    ``item`` names the rows of ``first`` followed by those of ``second``; paired values share an item, and the
    interval then counts items as the units.

    References
    ----------
    Cliff (1993), Psychological Bulletin 114, 494-509; variance by placements, DeLong et al. (1988).
    """
    high = np.arange(len(first) + len(second)) < len(first)
    value, added = dominance(np.concatenate([first, second]), high)
    error = 2 * np.sqrt(covariance(added, added, high, item))
    method = "placements, normal" + (", clustered by item" if item is not None else "")
    return normal_interval(
        2 * value - 1, float(error), confidence=confidence, n=len(high), method=method, bounds=(-1.0, 1.0)
    )
