"""ROC-AUC with DeLong's interval, and the difference of two on the same cases."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.dominance import covariance, dominance
from analysis.comparison.estimates import Codes, Estimate, Significance, normal_interval, null_with_reason
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why

SCALES = ("logit", "plain")


@null_with_reason
def roc_auc(
    score: Floats, positive: Mask, *, item: Codes | None = None, scale: str = "logit", confidence: float = 0.95
) -> Estimate:
    """Return P(a positive case scores above a negative one), ties half, with DeLong's error.

    With ``item``, cases of one item are related and its placements are added before they are squared. The interval
    is normal on the ``logit`` scale, which holds its level near 1 too; ``plain`` is the textbook's. An area of 0 or
    1 has no spread to estimate and gets no interval.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; clustered, Obuchowski (1997), Biometrics 53,
    567-578; on the logit scale, Qin and Hotilovac (2008), Statistical Methods in Medical Research 17, 207-221.
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, not {scale!r}")
    value, added = dominance(score, positive)
    error = float(np.sqrt(covariance(added, added, positive, item)))
    method = f"DeLong, normal on the {scale} scale" + ("" if item is None else ", clustered by item")
    if error == 0 or not 0 < value < 1:
        return Estimate(value, n=len(score), method="none: no spread", standard_error=error)
    if scale == "plain":
        return normal_interval(value, error, confidence=confidence, n=len(score), method=method, bounds=(0.0, 1.0))
    slope = value * (1 - value)  # of the area in its logit
    odds = float(np.log(value / (1 - value)))
    made = normal_interval(odds, error / slope, confidence=confidence, n=len(score), method=method)
    return replace(made, value=value, lower=_area(made.lower), upper=_area(made.upper), standard_error=error)


def _area(logit: float | None) -> float | None:
    return None if logit is None else float(1 / (1 + np.exp(-logit)))


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
