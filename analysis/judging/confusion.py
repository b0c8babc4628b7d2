"""Which answer was given where another was right: the confusion table and what is read off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.estimates import DEFAULT, Codes, Estimate, Sampling, quotient
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.shares import share_estimate
from analysis.judging.tables import Side, Statistic, Tables

ABSENT = ("undefined", "zero")
AVERAGES = ("macro", "weighted", "micro")
MEASURES = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True)
class Confusion:
    """``table[t, p]`` counts the rows whose truth is label t and whose prediction is label p."""

    labels: tuple[str, ...]
    table: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Classification:
    """What the confusion table says, each with its interval.

    ``classes`` has precision, recall and f1 of each label, ``averages`` the same under ``macro``, ``weighted`` and
    ``micro``.
    """

    confusion: Confusion
    accuracy: Estimate
    balanced_accuracy: Estimate
    classes: Mapping[str, Mapping[str, Estimate]]
    averages: Mapping[str, Mapping[str, Estimate]]


def confusion(truth: Codes, predicted: Codes, labels: tuple[str, ...]) -> Confusion:
    """Count each combination of a true and a predicted label; both are places in ``labels``."""
    size = len(labels)
    for name, codes in (("truth", truth), ("predicted", predicted)):
        if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < size:
            raise ValueError(f"{name} must lie in 0..{size - 1}, not {int(codes.min())}..{int(codes.max())}")
    cell = truth.astype(np.int64) * size + predicted
    return Confusion(labels, np.bincount(cell, minlength=size * size).reshape(size, size))


def classification(
    truth: Codes,
    predicted: Codes,
    labels: tuple[str, ...],
    *,
    item: Codes | None = None,
    absent: str = "undefined",
    sampling: Sampling = DEFAULT,
) -> Classification:
    """Measure predictions against truth, class by class and on average.

    A label that nobody used has no part in an average. Balanced accuracy is the mean recall over the labels that
    are true somewhere; micro averages equal accuracy, since each row has one label.

    Parameters
    ----------
    truth, predicted : array of int, shape (rows,)
        Places in ``labels``.
    labels : tuple of str
        The declared classes.
    item : array of int, shape (rows,), optional
        Rows on the same item are resampled together.
    absent : str
        What the precision of a label never predicted, or the recall of one never true, is: ``undefined`` (null
        with reason, as is each macro average it enters) or ``zero`` (as most libraries have it).
    sampling : Sampling
        Intervals.
    """
    if absent not in ABSENT:
        raise ValueError(f"absent must be one of {', '.join(ABSENT)}, not {absent!r}")
    counted = confusion(truth, predicted, labels)
    used = (counted.table.sum(axis=0) + counted.table.sum(axis=1)) > 0
    tables = Tables((Side(truth, predicted, item),), len(labels), sampling)
    reader = _Reader(tables, labels, used, absent)
    return Classification(
        confusion=counted,
        accuracy=share_estimate(truth == predicted, item=item, sampling=sampling),
        balanced_accuracy=reader.read(balanced_accuracy, "no label is true anywhere"),
        classes={label: reader.of_class(place) for place, label in enumerate(labels)},
        averages={average: reader.of_average(average) for average in AVERAGES},
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads statistics off tables of shape (rounds, truth, predicted), the same resamples each time."""

    tables: Tables
    labels: tuple[str, ...]
    used: NDArray[np.bool_]
    absent: str

    def of_class(self, place: int) -> dict[str, Estimate]:
        label = self.labels[place]
        why = {
            "precision": f"{label} was never predicted",
            "recall": f"{label} is never true",
            "f1": f"{label} is neither true nor predicted anywhere",
        }
        return {name: self.read(self._class_measure(name, place), why[name]) for name in MEASURES}

    def of_average(self, average: str) -> dict[str, Estimate]:
        if average == "micro":
            return dict.fromkeys(MEASURES, self.read(_accuracy, "nothing was predicted"))
        why = "a label is never predicted or never true, so that its precision or recall is undefined"
        return {name: self.read(self._averaged_measure(name, average), why) for name in MEASURES}

    def _class_measure(self, name: str, place: int) -> Statistic:
        return lambda tables: self._measures(tables)[name][:, place]

    def _averaged_measure(self, name: str, average: str) -> Statistic:
        return lambda tables: self._average(tables, name, average)

    def read(self, statistic: Statistic, why: str) -> Estimate:
        return self.tables.read(statistic, Undefined(Why.NO_CASES, why), absent=self.absent)

    def _measures(self, tables: Floats) -> dict[str, Floats]:
        made = measures_by_class(tables)
        return {name: np.nan_to_num(value, nan=0.0) if self.absent == "zero" else value for name, value in made.items()}

    def _average(self, tables: Floats, name: str, average: str) -> Floats:
        measure = self._measures(tables)[name]
        if average == "macro":
            return np.asarray(measure[:, self.used].mean(axis=1), dtype=np.float64)
        support = tables.sum(axis=2)
        weighted = np.where(support > 0, measure * support, 0.0).sum(axis=1)
        return quotient(weighted, support.sum(axis=1))


def measures_by_class(tables: Floats) -> dict[str, Floats]:
    """Return precision, recall and F1 of each class, shape (tables, classes), NaN where there are no cases."""
    right = np.diagonal(tables, axis1=1, axis2=2)
    true, predicted = tables.sum(axis=2), tables.sum(axis=1)
    return {
        "precision": quotient(right, predicted),
        "recall": quotient(right, true),
        "f1": quotient(2 * right, true + predicted),
    }


def balanced_accuracy(tables: Floats) -> Floats:
    """Return the mean recall over the labels that are true somewhere."""
    true = tables.sum(axis=2)
    recall = quotient(np.diagonal(tables, axis1=1, axis2=2), true)
    return quotient(np.nansum(recall, axis=1), (true > 0).sum(axis=1).astype(np.float64))


def _accuracy(tables: Floats) -> Floats:
    return quotient(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))
