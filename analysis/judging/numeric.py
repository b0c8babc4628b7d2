"""How far numbers are from those of people: correlation, MAE, RMSE, bias, R squared and MAPE, as sums over items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    dense,
    null_with_reason,
    quotient,
    refuse_empty,
    refuse_not_finite,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.draws import Draws, kinds_of

ERRORS = ("mae", "rmse", "bias", "r2", "mape")
MEASURES = ("pearson", *ERRORS)
WIDTH = 10  # columns of _features


def numeric_errors(
    truth: Floats, predicted: Floats, *, item: Codes | None = None, sampling: Sampling = DEFAULT
) -> dict[str, Estimate]:
    """Return ``mae``, ``rmse``, ``bias`` (predicted minus true), ``r2`` and ``mape`` of predictions.

    ``r2`` is 1 - residual / total sum of squares about the mean truth: predictions are taken as they are, so it
    may be negative and is no squared correlation. ``mape`` is a fraction, not per cent, of the absolute truth, and
    undefined where a truth is 0.
    """
    made = numeric_measures(Numbers(truth, predicted, item), sampling=sampling)
    return {name: made[name] for name in ERRORS}


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was true and what was said, in numbers; ``item`` says which rows are resampled together."""

    truth: Floats
    predicted: Floats
    item: Codes | None = None

    def __post_init__(self) -> None:
        if len(self.truth) != len(self.predicted):
            raise ValueError(f"{len(self.predicted)} predictions do not go with {len(self.truth)} truths")
        refuse_not_finite(self.truth, self.predicted)


def numeric_measures(*sides: Numbers, sampling: Sampling = DEFAULT) -> dict[str, Estimate]:
    """Return MEASURES of one side (``pearson`` and the errors), or those of one less those of another, by item."""
    draws = _draws(sides, sampling) if all(len(side.truth) for side in sides) else None
    return {name: _measure(name, sides, draws) for name in MEASURES}


def _draws(sides: tuple[Numbers, ...], sampling: Sampling) -> Draws:
    """Return the sums that all measures are made of, side by side, items in rows."""
    if len(sides) == 1 and sides[0].item is None:
        return Draws(*kinds_of(_features(sides[0])), sampling)
    place, items = dense(np.concatenate([item_of(side) for side in sides]))
    ends = np.cumsum([len(side.truth) for side in sides])[:-1]
    parts = zip(sides, np.split(place, ends), strict=True)
    columns = [np.bincount(own, column, items) for side, own in parts for column in _features(side).T]
    return Draws(*kinds_of(np.column_stack(columns)), sampling)


def item_of(side: Numbers) -> Codes:
    """Return the item of each row, which must be known."""
    if side.item is None:
        raise ValueError("these numbers do not say which item they are about")
    return side.item


@null_with_reason
def _measure(name: str, sides: tuple[Numbers, ...], draws: Draws | None) -> Estimate:
    for side in sides:
        refuse_empty(len(side.truth), "there are no numbers to compare")
        _refuse_undefined(name, side)
    value, unit = _VALUES[name], "row" if sides[0].item is None else "item"

    def of(sums: Floats) -> Floats:
        first = value(sums[:, :WIDTH])
        return first if len(sides) == 1 else first - value(sums[:, WIDTH:])

    if draws is None:
        raise _CONSTANT
    return draws.estimate(of, n=len(sides[0].truth), conventions={"unit": unit}, otherwise=_CONSTANT)


def _features(side: Numbers) -> Floats:
    truth, predicted = side.truth, side.predicted
    off = predicted - truth
    centred = truth - truth.mean()  # so that the difference of squares stays exact
    said = predicted - predicted.mean()
    share = np.abs(np.divide(off, truth, out=np.zeros(len(off)), where=truth != 0))
    ones = np.ones(len(off))
    return np.column_stack([ones, np.abs(off), off, off**2, centred, centred**2, share, said, said**2, centred * said])


def _refuse_undefined(name: str, side: Numbers) -> None:
    zeros = int(np.count_nonzero(side.truth == 0))
    if name == "mape" and zeros:
        raise Undefined(Why.ZERO_VALUES, f"{zeros} true values are 0, of which nothing is a percentage")
    if name == "r2" and np.ptp(side.truth) == 0:
        raise _CONSTANT
    if name == "pearson" and not (np.ptp(side.truth) and np.ptp(side.predicted)):
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
