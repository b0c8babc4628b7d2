"""How severe each rater is, and what the systems' means would be if all raters were equally severe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, add_up, dense
from analysis.comparison.paired import NO_SPREAD
from analysis.data import Coded, Floats
from analysis.errors import Undefined, Why
from analysis.graph import members
from analysis.ratings.parts import Part
from analysis.ratings.severity_fit import TwoWay, fit_two_way

UNITS = ("item", "system")


@dataclass(frozen=True, slots=True)
class RaterSeverity:
    """One rater: the mean of what they add to a value, relative to the raters of their ``component``."""

    rater: str
    n_ratings: int
    severity: Estimate
    component: int


@dataclass(frozen=True, slots=True)
class SeverityFit:
    """The model value = mean + unit + rater + error of one criterion.

    ``ridge`` is residual variance / rater variance: ``ridge_by`` says whether it was stated or chosen by restricted
    maximum likelihood; None where that finds no difference between raters (``rater_variance`` 0). ``components`` are
    raters linked by units that several of them rated. ``adjusted`` are the systems' means less the severity of whoever
    rated them.
    """

    criterion: str | None
    unit: str
    ridge: float | None
    ridge_by: str
    rater_variance: float | None
    residual_variance: float | None
    n_ratings: int
    n_units: int
    components: tuple[tuple[str, ...], ...]
    raters: tuple[RaterSeverity, ...]
    adjusted: dict[str, Estimate]
    conventions: dict[str, str]


def severity_of(part: Part, *, unit: str = "item", ridge: float | None = None, confidence: float = 0.95) -> SeverityFit:
    """Fit raters' severities beside what was rated.

    Parameters
    ----------
    part : Part
        Ratings of one criterion.
    unit : str
        ``item``: raters are compared on the same items, whatever else differs. ``system``: on the same systems, which
        takes raters' items of a system as alike on average.
    ridge : float or None
        See ``fit_two_way``: None for the restricted likelihood's, 0 for none.
    confidence : float
        Of every interval.

    Raises
    ------
    Undefined
        ``not_recorded``: raters are unnamed; ``one_rater``; ``disconnected``: no two raters share a unit.
    """
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {unit!r}")
    if ridge is not None and not (np.isfinite(ridge) and ridge >= 0):
        raise ValueError(f"ridge must be 0 or more observations, not {ridge}")
    if part.ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "severity needs the rater of each rating (column rater)")
    rater = part.ratings.rater.used()
    codes, units = dense(part.ratings.item.codes if unit == "item" else part.system.codes)
    fit = fit_two_way(part.values, codes, rater.codes.astype(np.int64), ridge=ridge)
    found = members(fit.component)
    return SeverityFit(
        criterion=part.criterion,
        unit=unit,
        ridge=fit.ridge if np.isfinite(fit.ridge) else None,
        ridge_by="restricted maximum likelihood" if ridge is None else "stated",
        rater_variance=_rater_variance(fit),
        residual_variance=None if np.isnan(fit.residual_variance) else fit.residual_variance,
        n_ratings=len(part.values),
        n_units=units,
        components=tuple(tuple(rater.names[place] for place in group) for group in found),
        raters=_raters(fit, rater, confidence),
        adjusted=_adjusted_means(part, fit, rater, codes, confidence),
        conventions=_CONVENTIONS | {"unit": _UNIT[unit]},
    )


def _rater_variance(fit: TwoWay) -> float | None:
    if fit.ridge == 0 or np.isnan(fit.residual_variance):
        return None
    return fit.residual_variance / fit.ridge if np.isfinite(fit.ridge) else 0.0


def _raters(fit: TwoWay, rater: Coded, confidence: float) -> tuple[RaterSeverity, ...]:
    number = np.bincount(rater.codes, minlength=len(rater.names))
    rows = [
        RaterSeverity(name, int(number[place]), _severity(fit, place, int(number[place]), confidence), int(component))
        for place, (name, component) in enumerate(zip(rater.names, fit.component, strict=True))
    ]
    return tuple(sorted(rows, key=lambda row: (row.severity.value is None, row.severity.value or 0.0, row.rater)))


def _severity(fit: TwoWay, place: int, n: int, confidence: float) -> Estimate:
    value, error = float(fit.severity[place]), float(fit.error[place])
    if np.isnan(value):
        text = "shares nothing rated with another rater, so severity cannot be told from what was rated"
        return Estimate(None, n=n, reason=Why.DISCONNECTED, message=text)
    if np.isnan(error):
        return Estimate(value, None, None, n, "none: no rating is left to judge the error by")
    if error <= 1e-12 * max(1.0, abs(value)):
        return Estimate(value, None, None, n, NO_SPREAD)
    half = _t(confidence, fit.degrees) * error
    said = {"confidence": f"{confidence:g}", "degrees_of_freedom": str(fit.degrees)}
    return Estimate(value, value - half, value + half, n, "model, t", None, error, said)


def _adjusted_means(part: Part, fit: TwoWay, rater: Coded, codes: Codes, confidence: float) -> dict[str, Estimate]:
    if int(fit.component.max()) > 0:
        text = "raters fall into groups that rated nothing in common, so their severities have no common zero"
        return {name: Estimate(None, reason=Why.DISCONNECTED, message=text) for name in part.system.names}
    cluster, clusters = dense(part.unit.codes)
    left = part.values - fit.severity[rater.codes]
    return {
        name: _adjusted(left, place, _Linked(part, fit, rater, codes, cluster, clusters), confidence)
        for place, name in enumerate(part.system.names)
    }


@dataclass(frozen=True, slots=True)
class _Linked:
    """What links a system's adjusted mean to every rating, through the severities."""

    part: Part
    fit: TwoWay
    rater: Coded
    codes: Codes
    cluster: Codes
    clusters: int

    def influence(self, left: Floats, mean: float, mine: Floats) -> Floats:
        """Return how much each rating moves an adjusted mean: by itself, and by moving the severities."""
        n = mine.sum()
        weight = np.bincount(self.rater.codes, mine, len(self.rater.names)) / n
        pull = self.fit.inverse @ weight
        average = np.bincount(self.codes, pull[self.rater.codes]) / np.bincount(self.codes)
        through: Floats = self.fit.residual * (pull[self.rater.codes] - average[self.codes])
        moved: Floats = mine * (left - mean) / n - through
        return moved


