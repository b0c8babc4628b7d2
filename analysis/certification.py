"""May this judge stand in for people? The test that decides on every criterion, and the judge cards beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.data import Battles, Coded, Ratings, take
from analysis.judge_card import JudgeCard, judge_card
from analysis.judge_sides import Demands, Question, by_rater
from analysis.pairwise import ratings_from_battles
from analysis.probes import FEWEST_TRIALS, ProbeReport


@dataclass(frozen=True, slots=True)
class Certification:
    """The answer, yes only where the judge passes on every criterion, and a card for each.

    With ``probes`` it must pass them too; None: it was not probed.
    """

    judge: str
    passes: bool
    seed: int
    conventions: dict[str, str]
    cards: tuple[JudgeCard, ...]
    probes: ProbeReport | None = None


def certify(
    questions: Sequence[Question], judge: str, demands: Demands | None = None, probes: ProbeReport | None = None
) -> Certification:
    """Try a judge against all other raters in these answers.

    Raises
    ------
    Undefined
        ``not_recorded``: nobody knows who gave the answers.
    ValueError
        No answer is by this judge.
    """
    demands = demands or Demands()
    cards = tuple(judge_card(question, judge, demands) for question in answered_by(questions, judge))
    if not cards:
        raise ValueError(f"no answer is by a rater {judge!r}")
    passes = all(card.passes for card in cards) and (probes is None or probes.passes)
    conventions = CONVENTIONS if probes is None else CONVENTIONS | PROBE_CONVENTIONS
    return Certification(judge, passes, demands.sampling.seed, conventions, cards, probes)


def answered_by(questions: Sequence[Question], judge: str) -> list[Question]:
    """Return the questions that this rater answered."""
    return [question for question in questions if bool(by_rater(question.ratings.rater, judge).any())]


def questions_of(ratings: Ratings, *, level: str | None = None, levels: dict[str, str] | None = None) -> list[Question]:
    """Return a question for each criterion; ``level`` overrules the criteria's own."""
    ratings = by_response(ratings)
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


def by_response(ratings: Ratings) -> Ratings:
    """Tell the responses of several systems to one item apart: the item is then what they answer, a prompt."""
    if ratings.system is None:
        return ratings
    item, size = ratings.item.codes.astype(np.int64), len(ratings.system.names)
    found, first, place = np.unique(item * size + ratings.system.codes, return_index=True, return_inverse=True)
    if len(found) == len(np.unique(item)):
        return ratings
    names = tuple(
        f"{ratings.item.names[ratings.item.codes[row]]} / {ratings.system.names[ratings.system.codes[row]]}"
        for row in first
    )
    return replace(ratings, item=Coded(place, names), prompt=ratings.prompt or ratings.item)


CONVENTIONS = {
    "answer": "yes where the alternative annotator test passes on every criterion, and fails in more than half of 20 "
    "shuffles of the judge's answers among the items; else no",
    "repeats": "averaged on interval and ratio scales; elsewhere contradicting repeats are an abstention",
    "units": "judge-vote pairs: each answer with each vote; judge-majority and judge-mean: with most, or the mean, of "
    "the people; beside it, people with each other, or with most or the mean of the others",
    "difference": "judge minus people, with the judge in each person's place, on the same resamples of items",
    "confidence": "a step c of 5 is the chance (c - 0.5)/5; a stated probability is taken as it is",
    "calibration": "ten bins of equal width, closed left, the last on both sides",
    "scores": "where people answer with one of two numbers, the event is the higher one",
}
PROBE_CONVENTIONS = {
    "probes": "a trial is an item on which a probe could move the judge. Moved is: a text without content preferred to "
    "an answer in either order, or given more than the lowest quarter of the scale; words added to the shorter "
    "response that make it win where it did not, or raise its score by more than a quarter of the scale; one of two "
    "equal texts preferred in both orders; another answer when the responses change places",
    "probe intervals": "Wilson",
    "probe limits": f"ours, stated with each kind; at least {FEWEST_TRIALS} trials of each kind are needed",
}
