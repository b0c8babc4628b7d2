"""ROC-AUC with DeLong's interval, and the difference of two on the same cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.dominance import covariance, dominance
from analysis.comparison.estimates import Codes, Estimate, Significance, normal_interval, null_with_reason
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why


@null_with_reason
def roc_auc(score: Floats, positive: Mask, *, item: Codes | None = None, confidence: float = 0.95) -> Estimate:
    """Return P(a positive case scores above a negative one), ties half, with DeLong's interval.

    With ``item``, cases of one item are related and its placements are added before they are squared. An area of 0
    or 1 has no spread to estimate: its interval is a point and says too much.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; clustered, Obuchowski (1997), Biometrics 53,
    567-578.
    """
    value, added = dominance(score, positive)
    error = float(np.sqrt(covariance(added, added, positive, item)))
    method = "DeLong, normal" if item is None else "DeLong, normal, clustered by item"
    return normal_interval(value, error, confidence=confidence, n=len(score), method=method, bounds=(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """The first area minus the second, and the test that they are equal."""

    estimate: Estimate
    test: Significance


def auc_difference(
    first: Floats, second: Floats, positive: Mask, *, item: Codes | None = None, confidence: float = 0.95
) -> AreaDifference:
    """Compare the areas of two scores on the same cases (DeLong's paired test, two-sided)."""
    try:
        value, error = _difference(first, second, positive, item)
    except Undefined as problem:
        null = Estimate(None, reason=problem.code, message=problem.message)
        return AreaDifference(null, Significance(None, reason=problem.code, message=problem.message))
    method = "paired DeLong, normal" + ("" if item is None else ", clustered by item")
    made = normal_interval(value, error, confidence=confidence, n=len(positive), method=method, bounds=(-1.0, 1.0))
    return AreaDifference(made, _test(value, error, len(positive), method))


def _difference(first: Floats, second: Floats, positive: Mask, item: Codes | None) -> tuple[float, float]:
    (value_1, added_1), (value_2, added_2) = dominance(first, positive), dominance(second, positive)
    change = added_1 - added_2
    return value_1 - value_2, float(np.sqrt(covariance(change, change, positive, item)))


def _test(value: float, error: float, n: int, method: str) -> Significance:
    from scipy.special import ndtr

    if error == 0:
        why = "the two scores order the cases alike, so their difference has no spread"
        return Significance(None, None, n, method, reason=Why.NO_VARIANCE, message=why)
    return Significance(float(2 * ndtr(-abs(value / error))), value / error, n, method, {"sides": "two"})
