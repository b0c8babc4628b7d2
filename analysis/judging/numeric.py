"""How far numbers are from those of people: MAE, RMSE, bias, R squared and MAPE."""

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


def numeric_errors(
    truth: Floats, predicted: Floats, *, item: Codes | None = None, sampling: Sampling = DEFAULT
) -> dict[str, Estimate]:
    """Return ``mae``, ``rmse``, ``bias`` (predicted minus true), ``r2`` and ``mape`` of predictions.

    ``r2`` is 1 - residual / total sum of squares about the mean truth: predictions are taken as they are, so it
    may be negative and is no squared correlation. ``mape`` is a fraction, not per cent, of the absolute truth, and
    undefined where a truth is 0.
    """
    if len(truth) != len(predicted):
        raise ValueError(f"{len(predicted)} predictions do not go with {len(truth)} truths")
    refuse_not_finite(truth, predicted)
    return {name: _error(name, truth, predicted, item, sampling) for name in _VALUES}


@null_with_reason
def _error(name: str, truth: Floats, predicted: Floats, item: Codes | None, sampling: Sampling) -> Estimate:
    refuse_empty(len(truth), "there are no numbers to compare")
    _refuse_undefined(name, truth)
    off = predicted - truth
    centred = truth - truth.mean()  # so that the difference of squares stays exact
    share = np.abs(off / truth) if name == "mape" else np.zeros(len(off))
    rows = np.column_stack([np.ones(len(off)), np.abs(off), off, off**2, centred, centred**2, share])
    said = {"unit": "row" if item is None else "item"}
    constant = Undefined(Why.NO_VARIANCE, "every true value is the same, so there is nothing to explain")
    sums = item_sums(rows, item, _VALUES[name])
    return estimate_of(sums, n=len(off), sampling=sampling, conventions=said, otherwise=constant)


def _refuse_undefined(name: str, truth: Floats) -> None:
    zeros = int(np.count_nonzero(truth == 0))
    if name == "mape" and zeros:
        raise Undefined(Why.ZERO_VALUES, f"{zeros} true values are 0, of which nothing is a percentage")
    if name == "r2" and np.ptp(truth) == 0:
        raise Undefined(Why.NO_VARIANCE, "every true value is the same, so there is nothing to explain")


def _r2(sums: Floats) -> Floats:
    total = sums[:, 5] - sums[:, 4] ** 2 / sums[:, 0]
    return 1 - quotient(sums[:, 3], np.where(total > 1e-12 * sums[:, 5], total, 0.0))


_VALUES: dict[str, Callable[[Floats], Floats]] = {
    "mae": lambda sums: sums[:, 1] / sums[:, 0],
    "rmse": lambda sums: np.asarray(np.sqrt(sums[:, 3] / sums[:, 0])),
    "bias": lambda sums: sums[:, 2] / sums[:, 0],
    "r2": _r2,
    "mape": lambda sums: sums[:, 6] / sums[:, 0],
}