def _adjusted(left: Floats, place: int, linked: _Linked, confidence: float) -> Estimate:
    mine = linked.part.of_system(place)
    mean, n = float(left[mine].mean()), int(mine.sum())
    prompts = len(np.unique(linked.cluster[mine]))
    if prompts < 2:
        return Estimate(mean, None, None, n, "none: one cluster", prompts)
    sums = add_up(linked.influence(left, mean, mine.astype(np.float64))[:, None], linked.cluster)[:, 0]
    error = float(np.sqrt(linked.clusters / (linked.clusters - 1) * (sums @ sums)))
    if error <= 1e-12 * max(1.0, abs(mean)):
        return Estimate(mean, None, None, n, NO_SPREAD, prompts)
    half = _t(confidence, prompts - 1) * error
    said = {"confidence": f"{confidence:g}", "unit": "cluster"}
    return Estimate(mean, mean - half, mean + half, n, "linearised, clustered, t", prompts, error, said)


def _t(confidence: float, degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + confidence / 2))


_UNIT = {
    "item": "raters are compared on the same items",
    "system": "raters are compared on the same systems, whose items are taken as alike on average",
}
_CONVENTIONS = {
    "severity": "what a rater adds to a value, positive is lenient on a scale where more is better; mean 0 over the "
    "raters of a component, each counting once",
    "severity_interval": "from the model's residual variance; with a ridge, that of the prediction; t",
    "adjusted": "a system's ratings less their raters' severities, over ratings; linearised in all ratings, clustered "
    "by prompt, the ridge taken as known",
}
