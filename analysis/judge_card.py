"""The judge card: everything that one criterion's answers say about a judge, and why the rest is not said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from analysis.errors import Undefined
from analysis.judge_sides import Demands, Question, Scored, Sides
from analysis.judging.against_people import AgainstPeople
from analysis.judging.alternative import AlternativeTest
from analysis.judging.certainty import Certainty
from analysis.judging.numbers import NumbersAgainstPeople
from analysis.judging.order import ResponseOrder, SystemOrder
from analysis.judging.shuffled import Shuffled
from analysis.judging.thresholds import Threshold
from analysis.judging_bias import Bias, biases_in_battles, biases_in_ratings
from analysis.judging_order import order_of_responses, order_of_systems
from analysis.judging_repeats import Repeats, repeats_of

Made = TypeVar("Made")
_NO_SCORES: Scored = ((), ())


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a part of the card is empty: a code for programs, a sentence for people."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class JudgeCard:
    """What is known about a judge on one criterion.

    ``test`` decides, and ``shuffled`` says whether it could have failed; ``people`` names the raters that its codes
    mean. ``abstained`` counts the judge's items whose repeats contradict each other. Every other part is empty where
    the answers do not allow it, and ``missing`` says why, by the part's name.
    """

    criterion: str | None
    level: str
    n_judged: int
    abstained: int
    people: tuple[str, ...]
    test: AlternativeTest
    shuffled: Shuffled
    labels: tuple[AgainstPeople, ...] = ()
    numbers: tuple[NumbersAgainstPeople, ...] = ()
    responses: ResponseOrder | None = None
    systems: SystemOrder | None = None
    certainty: tuple[Certainty, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    repeats: Repeats | None = None
    bias: Bias = field(default_factory=Bias)
    missing: dict[str, Gap] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether the judge passed a test that it could have failed."""
        return may_stand_in(self.test, self.shuffled)


def may_stand_in(test: AlternativeTest, shuffled: Shuffled) -> bool:
    """Say whether the test was made and passed, and was not passed by shuffled answers as well."""
    return test.passes is True and not shuffled.blind


def deciding_tests(question: Question, judge: str, demands: Demands) -> tuple[AlternativeTest, Shuffled]:
    """Return the test that decides and its check, alone: what a list of judges needs."""
    sides = Sides.of(question, judge)
    return sides.test(demands), sides.shuffled(demands)


def judge_card(question: Question, judge: str, demands: Demands) -> JudgeCard:
    """Fill the card of a judge on one criterion; all other raters are the people."""
    sides, sampling = Sides.of(question, judge), demands.sampling
    missing: dict[str, Gap] = {}

    def known(name: str, build: Callable[[], Made], otherwise: Made) -> Made:
        try:
            return build()
        except Undefined as error:
            missing[name] = Gap(error.code, error.message)
            return otherwise

    scored = known("thresholds", lambda: sides.scores(sampling), _NO_SCORES)
    stated = known("confidence", lambda: sides.confidence(sampling), _NO_SCORES[0])
    battles = question.battles
    bias, unknown = (
        biases_in_ratings(sides.judge, sides.people, demands.own, sampling)
        if battles is None
        else biases_in_battles(battles, judge, demands.own, sampling)
    )
    return JudgeCard(
        criterion=question.criterion,
        level=question.level,
        n_judged=len(sides.judge),
        abstained=sides.abstained,
        people=sides.rater.names,
        test=sides.test(demands),
        shuffled=sides.shuffled(demands),
        labels=known("labels", lambda: sides.labels(sampling), ()),
        numbers=known("numbers", lambda: sides.numbers(sampling), ()),
        responses=known("responses", lambda: order_of_responses(sides.judge, sides.people, sampling), None),
        systems=known("systems", lambda: order_of_systems(sides.judge, sides.people, battles, judge, sampling), None),
        certainty=(*stated, *scored[0]),
        thresholds=scored[1],
        repeats=known("repeats", lambda: repeats_of(question.ratings, battles, judge, sampling), None),
        bias=bias,
        missing=missing | {name: Gap(error.code, error.message) for name, error in unknown.items()},
    )
