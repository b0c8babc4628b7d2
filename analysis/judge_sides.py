"""What a judge is tried on: one criterion's answers, the judge's on one side and the people's on the other."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from analysis.comparison.estimates import DEFAULT, Codes, Sampling
from analysis.data import TIE, Battles, Coded, Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.judging.against_people import AgainstPeople, against_people
from analysis.judging.alternative import EPSILON, FEWEST_ITEMS, AlternativeTest, alternative_annotator_test
from analysis.judging.answers import Answers
from analysis.judging.certainty import Certainty, certainty_of_scores, confidence_of
from analysis.judging.numbers import Measured, NumbersAgainstPeople, numbers_against_people
from analysis.judging.shuffled import Shuffled, shuffled_test
from analysis.judging.thresholds import Threshold
from analysis.repeats import collapse_repeats
from analysis.units import distinct

DISTANCES = ("interval", "ratio")
MOST_LABELS = 20  # distinct values beyond which equal answers say little

Scored = tuple[tuple[Certainty, ...], tuple[Threshold, ...]]


@dataclass(frozen=True, slots=True)
class Demands:
    """What is asked of a judge. ``epsilon``: by how much a person's answers may be better, given what they cost."""

    epsilon: float = EPSILON["skilled"]
    fewest_items: int = FEWEST_ITEMS
    own: tuple[str, ...] = ()  # systems of the judge's family
    sampling: Sampling = DEFAULT


@dataclass(frozen=True, slots=True)
class Question:
    """One criterion a judge is tried on: everybody's answers, and the battles behind them where it is a choice."""

    ratings: Ratings
    level: str
    criterion: str | None = None
    battles: Battles | None = None

    @property
    def averaged(self) -> bool:
        """Whether repeats of a rater have a mean."""
        return self.level in DISTANCES

    def among(self, names: Set[str]) -> Question:
        """Return the question with the answers of these raters only."""
        rater = self.ratings.rater
        if rater is None:
            return self
        wanted = np.array([name in names for name in rater.names], dtype=np.bool_)[rater.codes]
        battles = None if self.battles is None else take(self.battles, wanted)
        return replace(self, ratings=take(self.ratings, wanted), battles=battles)


def by_rater(rater: Coded | None, name: str) -> Mask:
    """Return which rows are by this rater."""
    if rater is None:
        raise Undefined(Why.NOT_RECORDED, "a judge is tried on named answers (column rater)")
    rows: Mask = rater.codes == (rater.names.index(name) if name in rater.names else -1)
    return rows


class _Options(TypedDict):
    numeric: bool
    epsilon: float
    fewest_items: int
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Sides:
    """The judge's answers and the people's, one per rater and item."""

    question: Question
    judge: Ratings
    people: Ratings
    abstained: int

    @classmethod
    def of(cls, question: Question, judge: str) -> Sides:
        """Tell the judge's answers from the others, and make one of each rater's repeats."""
        own = by_rater(question.ratings.rater, judge)
        judged, people = (
            collapse_repeats(take(question.ratings, rows), average=question.averaged) for rows in (own, ~own)
        )
        rater = people.ratings.rater
        named = replace(people.ratings, rater=None if rater is None else rater.used())
        return cls(question, judged.ratings, named, judged.abstained)

    @property
    def rater(self) -> Coded:
        """Return who the people are."""
        if self.people.rater is None:
            raise Undefined(Why.NOT_RECORDED, "a judge is tried on named answers (column rater)")
        return self.people.rater

    def test(self, demands: Demands) -> AlternativeTest:
        """Return the alternative annotator test."""
        return alternative_annotator_test(*self._columns(), **self._options(demands))

    def shuffled(self, demands: Demands) -> Shuffled:
        """Return how the judge fares with its answers shuffled."""
        return shuffled_test(*self._columns(), **self._options(demands))

    def _columns(self) -> tuple[Codes, Floats, Codes, Codes, Floats]:
        raters = self.rater.codes.astype(np.int64)
        return _items(self.judge), self.judge.value, _items(self.people), raters, self.people.value

    def _options(self, demands: Demands) -> _Options:
        return {
            "numeric": self.question.level != "nominal",
            "epsilon": demands.epsilon,
            "fewest_items": demands.fewest_items,
            "sampling": demands.sampling,
        }

    def labels(self, sampling: Sampling) -> tuple[AgainstPeople, ...]:
        """Return equal answers, with the confusion table and kappas."""
        values, judge, people = self._coded()
        return against_people(
            judge,
            people,
            self._named(values),
            tie=int(np.searchsorted(values, TIE)) if self.question.battles is not None and TIE in values else None,
            values=values if self.question.level != "nominal" else None,
            sampling=sampling,
        )

    def numbers(self, sampling: Sampling) -> tuple[NumbersAgainstPeople, ...]:
        """Return correlations and errors."""
        if self.question.level == "nominal":
            raise Undefined(Why.NOT_NUMERIC, "labels have no order, so nothing correlates; see the kappas")
        judge, people = (Measured(_items(side), side.value) for side in (self.judge, self.people))
        return numbers_against_people(judge, people, level=self.question.level, sampling=sampling)

    def confidence(self, sampling: Sampling) -> tuple[Certainty, ...]:
        """Return what the judge's stated confidence is worth."""
        if self.judge.confidence is None:
            raise Undefined(Why.NOT_RECORDED, "nobody stated a confidence (column confidence or probability)")
        values, judge, people = self._coded()
        return confidence_of(judge, self.judge.confidence, people, self.people.confidence, len(values), sampling)

    def scores(self, sampling: Sampling) -> Scored:
        """Return what a score is worth against yes and no of people, and where to cut it."""
        said = np.unique(self.people.value)
        if self.question.level == "nominal" or len(said) != 2:
            raise Undefined(Why.NOT_NUMERIC, "a cut needs people who answer with one of two numbers")
        if np.isin(self.judge.value, said).all():
            raise Undefined(Why.NOT_NUMERIC, "the judge gives the people's two answers and no score to cut")
        people = Answers(_items(self.people), (self.people.value == said[1]).astype(np.int64))
        return certainty_of_scores(_items(self.judge), self.judge.value, people, sampling)

    def _coded(self) -> tuple[Floats, Answers, Answers]:
        if not len(self.people):
            raise Undefined(Why.EMPTY, "nobody else has answered")
        values, place = distinct(np.concatenate([self.judge.value, self.people.value]))
        if len(values) > MOST_LABELS:
            text = f"{len(values)} distinct values are measurements, of which equal ones say little"
            raise Undefined(Why.TOO_MANY_VALUES, text)
        own, theirs = place[: len(self.judge)], place[len(self.judge) :]
        raters = self.rater.codes.astype(np.int64)
        return values, Answers(_items(self.judge), own), Answers(_items(self.people), theirs, raters)

    def _named(self, values: Floats) -> tuple[str, ...]:
        names = self.question.ratings.labels
        return tuple(f"{value:g}" if names is None else names[int(value)] for value in values)


def _items(side: Ratings) -> Codes:
    return side.item.codes.astype(np.int64)
