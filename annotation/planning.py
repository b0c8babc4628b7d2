"""What a campaign will take and what it can show, before anybody is asked: pure functions of a few numbers.

Widths assume systems that are equally good, where win shares vary most, and items that are independent of each other.
docs/methods.md ("Planning a campaign") has the formulas with their sources.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

from annotation.quality.expected import Checks

CONFIDENCE, POWER = 0.95, 0.8
FAIR_COIN = 0.25  # variance of one battle between equals
USUAL_AGREEMENT = 0.45  # of two people beyond chance: 2 x 0.726 - 1, from 72.6 % in Ouyang et al. (2022)
WORDS_PER_MINUTE = 238  # silent reading of non-fiction, Brysbaert (2019)
SECONDS_TO_DECIDE = 8  # for each question, beside the reading


class CannotPlan(ValueError):
    """Numbers from which nothing can be planned; the message says which, and what to change."""


@dataclass(frozen=True, slots=True)
class Study:
    """What is planned: ``items`` screens with ``shown`` responses each, answered by ``per_item`` people each.

    ``agreement`` is how far two people agree on an item beyond chance (an intraclass correlation, 0 to 1), ``sd`` the
    standard deviation of single ratings, in points of the scale. ``pay`` is per answer or per hour of work, for answers
    to ``checks`` like for all others: nobody can tell them apart.
    """

    items: int
    per_item: int
    systems: int
    shown: int = 1
    best_worst: bool = False
    people: int | None = None
    seconds: float = 30.0
    agreement: float = USUAL_AGREEMENT
    sd: float | None = None
    pay_per_answer: float | None = None
    pay_per_hour: float | None = None
    checks: Checks | None = None

    def __post_init__(self) -> None:
        for name in ("items", "per_item", "systems", "shown"):
            if getattr(self, name) < 1:
                raise CannotPlan(f"{_WORDS[name]}: {getattr(self, name)} is too few; take 1 or more.")
        if not 0 <= self.agreement <= 1:
            raise CannotPlan(f"agreement: {self.agreement:g} is not between 0 (chance alone) and 1 (always the same).")
        if not 0 < self.seconds < inf:
            raise CannotPlan(f"seconds per answer: {self.seconds:g} is no time; take more than 0.")

    @property
    def answers(self) -> int:
        """Answers in all."""
        return self.items * self.per_item


_WORDS = {"items": "items", "per_item": "people per item", "systems": "systems", "shown": "responses on a screen"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or the reason why there is none."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study takes and shows. Hours are of work, cost in the campaign's currency, widths are half widths.

    ``answers`` are those that count; hours and cost are of these and of the answers to ``checks``, as far as known.
    """

    answers: int
    checks: Figure
    answers_per_person: Figure
    hours: float
    hours_per_person: Figure
    cost: Figure
    per_system: float
    half_width: Figure
    detectable: Figure


def plan(study: Study) -> Plan:
    """Work everything out; what the numbers cannot give carries its reason."""
    checks = _or_reason(lambda: checked(study))
    everything = study.answers + (checks.value or 0.0)
    share = _or_reason(lambda: answers_per_person(study))
    hours = everything * study.seconds / 3600
    by_person = Figure(None, share.reason) if share.value is None else Figure(hours / (study.people or 1))
    return Plan(
        answers=study.answers,
        checks=checks,
        answers_per_person=share,
        hours=hours,
        hours_per_person=by_person,
        cost=_or_reason(lambda: cost(study, everything)),
        per_system=study.items * min(study.shown, study.systems) / study.systems,
        half_width=_or_reason(lambda: half_width(study)),
        detectable=_or_reason(lambda: detectable(study)),
    )


def _or_reason(work_out: Callable[[], float]) -> Figure:
    try:
        return Figure(work_out())
    except CannotPlan as reason:
        return Figure(None, str(reason))


def answers_per_person(study: Study) -> float:
    """Return the mean number of answers a person gives. Raises CannotPlan without enough people."""
    if not study.people:
        raise CannotPlan("Say how many people will answer.")
    if study.people < study.per_item:
        raise CannotPlan(
            f"Each item needs {study.per_item} different people, and there are {study.people}; "
            "ask more people, or fewer per item."
        )
    return study.answers / study.people


def checked(study: Study) -> float:
    """Return how many answers go to checks, of all people. Raises CannotPlan where people are not known and matter."""
    if study.checks is None or study.checks.per_person(study.answers) == 0:
        return 0.0
    each = answers_per_person(study)
    return study.checks.per_person(each) * study.answers / each


