"""How far numbers are from those of people: correlation, MAE, RMSE, bias, R squared and MAPE, as sums over items."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    estimate_of,
    item_sums,
    null_with_reason,
    quotient,
    refuse_empty,
    refuse_not_finite,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why

ERRORS = ("mae", "rmse", "bias", "r2", "mape")
MEASURES = ("pearson", *ERRORS)


def numeric_errors(
    truth: Floats, predicted: Floats, *, item: Codes | None = None, sampling: Sampling = DEFAULT
) -> dict[str, Estimate]:
    """Return ``mae``, ``rmse``, ``bias`` (predicted minus true), ``r2`` and ``mape`` of predictions.

    ``r2`` is 1 - residual / total sum of squares about the mean truth: predictions are taken as they are, so it
    may be negative and is no squared correlation. ``mape`` is a fraction, not per cent, of the absolute truth, and
    undefined where a truth is 0.
    """
    _check(truth, predicted)
    return {name: numeric_measure(name, truth, predicted, item=item, sampling=sampling) for name in ERRORS}


@null_with_reason
def numeric_measure(
    name: str, truth: Floats, predicted: Floats, *, item: Codes | None = None, sampling: Sampling = DEFAULT
) -> Estimate:
    """Return one of MEASURES: ``pearson`` or an error. Rows of one item are resampled together."""
    _check(truth, predicted)
    sums = item_sums(_features(name, truth, predicted), item, _VALUES[name])
    said = {"unit": "row" if item is None else "item"}
    return estimate_of(sums, n=len(truth), sampling=sampling, conventions=said, otherwise=_CONSTANT)


@null_with_reason
def measure_difference(
    name: str, first: tuple[Floats, Floats, Codes], second: tuple[Floats, Floats, Codes], *, sampling: Sampling
) -> Estimate:
    """Return a measure of one set of (truth, predicted, item) less that of another, on the same resamples of items."""
    one, other = _features(name, *first[:2]), _features(name, *second[:2])
    width = one.shape[1]
    rows = np.concatenate([np.pad(one, ((0, 0), (0, width))), np.pad(other, ((0, 0), (width, 0)))])
    value = _VALUES[name]
    item: Codes = np.concatenate([first[2], second[2]])
    sums = item_sums(rows, item, lambda sums: value(sums[:, :width]) - value(sums[:, width:]))
    said = {"unit": "item"}
    return estimate_of(sums, n=len(one), sampling=sampling, conventions=said, otherwise=_CONSTANT)


def _check(truth: Floats, predicted: Floats) -> None:
    if len(truth) != len(predicted):
        raise ValueError(f"{len(predicted)} predictions do not go with {len(truth)} truths")
    refuse_not_finite(truth, predicted)


def _features(name: str, truth: Floats, predicted: Floats) -> Floats:
    refuse_empty(len(truth), "there are no numbers to compare")
    _refuse_undefined(name, truth, predicted)
    off = predicted - truth
    centred = truth - truth.mean()  # so that the difference of squares stays exact
    said = predicted - predicted.mean()
    share = np.abs(off / truth) if name == "mape" else np.zeros(len(off))
    ones = np.ones(len(off))
    return np.column_stack([ones, np.abs(off), off, off**2, centred, centred**2, share, said, said**2, centred * said])


def _refuse_undefined(name: str, truth: Floats, predicted: Floats) -> None:
    zeros = int(np.count_nonzero(truth == 0))
    if name == "mape" and zeros:
        raise Undefined(Why.ZERO_VALUES, f"{zeros} true values are 0, of which nothing is a percentage")
    if name == "r2" and np.ptp(truth) == 0:
        raise _CONSTANT
    if name == "pearson" and not (np.ptp(truth) and np.ptp(predicted)):
        raise Undefined(Why.NO_VARIANCE, "one side gave one number throughout, which correlates with nothing")


def _spread(sums: Floats, first: int, square: int) -> Floats:
    """Return the sum of squares about the mean, 0 where it is only rounding."""
    total = sums[:, square] - sums[:, first] ** 2 / sums[:, 0]
    return np.where(total > 1e-12 * sums[:, square], total, 0.0)


def _pearson(sums: Floats) -> Floats:
    together = sums[:, 9] - sums[:, 4] * sums[:, 7] / sums[:, 0]
    return quotient(together, np.sqrt(_spread(sums, 4, 5) * _spread(sums, 7, 8)))


_CONSTANT = Undefined(Why.NO_VARIANCE, "every true value is the same, so there is nothing to explain")
_VALUES: dict[str, Callable[[Floats], Floats]] = {
    "pearson": _pearson,
    "mae": lambda sums: sums[:, 1] / sums[:, 0],
    "rmse": lambda sums: np.asarray(np.sqrt(sums[:, 3] / sums[:, 0])),
    "bias": lambda sums: sums[:, 2] / sums[:, 0],
    "r2": lambda sums: 1 - quotient(sums[:, 3], _spread(sums, 4, 5)),
    "mape": lambda sums: sums[:, 6] / sums[:, 0],
}
