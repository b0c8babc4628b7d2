"""How good stated probabilities are: Brier score, log loss, calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    estimate_of,
    item_sums,
    null_with_reason,
    ratio,
    refuse_empty,
)
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.intervals import wilson

BIN_RULE = "equal width, closed left, the last closed on both sides"
_EMPTY = Undefined(Why.EMPTY, "there are no probabilities")


@null_with_reason
def brier_score(
    probability: Floats, happened: Mask, *, item: Codes | None = None, sampling: Sampling = DEFAULT
) -> Estimate:
    """Return the mean squared difference between the probability given and what happened (0 or 1).

    References
    ----------
    Brier (1950), Monthly Weather Review 78, 1-3; here in the form for one event, half of his.
    """
    _check(probability, happened)
    return _mean((probability - happened) ** 2, item, sampling)


@null_with_reason
def log_loss(
    probability: Floats,
    happened: Mask,
    *,
    clip: float = 0.0,
    item: Codes | None = None,
    sampling: Sampling = DEFAULT,
) -> Estimate:
    """Return the mean of -log(probability given to what happened), natural logarithm.

    Undefined where something happened that was given no chance, unless ``clip`` keeps probabilities that far from
    0 and 1; the value then depends on the clip.
    """
    _check(probability, happened)
    given = np.where(happened, probability, 1 - probability)
    given = np.clip(given, clip, 1 - clip)
    impossible = int(np.count_nonzero(given == 0))
    if impossible:
        text = (
            f"{impossible} things happened that were given no chance, so the loss is infinite; a clip makes it finite"
        )
        raise Undefined(Why.ZERO_VALUES, text)
    return _mean(-np.log(given), item, sampling, clip=f"{clip:g}")


@null_with_reason
def calibration_error(
    probability: Floats,
    happened: Mask,
    *,
    bins: int = 10,
    item: Codes | None = None,
    sampling: Sampling = DEFAULT,
) -> Estimate:
    """Return the expected calibration error: the mean over rows of |mean probability - share that happened| by bin.

    Chance alone makes it positive, the more so with few rows or many bins; so its interval lies rather high.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), AAAI.
    """
    _check(probability, happened)
    place = bin_of(probability, bins)
    rows = np.zeros((len(place), bins + 1))
    rows[np.arange(len(place)), place] = probability - happened
    rows[:, -1] = 1.0

    def value(sums: Floats) -> Floats:
        return ratio(np.column_stack([np.abs(sums[:, :bins]).sum(axis=1), sums[:, -1]]))

    said = {"bins": str(bins), "bin_rule": BIN_RULE}
    sums = item_sums(rows, item, value)
    return estimate_of(sums, n=len(place), sampling=sampling, conventions=said, otherwise=_EMPTY)


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One bin of a reliability curve; means are None where it is empty. The share's interval is Wilson's."""

    lower_edge: float
    upper_edge: float
    n: int
    mean_probability: float | None
    share: float | None
    lower: float | None
    upper: float | None


def calibration_curve(
    probability: Floats, happened: Mask, *, bins: int = 10, confidence: float = 0.95
) -> tuple[CalibrationBin, ...]:
    """Return the curve of what was said against what happened; bins as in ``calibration_error``."""
    _check_range(probability, happened)
    place = bin_of(probability, bins)
    number = np.bincount(place, minlength=bins)
    safe = np.maximum(number, 1)
    said, share = np.bincount(place, probability, bins) / safe, np.bincount(place, happened, bins) / safe
    lower, upper = wilson(share, safe, confidence)
    edges = np.arange(bins + 1) / bins
    return tuple(
        CalibrationBin(float(edges[b]), float(edges[b + 1]), 0, None, None, None, None)
        if number[b] == 0
        else CalibrationBin(
            float(edges[b]),
            float(edges[b + 1]),
            int(number[b]),
            float(said[b]),
            float(share[b]),
            float(lower[b]),
            float(upper[b]),
        )
        for b in range(bins)
    )


def bin_of(probability: Floats, bins: int) -> Codes:
    """Return each probability's bin of equal width: closed on the left, the last one on both sides."""
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    edges = np.arange(bins + 1) / bins  # not linspace, whose third of ten edges is not 0.3
    return np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, bins - 1).astype(np.int64)


def _mean(values: Floats, item: Codes | None, sampling: Sampling, **said: str) -> Estimate:
    rows = np.column_stack([values, np.ones(len(values))])
    sums = item_sums(rows, item, ratio)
    return estimate_of(sums, n=len(values), sampling=sampling, conventions=said, otherwise=_EMPTY)


def _check(probability: Floats, happened: Mask) -> None:
    _check_range(probability, happened)
    refuse_empty(len(probability), "there are no probabilities")


def _check_range(probability: Floats, happened: Mask) -> None:
    if len(probability) != len(happened):
        raise ValueError(f"{len(probability)} probabilities do not go with {len(happened)} outcomes")
    if not bool(np.all((probability >= 0) & (probability <= 1))):
        raise ValueError("a probability must lie between 0 and 1")