def cost(study: Study, answers: float) -> float:
    """Return what so many answers cost, by whichever pay is given. Raises CannotPlan without one."""
    if study.pay_per_answer is not None:
        return answers * study.pay_per_answer
    if study.pay_per_hour is not None:
        return answers * study.seconds / 3600 * study.pay_per_hour
    raise CannotPlan("No pay is given.")


def design_effect(per_item: int, agreement: float) -> float:
    """Return by how much ``per_item`` answers to one item are worth less than as many on different items (Kish 1965).

    1 + (k - 1) rho: with rho = 1 the second answer says nothing new, with 0 it is as good as another item.
    """
    return 1 + (per_item - 1) * agreement


def effective(observations: float, study: Study) -> float:
    """Return how many independent answers the answers on so many items are worth."""
    return observations * study.per_item / design_effect(study.per_item, study.agreement)


def share_variance(shown: int, *, best_worst: bool = False) -> float:
    """Return the variance of a system's win share on one screen of ``shown`` equally good systems.

    With a full ranking the win share is (shown - rank) / (shown - 1), rank uniform: (L + 1) / (12 (L - 1)). With
    best and worst alone 2 L - 3 pairs are decided; the share is points over pairs: L (L - 1)^2 / (2 (4 L - 6)^2).
    Both are 1/4 for two.
    """
    if shown < 2:
        raise CannotPlan("Systems are compared when a screen shows two responses or more.")
    if best_worst:
        return shown * (shown - 1) ** 2 / (2 * (4 * shown - 6) ** 2)
    return (shown + 1) / (12 * (shown - 1))


def half_width(study: Study, *, confidence: float = CONFIDENCE) -> float:
    """Return the expected half width of a system's interval: of its mean in points, else of its win rate.

    Raises CannotPlan where there is only one system to compare, or no spread of ratings to go by.
    """
    each = effective(study.items * min(study.shown, study.systems) / study.systems, study)
    if study.shown == 1:
        return _z((1 + confidence) / 2) * _sd(study) / sqrt(each)
    _refuse_one_system(study)
    return win_rate_half_width(
        each * FAIR_COIN / share_variance(study.shown, best_worst=study.best_worst), confidence=confidence
    )


def win_rate_half_width(battles: float, *, confidence: float = CONFIDENCE) -> float:
    """Return half the width of Wilson's (1927) interval at a win rate of one half: z / (2 sqrt(n + z^2))."""
    z = _z((1 + confidence) / 2)
    return z / (2 * sqrt(battles + z * z))


def detectable(study: Study, *, level: float = 1 - CONFIDENCE, power: float = POWER) -> float:
    """Return the smallest difference that would be seen, two-sided at ``level`` with probability ``power``.

    Of two systems' means in points (as if on different prompts), else how far a win rate of two systems against each
    other must lie from one half. Raises CannotPlan where there is nothing to compare.
    """
    _refuse_one_system(study)
    errors = _z(1 - level / 2), _z(power)
    if study.shown == 1:
        return sum(errors) * _sd(study) * sqrt(2 / effective(study.items / study.systems, study))
    return _detectable_share(effective(meetings(study), study), *errors)


def meetings(study: Study) -> float:
    """Return on how many items any two systems meet, when all meet equally often."""
    shown = min(study.shown, study.systems)
    return study.items * shown * (shown - 1) / (study.systems * (study.systems - 1))


def _detectable_share(battles: float, z_level: float, z_power: float) -> float:
    """Solve sqrt(n) d = z_level / 2 + z_power sqrt(1/4 - d^2) for d, the one-sample test of a share against 1/2.

    Squared, it is a quadratic in d; its larger root is the answer (Fleiss, Levin and Paik 2003, 2.3).
    """
    if battles <= z_level**2:
        raise CannotPlan("So few answers show no win rate, not even 100 %; take more items.")
    a, b = battles + z_power**2, z_level * sqrt(battles)
    c = (z_level**2 - z_power**2) / 4
    return (b + sqrt(b * b - 4 * a * c)) / (2 * a)


def seconds_to_answer(words: float, questions: int) -> float:
    """Return a first guess of the time one answer takes: reading once through, then each question."""
    if words < 0 or questions < 1:
        raise CannotPlan(f"{words:g} words and {questions} questions are no task.")
    return words / WORDS_PER_MINUTE * 60 + SECONDS_TO_DECIDE * questions


def _sd(study: Study) -> float:
    if study.sd is None:
        raise CannotPlan("Say how far single ratings spread.")
    if not 0 < study.sd < inf:
        raise CannotPlan(f"spread: {study.sd:g} is no standard deviation; take more than 0.")
    return study.sd


def _refuse_one_system(study: Study) -> None:
    if study.systems < 2:
        raise CannotPlan("There is one system alone, so nothing is compared.")


def _z(probability: float) -> float:
    return NormalDist().inv_cdf(probability)
