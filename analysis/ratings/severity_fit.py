"""The two-way model value = unit + rater + error, with the units swept out: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.graph import weak_components

Places = NDArray[np.int64]

MOST_RATERS = 3_000  # a dense raters x raters matrix: 72 MB
TINY = 1e-10  # sums of squares below this share of their total are rounding
WIDEST = 1e8  # the largest ratio of rater variance to residual variance that is looked at


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Severities by rater, each component centred on 0, NaN for a rater who shares no unit with another.

    ``inverse`` is the (ridged) generalised inverse that turns sums of residuals into severities. ``ridge`` is the
    weight of the penalty in observations, infinite where no difference between raters is left.
    """

    severity: Floats
    error: Floats
    inverse: Floats
    component: Places
    ridge: float
    residual_variance: float
    degrees: int
    residual: Floats


def fit_two_way(value: Floats, unit: Places, rater: Places, *, ridge: float | None) -> TwoWay:
    """Minimise sum (value - unit - rater)^2 + ridge x sum rater^2.

    Parameters
    ----------
    value, unit, rater : arrays, shape (n,)
        Units and raters are numbered from 0 without gaps.
    ridge : float or None
        Residual variance over rater variance. 0 leaves raters as they are; None takes the ratio of the variances
        that restricted maximum likelihood finds, raters being random and units fixed.

    Raises
    ------
    Undefined
        ``one_rater``; ``disconnected``: no unit has two raters; ``too_many_values``: more than 3,000 raters.

    References
    ----------
    Searle, Casella and McCulloch (1992), Variance Components, for the restricted likelihood and the predictions.
    """
    raters = int(rater.max()) + 1
    _refuse(raters)
    swept = _Swept(value, unit, rater, raters)
    component = weak_components(swept.laplacian < -TINY)
    if int(component.max()) + 1 == raters:
        raise Undefined(Why.DISCONNECTED, "no two raters rated the same, so nothing tells severity from what was rated")
    ratio, b, d, vectors = _solved(swept, int(component.max()) + 1, ridge)
    weights = 1 / (d + ratio) if np.isfinite(ratio) else np.zeros_like(d)
    inverse: Floats = (vectors * weights) @ vectors.T
    severity = inverse @ swept.score
    degrees = swept.degrees - (len(d) if ratio == 0 else 0)
    variance = swept.variance(b, d, ratio, degrees)
    alone = np.bincount(component)[component] == 1
    severity[alone] = np.nan
    residual = swept.residual(np.where(alone, 0.0, severity))
    error = np.sqrt(np.maximum(np.diag(inverse), 0.0) * variance)
    return TwoWay(severity, error, inverse, component, ratio, variance, degrees, residual)


def _refuse(raters: int) -> None:
    if raters < 2:
        raise Undefined(Why.ONE_RATER, "severity is relative to other raters, and here is one")
    if raters > MOST_RATERS:
        raise Undefined(Why.TOO_MANY_VALUES, f"{raters} raters are more than the {MOST_RATERS} that one fit can hold")


class _Swept:
    """The normal equations of the raters once each unit's mean is taken out."""

    def __init__(self, value: Floats, unit: Places, rater: Places, raters: int) -> None:
        from scipy.sparse import csr_array

        self.value, self.unit, self.rater = value - value.mean(), unit, rater
        self.size = np.bincount(unit).astype(np.float64)
        counts = csr_array((np.ones(len(value)), (unit, rater)), shape=(len(self.size), raters))
        shared = (counts.T @ counts.multiply((1 / self.size)[:, None])).toarray()
        self.laplacian: Floats = np.diag(np.bincount(rater, minlength=raters).astype(np.float64)) - shared
        self.centred = self.value - self._unit_means(self.value)[unit]
        self.score: Floats = np.bincount(rater, self.centred, raters).astype(np.float64, copy=False)
        self.total = float(self.centred @ self.centred)
        self.degrees = len(value) - len(self.size)

    def _unit_means(self, value: Floats) -> Floats:
        means: Floats = np.bincount(self.unit, value) / self.size
        return means

    def residual(self, severity: Floats) -> Floats:
        left = self.value - severity[self.rater]
        rest: Floats = left - self._unit_means(left)[self.unit]
        return rest

    def quadratic(self, b: Floats, d: Floats, ridge: float) -> float:
        """Return the residual sum of squares plus the penalty, at its minimum."""
        left = self.total if np.isinf(ridge) else self.total - float((b**2 / (d + ridge)).sum())
        return left if left > TINY * self.total else 0.0

    def variance(self, b: Floats, d: Floats, ridge: float, degrees: int) -> float:
        return self.quadratic(b, d, ridge) / degrees if degrees > 0 else float("nan")


def _solved(swept: _Swept, components: int, ridge: float | None) -> tuple[float, Floats, Floats, Floats]:
    """Return the ridge, and the equations in the axes in which they are independent, one null axis a component."""
    values, vectors = np.linalg.eigh(swept.laplacian)
    d, kept = values[components:], vectors[:, components:]
    b: Floats = kept.T @ swept.score
    return (_reml_ratio(swept, b, d) if ridge is None else ridge), b, d, kept


def _reml_ratio(swept: _Swept, b: Floats, d: Floats) -> float:
    """Return residual over rater variance: the maximum of the restricted likelihood, infinite at no rater variance."""
    if not swept.total:
        return float("inf")
    if not swept.quadratic(b, d, 0.0):  # units and raters explain everything: nothing to shrink by
        return 0.0
    from scipy.optimize import minimize_scalar

    def deviance(log_theta: float) -> float:
        theta = float(np.exp(log_theta))
        return swept.degrees * float(np.log(swept.quadratic(b, d, 1 / theta))) + float(np.log1p(theta * d).sum())

    unit = 1 / float(d.mean())
    grid = np.log(unit) + np.linspace(-np.log(WIDEST), np.log(WIDEST), 75)
    start = int(np.argmin([deviance(point) for point in grid]))
    low, high = grid[max(0, start - 1)], grid[min(len(grid) - 1, start + 1)]
    found = minimize_scalar(deviance, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    none = swept.degrees * float(np.log(swept.total))
    return float("inf") if none <= found.fun + 1e-9 else float(np.exp(-found.x))
