"""What is read off a table of judge against people, and off one of people against people, in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.chance_corrected import weights_of
from analysis.comparison.estimates import Estimate, Sampling
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.answers import Pairs
from analysis.judging.confusion import balanced_accuracy, measures_by_class
from analysis.judging.tables import Side, Statistic, Tables, shares
from analysis.two_raters import kappa_of_tables

KAPPAS = {"cohen_kappa": "identity", "cohen_kappa_linear": "linear", "cohen_kappa_quadratic": "quadratic"}


@dataclass(frozen=True, slots=True)
class Beside:
    """A statistic of the judge and the same of people among themselves.

    ``difference`` is judge minus people, with the judge in each person's place, on the same resamples of items.
    """

    judge: Estimate
    people: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Compared:
    """The pairs of the judge with people, of people with people, and of the judge in each person's place."""

    judge: Pairs
    people: Pairs
    in_place: Pairs


def label_measures(pairs: Compared, size: int, values: Floats | None, sampling: Sampling) -> Mapping[str, Beside]:
    """Return the statistics of labels: kappas, balanced accuracy and macro F1, those of people beside the judge's.

    Kappa over pairs takes chance from each side's distribution over the pairs (Schouten 1982). ``values`` are the
    labels' numbers, None where they have none: the weighted kappas are undefined then.
    """
    judge, people = (Tables((_side(side),), size, sampling) for side in (pairs.judge, pairs.people))
    both = Tables((_side(pairs.in_place), _side(pairs.people)), size, sampling)
    made = {
        name: _beside(partial(_kappa, weights, values), _CHANCE, judge, people, both)
        if values is not None or weights == "identity"
        else _NO_DISTANCE
        for name, weights in KAPPAS.items()
    }
    made["balanced_accuracy"] = _beside(_balanced, _NEVER_TRUE, judge, people, both)
    made["macro_f1"] = _beside(_macro_f1, _NEVER_TRUE, judge, people, both)
    return made


def _beside(
    statistic: Callable[[Floats], Statistic], why: Undefined, judge: Tables, people: Tables, both: Tables
) -> Beside:
    """Read a statistic, which may depend on the labels that a whole table uses, off all three."""
    return Beside(
        judge=judge.read(_of(statistic, judge, 0), why),
        people=people.read(_of(statistic, people, 0), why),
        difference=both.difference(_of(statistic, both, 0), _of(statistic, both, 1), why),
    )


def _of(statistic: Callable[[Floats], Statistic], tables: Tables, side: int) -> Statistic:
    """Build the statistic for a side when it is first needed: what cannot be counted is said where it is read."""
    return lambda rows: statistic(tables.total(side))(rows)


def _kappa(weights: str, values: Floats | None, total: Floats) -> Statistic:
    disagreement = 1 - weights_of(weights, np.arange(len(total), dtype=np.float64) if values is None else values)
    return lambda tables: kappa_of_tables(shares(tables), disagreement)


def _balanced(_: Floats) -> Statistic:
    return balanced_accuracy


def _macro_f1(total: Floats) -> Statistic:
    used = total.sum(axis=0) + total.sum(axis=1) > 0
    return lambda tables: np.asarray(measures_by_class(tables)["f1"][:, used].mean(axis=1), dtype=np.float64)


def _side(pairs: Pairs) -> Side:
    return Side(pairs.truth, pairs.predicted, pairs.item)


_UNWEIGHTED = "labels without numbers have no distance to weigh; only the unweighted kappa makes sense"
_NULL = Estimate(None, reason=Why.NOT_NUMERIC, message=_UNWEIGHTED)
_NO_DISTANCE = Beside(_NULL, _NULL, _NULL)
_CHANCE = Undefined(Why.ONE_CATEGORY, "every answer is the same, so chance explains all agreement")
_NEVER_TRUE = Undefined(Why.NO_CASES, "no label is true anywhere")
