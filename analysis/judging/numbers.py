"""A judge's numbers against people's, in two units, with people among themselves beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import DEFAULT, Codes, Estimate, Sampling
from analysis.data import Floats
from analysis.errors import Why
from analysis.judging.answers import VOTES, Answers, Pairs, in_place_of, judge_and_votes, person_and_others
from analysis.judging.measures import Beside
from analysis.judging.numeric import MEASURES, Numbers, numeric_measures
from analysis.judging.ranks import rank_correlations

MEAN = "judge-mean"
_NEEDS = {  # what a scale must have beyond an order, and from which level on it does
    **dict.fromkeys(MEASURES, (("interval", "ratio"), "an ordinal scale has an order but no distances")),
    "mape": (("ratio",), "a percentage needs a scale with a true zero (level ratio)"),
}


@dataclass(frozen=True, slots=True)
class NumbersAgainstPeople:
    """Correlations and errors of a judge, in one unit, by name.

    ``unit`` is ``judge-vote pairs``: each number with each person's, or ``judge-mean``: each number with the mean
    of the people; for the people, one person's number with each other's, or with the mean of the others.
    """

    unit: str
    measures: Mapping[str, Beside]


@dataclass(frozen=True, slots=True)
class Measured:
    """One number per row, by item; at most one of a rater on an item."""

    item: Codes
    value: Floats

    def rows(self) -> Answers:
        """Return the places of the rows as answers, so that what pairs answers pairs numbers too."""
        return Answers(self.item, np.arange(len(self.item)))


def numbers_against_people(
    judge: Measured, people: Measured, *, level: str, sampling: Sampling = DEFAULT
) -> tuple[NumbersAgainstPeople, ...]:
    """Compare numbers in both units, on the items that the judge answered; items are resampled.

    Rank correlations need an order; ``pearson`` and errors distances (``interval``); ``mape`` a true zero
    (``ratio``). What the level does not allow is null with ``not_numeric``.
    """
    kept = np.isin(people.item, judge.item)
    people = Measured(people.item[kept], people.value[kept])
    return tuple(
        NumbersAgainstPeople(unit, _measures(sides, level, sampling))
        for unit, sides in ((VOTES, _by_votes(judge, people)), (MEAN, _by_mean(judge, people)))
    )


Sides = tuple[Numbers, Numbers, Numbers]  # the judge, people, and the judge in each person's place


def _by_votes(judge: Measured, people: Measured) -> Sides:
    own, others = judge_and_votes(judge.rows(), people.rows()), person_and_others(people.rows(), 0, unit=VOTES)
    in_place = in_place_of(judge.rows(), others)
    return (
        _numbers(own, people.value, judge.value),
        _numbers(others, people.value, people.value),
        _numbers(in_place, people.value, judge.value),
    )


def _by_mean(judge: Measured, people: Measured) -> Sides:
    size = int(max(people.item.max(initial=-1), judge.item.max(initial=-1))) + 1
    number, total = np.bincount(people.item, minlength=size), np.bincount(people.item, people.value, size)
    answered = np.flatnonzero(number[judge.item] > 0)
    item = judge.item[answered]
    paired = np.flatnonzero(number[people.item] >= 2)
    whose = people.item[paired]
    others = (total[whose] - people.value[paired]) / (number[whose] - 1)
    places = np.arange(len(paired))
    in_place = in_place_of(judge.rows(), Pairs(places, places, whose, places))
    return (
        Numbers(total[item] / number[item], judge.value[answered], item),
        Numbers(others, people.value[paired], whose),
        _numbers(in_place, others, judge.value),
    )


def _numbers(pairs: Pairs, truth: Floats, predicted: Floats) -> Numbers:
    return Numbers(truth[pairs.truth], predicted[pairs.predicted], pairs.item)


def _measures(sides: Sides, level: str, sampling: Sampling) -> dict[str, Beside]:
    judge, people, in_place = sides
    made = [
        rank_correlations(*of, sampling=sampling) | numeric_measures(*of, sampling=sampling)
        for of in ((judge,), (people,), (in_place, people))
    ]
    found = {name: Beside(*(side[name] for side in made)) for name in made[0]}
    return found | {name: _null(why) for name, (levels, why) in _NEEDS.items() if level not in levels}


def _null(why: str) -> Beside:
    null = Estimate(None, reason=Why.NOT_NUMERIC, message=why)
    return Beside(null, null, null)
