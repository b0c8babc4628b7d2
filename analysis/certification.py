"""May this judge stand in for people? The test that decides, and the judge card beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import DEFAULT, Estimate, Sampling
from analysis.data import TIE, Battles, Coded, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.judging.against_people import AgainstPeople, against_people
from analysis.judging.alternative import EPSILON, FEWEST_ITEMS, AlternativeTest, alternative_annotator_test
from analysis.judging.answers import Answers
from analysis.judging.numeric import numeric_errors
from analysis.judging_bias import Bias, biases
from analysis.pairwise import ratings_from_battles
from analysis.repeats import collapse_repeats
from analysis.units import distinct

DISTANCES = ("interval", "ratio")
MOST_LABELS = 20  # distinct values beyond which equal answers say little


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


@dataclass(frozen=True, slots=True)
class JudgeCard:
    """What is known about a judge on one criterion.

    ``test`` decides; ``people`` names the raters that its codes mean. ``against_people`` is empty where answers are
    measurements, ``errors`` where they are categories. ``abstained`` counts the judge's items whose repeats
    contradict each other.
    """

    criterion: str | None
    level: str
    n_judged: int
    abstained: int
    people: tuple[str, ...]
    test: AlternativeTest
    against_people: tuple[AgainstPeople, ...]
    errors: dict[str, Estimate]
    bias: Bias | None

    @property
    def passes(self) -> bool:
        """Whether the test was made and passed."""
        return self.test.passes is True


@dataclass(frozen=True, slots=True)
class Certification:
    """The answer, yes only where the judge passes on every criterion, and a card for each."""

    judge: str
    passes: bool
    seed: int
    conventions: dict[str, str]
    cards: tuple[JudgeCard, ...]


def certify(questions: Sequence[Question], judge: str, demands: Demands | None = None) -> Certification:
    """Try a judge against all other raters in these answers.

    Raises
    ------
    Undefined
        ``empty``: there is no question; ``not_recorded``: nobody knows who gave the answers.
    ValueError
        No answer is by this judge.
    """
    demands = demands or Demands()
    cards = tuple(_card(question, judge, demands) for question in questions if _answers_any(question, judge))
    if not cards:
        raise ValueError(f"no answer is by a rater {judge!r}")
    passes = all(card.passes for card in cards)
    return Certification(judge, passes, demands.sampling.seed, _CONVENTIONS, cards)


def questions_of(ratings: Ratings, *, level: str | None = None, levels: dict[str, str] | None = None) -> list[Question]:
    """Return a question for each criterion; ``level`` overrules the criteria's own."""
    usual = "nominal" if ratings.labels is not None else "ordinal"
    if ratings.criterion is None:
        return [Question(ratings, level or usual)]
    column = ratings.criterion
    return [
        Question(take(ratings, column.codes == place), level or (levels or {}).get(name, usual), name)
        for place, name in enumerate(column.names)
        if bool((column.codes == place).any())
    ]


def question_of_battles(battles: Battles, criterion: str | None = None) -> Question:
    """Return the question of who won."""
    return Question(ratings_from_battles(battles), "nominal", criterion, battles)


def _answers_any(question: Question, judge: str) -> bool:
    return bool(_by(question.ratings.rater, judge).any())


def _by(rater: Coded | None, judge: str) -> Mask:
    if rater is None:
        raise Undefined(Why.NOT_RECORDED, "a judge is tried on named answers (column rater)")
    rows: Mask = rater.codes == (rater.names.index(judge) if judge in rater.names else -1)
    return rows


def _card(question: Question, judge: str, demands: Demands) -> JudgeCard:
    own = _by(question.ratings.rater, judge)
    averaged = question.level in DISTANCES
    judged = collapse_repeats(take(question.ratings, own), average=averaged)
    people = collapse_repeats(take(question.ratings, ~own), average=averaged).ratings
    rater = _rater(people)
    return JudgeCard(
        criterion=question.criterion,
        level=question.level,
        n_judged=len(judged.ratings),
        abstained=judged.abstained,
        people=rater.names,
        test=_test(question, judged.ratings, people, demands),
        against_people=() if averaged else _shares(question, judged.ratings, people, demands.sampling),
        errors=_errors(judged.ratings, people, demands.sampling) if averaged else {},
        bias=None if question.battles is None else biases(question.battles, judge, demands.own, demands.sampling),
    )


def _test(question: Question, judged: Ratings, people: Ratings, demands: Demands) -> AlternativeTest:
    return alternative_annotator_test(
        judged.item.codes.astype(np.int64),
        judged.value,
        people.item.codes.astype(np.int64),
        _rater(people).codes.astype(np.int64),
        people.value,
        numeric=question.level != "nominal",
        epsilon=demands.epsilon,
        fewest_items=demands.fewest_items,
        sampling=demands.sampling,
    )


def _shares(question: Question, judged: Ratings, people: Ratings, sampling: Sampling) -> tuple[AgainstPeople, ...]:
    values, place = distinct(np.concatenate([judged.value, people.value]))
    if len(values) > MOST_LABELS or not len(people):
        return ()
    names = question.ratings.labels
    labels = tuple(f"{value:g}" if names is None else names[int(value)] for value in values)
    tie = int(np.searchsorted(values, TIE)) if question.battles is not None and TIE in values else None
    own, theirs = place[: len(judged)], place[len(judged) :]
    return against_people(
        Answers(judged.item.codes.astype(np.int64), own),
        Answers(people.item.codes.astype(np.int64), theirs, _rater(people).codes.astype(np.int64)),
        labels,
        tie=tie,
        sampling=sampling,
    )


def _errors(judged: Ratings, people: Ratings, sampling: Sampling) -> dict[str, Estimate]:
    """Measure the judge's distance from the mean of the people, on the items that both rated."""
    size = len(people.item.names)
    number = np.bincount(people.item.codes, minlength=size)
    total = np.bincount(people.item.codes, people.value, size)
    rows = number[judged.item.codes] > 0
    item = judged.item.codes[rows]
    return numeric_errors(total[item] / number[item], judged.value[rows], sampling=sampling)


def _rater(ratings: Ratings) -> Coded:
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "a judge is tried on named answers (column rater)")
    return ratings.rater


_CONVENTIONS = {
    "answer": "yes where the alternative annotator test passes on every criterion; no where it fails or cannot be made",
    "repeats": "averaged on interval and ratio scales; elsewhere contradicting repeats are an abstention",
    "errors": "judge against the mean of the people, interval and ratio scales only",
}
