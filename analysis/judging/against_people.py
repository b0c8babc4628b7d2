"""A judge against people, with the people against each other beside it in the same unit."""

from __future__ import annotations

from collections.abc import Mapping
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
    quotient,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.judging.answers import (
    MAJORITY,
    VOTES,
    Answers,
    Pairs,
    in_place_of,
    judge_and_majority,
    judge_and_votes,
    person_and_others,
)
from analysis.judging.confusion import Classification, classification
from analysis.judging.measures import Beside, Compared, label_measures
from analysis.judging.shares import share_estimate

FEWEST_PAIRS = 20  # of one person, below which that person is not in the range


@dataclass(frozen=True, slots=True)
class PersonRange:
    """How single people fare against the others: the lowest, the middle and the highest of ``n_people``."""

    lowest: float
    median: float
    highest: float
    n_people: int


@dataclass(frozen=True, slots=True)
class AgainstPeople:
    """How often the judge answers as people do, in one unit, and how often people answer as each other.

    Attributes
    ----------
    unit : str
        ``judge-vote pairs``: each answer with each vote. ``judge-majority``: each answer with the label most
        people gave; for the people, one vote with most of the others.
    ties : str
        ``with``, or ``without`` the pairs in which either side said tie.
    judge, people : Estimate
        Share of equal answers; the people's is the band a judge can be expected to reach.
    difference : Estimate
        Judge minus people, with the judge in each person's place: both against the same others, which for a
        majority are one fewer than ``judge`` is compared with, and a smaller crowd is harder to agree with.
    persons : PersonRange or None
        Over the raters with at least 20 pairs; None where raters are not named or nobody has as many.
    dropped : int
        Answers of the judge left out because no label led among the people.
    measures : dict
        Kappas, balanced accuracy and macro F1 by name, with those of people beside them.
    classes : Classification
        The judge's confusion table and what is read off it.
    """

    unit: str
    ties: str
    judge: Estimate
    people: Estimate
    difference: Estimate
    persons: PersonRange | None
    dropped: int
    measures: Mapping[str, Beside]
    classes: Classification


def against_people(
    judge: Answers,
    people: Answers,
    labels: tuple[str, ...],
    *,
    tie: int | None = None,
    values: Floats | None = None,
    sampling: Sampling = DEFAULT,
) -> tuple[AgainstPeople, ...]:
    """Score a judge in both units, with ties and (where ``tie`` is the place of that label) without.

    ``values`` are the labels' numbers, where they have an order and distances, for the weighted kappas.

    People are compared with each other on the items that the judge answered. Repeats of one rater on an item are
    to be collapsed before. All intervals resample items.
    """
    people = people.take(np.isin(people.item, judge.item))
    return tuple(
        _score(_Question(judge, people, labels, values, sampling), unit, dropped_label)
        for unit in (VOTES, MAJORITY)
        for dropped_label in ((None,) if tie is None else (None, tie))
    )


@dataclass(frozen=True, slots=True)
class _Question:
    judge: Answers
    people: Answers
    labels: tuple[str, ...]
    values: Floats | None
    sampling: Sampling


def _score(asked: _Question, unit: str, tie: int | None) -> AgainstPeople:
    judge, people, labels, sampling = asked.judge, asked.people, asked.labels, asked.sampling
    size = len(labels)
    whole = judge_and_votes(judge, people) if unit == VOTES else judge_and_majority(judge, people, size)
    against_others = person_and_others(people, size, unit=unit)
    in_place = in_place_of(judge, against_others)
    pairs, others = whole.without(tie), against_others.without(tie)
    compared = Compared(pairs, others, in_place.without(tie))
    return AgainstPeople(
        unit=unit,
        ties="with" if tie is None else "without",
        judge=share_estimate(pairs.truth == pairs.predicted, item=pairs.item, sampling=sampling),
        people=share_estimate(others.truth == others.predicted, item=others.item, sampling=sampling),
        difference=_difference(compared.in_place, others, sampling),
        persons=_persons(people, others),
        dropped=whole.dropped,
        measures=label_measures(compared, size, asked.values, sampling),
        classes=classification(pairs.truth, pairs.predicted, labels, item=pairs.item, sampling=sampling),
    )


@null_with_reason
def _difference(pairs: Pairs, others: Pairs, sampling: Sampling) -> Estimate:
    if not min(len(pairs.item), len(others.item)):
        raise Undefined(Why.NO_PAIRS, "no item was answered by the judge and by two people who can be compared")
    first, second = _hits(pairs), _hits(others)
    rows = np.concatenate([np.pad(first, ((0, 0), (0, 2))), np.pad(second, ((0, 0), (2, 0)))])
    item: Codes = np.concatenate([pairs.item, others.item])
    sums = item_sums(rows, item, _gap, alike=True)
    nothing = Undefined(Why.NO_PAIRS, "no pairs")
    said = {"unit": "item"}
    return estimate_of(sums, n=len(pairs.item), sampling=sampling, conventions=said, otherwise=nothing)


def _hits(pairs: Pairs) -> Floats:
    equal = (pairs.truth == pairs.predicted).astype(np.float64)
    return np.column_stack([equal, np.ones(len(equal))])


def _gap(sums: Floats) -> Floats:
    gap: Floats = quotient(sums[:, 0], sums[:, 1]) - quotient(sums[:, 2], sums[:, 3])
    return gap


def _persons(people: Answers, others: Pairs) -> PersonRange | None:
    if people.rater is None or not len(others.by):
        return None
    rater = people.rater[others.by]
    number = np.bincount(rater)
    equal = np.bincount(rater, others.truth == others.predicted)
    enough = number >= FEWEST_PAIRS
    if not enough.any():
        return None
    share = equal[enough] / number[enough]
    return PersonRange(float(share.min()), float(np.median(share)), float(share.max()), int(enough.sum()))
