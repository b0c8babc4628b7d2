"""The two kinds of result: an estimate with its interval, and a test with its p value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import ParamSpec

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.intervals import z_value
from analysis.resampling import Interval, Sums, bootstrap, jackknife

Given = ParamSpec("Given")
Codes = NDArray[np.int64]

SLACK = 1e-9  # differences below this share of the largest count as equal: sums of floats are not exact
INTERVALS = ("bootstrap", "jackknife", "none")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How intervals are made. The same seed gives the same interval, whatever else is computed."""

    ci: str = "bootstrap"
    rounds: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.ci not in INTERVALS:
            raise ValueError(f"ci must be one of {', '.join(INTERVALS)}, not {self.ci!r}")
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, not {self.rounds}")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, not {self.confidence}")

    def rng(self) -> np.random.Generator:
        """Return a fresh generator."""
        return np.random.default_rng(self.seed)

    def interval(self, sums: Sums) -> Interval:
        """Return the interval of a statistic of sums over items."""
        if self.ci == "none":
            return Interval(None, None, "none")
        if self.ci == "jackknife":
            return jackknife(sums, confidence=self.confidence)
        return bootstrap(sums, rounds=self.rounds, confidence=self.confidence, rng=self.rng())


DEFAULT = Sampling()


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with what it takes to doubt it.

    ``n`` counts the rows it is over and ``n_items`` the independent units behind them, where the two differ.
    ``method`` says how the interval was made. Where ``value`` is None, ``reason`` is a code for programs and
    ``message`` says why.
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    method: str = "none"
    n_items: int | None = None
    standard_error: float | None = None
    conventions: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Significance:
    """A p value, two-sided unless ``conventions`` says otherwise, with the statistic it belongs to."""

    p_value: float | None
    statistic: float | None = None
    n: int = 0
    method: str = "none"
    conventions: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    message: str | None = None


def null_with_reason(build: Callable[Given, Estimate]) -> Callable[Given, Estimate]:
    """Turn what the data cannot give into a null that says why, so that its neighbours are still reported."""

    @wraps(build)
    def safe(*args: Given.args, **kwargs: Given.kwargs) -> Estimate:
        try:
            return build(*args, **kwargs)
        except Undefined as error:
            return Estimate(None, reason=error.code, message=error.message)

    return safe


def no_p_with_reason(build: Callable[Given, Significance]) -> Callable[Given, Significance]:
    """Do for tests what ``null_with_reason`` does for estimates."""

    @wraps(build)
    def safe(*args: Given.args, **kwargs: Given.kwargs) -> Significance:
        try:
            return build(*args, **kwargs)
        except Undefined as error:
            return Significance(None, reason=error.code, message=error.message)

    return safe


def estimate_of(
    sums: Sums, *, n: int, sampling: Sampling, conventions: Mapping[str, str], otherwise: Undefined
) -> Estimate:
    """Return the statistic with its interval, or raise ``otherwise`` where the data leave it undefined."""
    value = sums.estimate()
    if np.isnan(value):
        raise otherwise
    made = sampling.interval(sums)
    said = {**conventions, "confidence": f"{sampling.confidence:g}", "seed": str(sampling.seed)}
    return Estimate(value, made.lower, made.upper, n, made.method, n_items=sums.n, conventions=said)


def normal_interval(
    value: float, error: float, *, confidence: float, n: int, method: str, bounds: tuple[float, float] | None = None
) -> Estimate:
    """Return value +- z standard errors, cut at the bounds of the statistic where it has any."""
    low, high = bounds or (-np.inf, np.inf)
    half = z_value(confidence) * error
    said = {"confidence": f"{confidence:g}"}
    lower, upper = max(low, value - half), min(high, value + half)
    return Estimate(value, lower, upper, n, method, standard_error=error, conventions=said)


def cut(estimate: Estimate, low: float, high: float) -> Estimate:
    """Cut an interval at the bounds of what it estimates, and say so; on few rows t intervals of shares leave them."""
    if estimate.lower is None or estimate.upper is None or (low <= estimate.lower and estimate.upper <= high):
        return estimate
    lower, upper = max(low, estimate.lower), min(high, estimate.upper)
    return replace(estimate, lower=lower, upper=upper, method=f"{estimate.method}, cut at {low:g} and {high:g}")


def item_sums(features: Floats, item: Codes | None, value: Callable[[Floats], Floats], *, alike: bool = False) -> Sums:
    """Return a statistic of sums over items from one row of features per observation.

    ``item`` says which rows belong together and are resampled together; None means that each row stands alone.
    ``alike`` says that many items have equal features, so that counting them first saves time.
    """
    per_item = features if item is None else add_up(features, item)
    if not alike:
        return Sums(per_item, np.ones(len(per_item), dtype=np.int64), value)
    kinds, number = np.unique(per_item, axis=0, return_counts=True)
    return Sums(kinds, number, value)


def add_up(features: Floats, item: Codes) -> Floats:
    """Return the sums of rows by item, for the items that occur."""
    place, count = dense(item)
    return np.column_stack([np.bincount(place, column, count) for column in features.T])


def dense(codes: Codes) -> tuple[Codes, int]:
    """Return the codes renumbered without gaps, and how many there are."""
    found, place = np.unique(codes, return_inverse=True)
    return place.astype(np.int64), len(found)


def ratio(sums: Floats) -> Floats:
    """Return column 0 over column 1, NaN where there is nothing to divide by."""
    return quotient(sums[:, 0], sums[:, 1])


def quotient(above: Floats, below: Floats) -> Floats:
    """Divide, NaN where the divisor is not positive."""
    made: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return made


def slack_of(values: Floats) -> float:
    """Return the size below which a difference of such values is rounding and counts as none."""
    return SLACK * float(np.abs(values).max()) if values.size else 0.0


def refuse_empty(n: int, what: str = "nothing to compare") -> None:
    """Raise Undefined when there are no rows."""
    if not n:
        raise Undefined(Why.EMPTY, what)


def refuse_not_finite(*columns: Floats) -> None:
    """Raise ValueError on NaN and infinity, which would pass silently for the smallest or the largest p value."""
    for values in columns:
        bad = int(np.count_nonzero(~np.isfinite(values)))
        if bad:
            raise ValueError(f"{bad} of {values.size} values are not finite numbers; leave them out and count them")
