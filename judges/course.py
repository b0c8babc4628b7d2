"""What is asked next in a cell, and what its answers come to: one question, samples, a repair, a jury or a cascade.

Pure. A cell is asked in steps. Each *ask* is a question to one member, and at most one repair after it: the same
judge, told what was wrong with its answer's form. How many asks there are is the course of the version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from domain.choices import Answer, Choice, Outcome, Reason, Unscored, Value
from domain.specs import CriterionSpec, RubricSpec
from judges.replies import Reading

FAILURES = ("refused", "unreadable", "transport")
REASONS = {"refused": Reason.REFUSED, "unreadable": Reason.UNREADABLE, "transport": Reason.TRANSPORT}


class Rule(StrEnum):
    """How several answers become one. Of choices only a majority can be taken."""

    MAJORITY = "majority"  # more than half of those who answered
    MEDIAN = "median"
    MEAN = "mean"  # on scales that hold every number between two


@dataclass(frozen=True, slots=True)
class Ask:
    """The next question: to which member, and whether as a repair of its last answer."""

    place: int
    is_repair: bool = False


FIRST = Ask(0)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step has brought. ``repairable``: the ``reply`` was whole, and only its form was wrong."""

    ask: Ask
    outcome: str
    reading: Reading
    repairable: bool = False
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """How a judge version goes about a cell.

    ``members`` are asked one after the other: all of them (``combination`` jury), or until one is sure (cascade).
    Without a combination the one member is asked ``samples`` times. ``rule`` puts the answers together. A cascade's
    judge is sure of a decided answer whose probability, where it is known, is at least ``sure``.
    """

    combination: str = ""
    members: int = 1
    samples: int = 1
    repairs: int = 1
    rule: Rule = Rule.MAJORITY
    sure: float = 0.75

    def next_ask(self, steps: Sequence[Step]) -> Ask | None:
        """Return what to ask after these steps, or None when it is time to close."""
        if steps and self._deserves_repair(steps):
            return Ask(steps[-1].ask.place, is_repair=True)
        done = _last_of_each_ask(steps)
        if self.combination == "jury":
            return Ask(len(done)) if len(done) < self.members else None
        if self.combination == "cascade":
            over = len(done) == self.members or (done and self.is_sure(done[-1]))
            return None if over else Ask(len(done))
        return Ask(0) if len(done) < self.samples else None

    def close(self, steps: Sequence[Step], rubric: RubricSpec) -> tuple[str, Reading]:
        """Return the outcome of the cell and what it says. There must be a step."""
        done = _last_of_each_ask(steps)
        if self.combination == "cascade" or len(done) == 1:
            return done[-1].outcome, done[-1].reading
        return _together(done, rubric, self.rule)

    def is_sure(self, step: Step) -> bool:
        """Say whether a cascade may stop here: a winner or a score, not a weak preference, not a likely accident."""
        answers = step.reading.answers
        if isinstance(answers, Unscored):
            return False
        for key, answer in answers.items():
            if isinstance(answer, Choice) and (answer.outcome not in (Outcome.A, Outcome.B) or answer.strength == 1):
                return False
            chances = step.reading.chances.get(key)
            if chances and max(chances.values()) < self.sure:
                return False
        return True

    def _deserves_repair(self, steps: Sequence[Step]) -> bool:
        last = steps[-1]
        return bool(self.repairs) and last.repairable and not last.ask.is_repair and last.outcome == "unreadable"


def _last_of_each_ask(steps: Sequence[Step]) -> list[Step]:
    """Return the step that ended each ask: the repair where there was one."""
    ends: list[Step] = []
    for step in steps:
        if step.ask.is_repair:
            ends[-1] = step
        else:
            ends.append(step)
    return ends


def _together(done: Sequence[Step], rubric: RubricSpec, rule: Rule) -> tuple[str, Reading]:
    """Put answers together; fewer than half of those asked do not speak for all."""
    answered = [step for step in done if step.outcome == "verdict"]
    reasons = {f"{place + 1}": step.reading.rationale for place, step in enumerate(done) if step.reading.rationale}
    if 2 * len(answered) <= len(done):
        outcome = Counter(step.outcome for step in done if step.outcome != "verdict").most_common(1)[0][0]
        detail = f"only {len(answered)} of {len(done)} answers could be used: {_first_detail(done)}"
        return outcome, Reading(Unscored(REASONS[outcome], detail[:300]), reasons)
    merged: dict[str, Answer] = {}
    for criterion in rubric.criteria:
        answers = [
            answer
            for step in answered
            if not isinstance(step.reading.answers, Unscored)
            and (answer := step.reading.answers.get(criterion.key)) is not None
        ]
        found = merge(answers, criterion, rule)
        if found is None:
            detail = f"{criterion.key}: the answers are split: {_tally(answers)}"
            return "unreadable", Reading(Unscored(Reason.UNREADABLE, detail[:300]), reasons)
        merged[criterion.key] = found
    return "verdict", Reading(merged, reasons)


def merge(answers: Sequence[Answer], criterion: CriterionSpec, rule: Rule) -> Answer | None:
    """Return what several answers to one criterion come to, or None where the rule finds nothing."""
    choices = [answer for answer in answers if isinstance(answer, Choice)]
    if choices:
        return _majority_choice(choices)
    numbers = sorted(answer.number for answer in answers if isinstance(answer, Value))
    if not numbers:
        return None
    if rule is Rule.MEAN and not criterion.values:
        return Value(fmean(numbers))
    if rule is Rule.MAJORITY:
        number, count = Counter(numbers).most_common(1)[0]
        return Value(number) if 2 * count > len(numbers) else None
    return Value(_median(numbers, criterion))


def _majority_choice(choices: Sequence[Choice]) -> Choice | None:
    outcome, count = Counter(choice.outcome for choice in choices).most_common(1)[0]
    if 2 * count <= len(choices):
        return None
    strengths = sorted(choice.strength for choice in choices if choice.outcome is outcome and choice.strength)
    return Choice(outcome, strengths[(len(strengths) - 1) // 2] if strengths else None)


def _median(numbers: Sequence[float], criterion: CriterionSpec) -> float:
    """Return the middle; between two, their mean where the scale has it, else the one nearer to the mean of all."""
    low, high = numbers[(len(numbers) - 1) // 2], numbers[len(numbers) // 2]
    between = (low + high) / 2
    if low == high or not criterion.values or between in criterion.values:
        return between
    mean = fmean(numbers)
    return low if abs(mean - low) <= abs(mean - high) else high


def _tally(answers: Sequence[Answer]) -> str:
    said = Counter(answer.outcome.value if isinstance(answer, Choice) else f"{answer.number:g}" for answer in answers)
    return ", ".join(f"{text} {count}" for text, count in said.most_common())


def _first_detail(done: Sequence[Step]) -> str:
    details = (step.reading.answers.detail for step in done if isinstance(step.reading.answers, Unscored))
    return next(details, "")
