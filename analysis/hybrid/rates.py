"""A judge's pass rate corrected by its sensitivity and specificity, for calibration sets that come from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Estimate, null_with_reason
from analysis.errors import Undefined, Why
from analysis.intervals import z_value

METHODS = ("lee", "delta")
CAUTION = (
    "an alternative: where the labelled items are a random part of these, PPI++ needs no sensitivity and "
    "specificity and is usually narrower; this takes the judge to err on these items as on the calibration items"
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the judge did on items with known truth: hits of truly good ones, and of truly bad ones."""

    passed_good: int
    good: int
    failed_bad: int
    bad: int

    def __post_init__(self) -> None:
        if not (0 <= self.passed_good <= self.good and 0 <= self.failed_bad <= self.bad):
            raise ValueError("hits lie between 0 and the number of items")


@dataclass(frozen=True, slots=True)
class _Shares:
    """The judge's rate on n items, its sensitivity on ``good`` and its specificity on ``bad``."""

    rate: float
    n: float
    sensitivity: float
    good: float
    specificity: float
    bad: float

    @property
    def skill(self) -> float:
        """Return Youden's index: 0 is a judge that knows nothing."""
        return self.sensitivity + self.specificity - 1

    @property
    def corrected(self) -> float:
        return (self.rate + self.specificity - 1) / self.skill

    @property
    def noise(self) -> tuple[float, float]:
        """Return the variances that sensitivity and specificity bring into the corrected rate, before scaling."""
        theta = self.corrected
        good = self.sensitivity * (1 - self.sensitivity) / self.good
        bad = self.specificity * (1 - self.specificity) / self.bad
        return theta**2 * good, (1 - theta) ** 2 * bad

    @property
    def error(self) -> float:
        variance = self.rate * (1 - self.rate) / self.n + sum(self.noise)
        return float(np.sqrt(variance)) / self.skill


@null_with_reason
def rogan_gladen(
    passed: int, n: int, calibration: Calibration, *, method: str = "lee", confidence: float = 0.95
) -> Estimate:
    """Return the share of truly good items behind a judge's pass rate, cut to 0..1.

    Parameters
    ----------
    passed, n : int
        How many items the judge passed, of how many.
    calibration : Calibration
        Other items, of which the truth is known.
    method : str
        ``lee`` adds pseudo-counts and shifts the interval, which holds with few calibration items: Lang and
        Reiczigel's interval, which Lee et al. brought to judges. ``delta`` is the plain delta method. The value is
        Rogan and Gladen's in both.
    confidence : float
        Of the interval.

    References
    ----------
    Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76. Lang and Reiczigel (2014), Preventive
    Veterinary Medicine 113, 13-22. Lee et al. (2025), arXiv 2511.21140.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not 0 <= passed <= n:
        raise ValueError(f"passed lies between 0 and {n}, not {passed}")
    if not n:
        raise Undefined(Why.EMPTY, "the judge scored nothing")
    if not (calibration.good and calibration.bad):
        raise Undefined(Why.NO_CASES, "calibration needs items that are truly good and others that are truly bad")
    plain = _shares(passed, n, calibration)
    if plain.skill <= 0:
        raise Undefined(
            Why.NO_SIGNAL,
            f"sensitivity {plain.sensitivity:.3f} and specificity {plain.specificity:.3f} sum to at most 1: the judge "
            "does not tell good from bad, so its rate says nothing",
        )
    lower, upper, error = _lee(plain, confidence) if method == "lee" else _delta(plain, confidence)
    said = {"confidence": f"{confidence:g}", "caution": CAUTION}
    name = "Rogan-Gladen, Lang and Reiczigel (Lee et al. 2025)" if method == "lee" else "Rogan-Gladen, delta method"
    value = min(max(plain.corrected, 0.0), 1.0)
    return Estimate(value, _cut(lower), _cut(upper), n, name, standard_error=error, conventions=said)


def _shares(passed: int, n: int, calibration: Calibration) -> _Shares:
    return _Shares(
        rate=passed / n,
        n=n,
        sensitivity=calibration.passed_good / calibration.good,
        good=calibration.good,
        specificity=calibration.failed_bad / calibration.bad,
        bad=calibration.bad,
    )


def _delta(plain: _Shares, confidence: float) -> tuple[float, float, float]:
    half = z_value(confidence) * plain.error
    return plain.corrected - half, plain.corrected + half, plain.error


def _lee(plain: _Shares, confidence: float) -> tuple[float, float, float]:
    z = z_value(confidence)
    moved = _Shares(
        rate=(plain.rate * plain.n + z * z / 2) / (plain.n + z * z),
        n=plain.n + z * z,
        sensitivity=(plain.sensitivity * plain.good + 1) / (plain.good + 2),
        good=plain.good + 2,
        specificity=(plain.specificity * plain.bad + 1) / (plain.bad + 2),
        bad=plain.bad + 2,
    )
    theta = moved.corrected
    good, bad = (
        share * (1 - share) / n for share, n in ((moved.sensitivity, moved.good), (moved.specificity, moved.bad))
    )
    centre = theta + 2 * z * z * (theta * good - (1 - theta) * bad)
    return centre - z * moved.error, centre + z * moved.error, moved.error


def _cut(end: float) -> float:
    return min(max(end, 0.0), 1.0)
