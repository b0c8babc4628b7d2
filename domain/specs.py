"""Rubrics as plain Python, for code that must not touch the database: prompts, parsers, forms, formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from domain.choices import Answer, Choice, Outcome, Value, agrees


class Kind(StrEnum):
    """What a criterion asks for."""

    SCORE = "score"  # a number for one response
    CHOICE = "choice"  # the better of two responses


class Level(StrEnum):
    """Level of measurement (Stevens 1946): it decides which agreement statistics make sense."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """One question of a rubric and the answers it allows.

    A score criterion has declared ``values`` (a Likert scale, yes/no as 1 and 0) or, with no values, is a
    number between ``minimum`` and ``maximum`` inclusive. A choice criterion lists its ``outcomes`` and how many
    steps of preference it knows (``strengths`` = 1: better or not; 2: much better, better).
    """

    key: str
    name: str
    meaning: str = ""
    kind: Kind = Kind.SCORE
    level: Level = Level.ORDINAL
    values: tuple[float, ...] = ()
    anchors: dict[float, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    outcomes: tuple[Outcome, ...] = ()
    strengths: int = 1
    weight: float = 1.0
    higher_is_better: bool = True

    def problem_with(self, answer: Answer) -> str | None:
        """Say what is wrong with an answer to this criterion, or None when it lies on the scale."""
        if isinstance(answer, Choice):
            return self._problem_with_choice(answer)
        return self._problem_with_value(answer)

    def _problem_with_choice(self, answer: Choice) -> str | None:
        if self.kind is not Kind.CHOICE:
            return f"{self.key} takes a number, not a choice between two responses"
        if answer.outcome not in self.outcomes:
            return f"{self.key} does not offer {answer.outcome.value!r}; it offers {', '.join(self.outcomes)}"
        if answer.chance is not None and not agrees(answer.outcome, answer.chance):
            return f"{self.key}: a chance of {answer.chance:g} for A does not go with {answer.outcome.value!r}"
        if answer.strength is None:
            return None
        if answer.outcome not in (Outcome.A, Outcome.B):
            return f"{self.key}: a strength goes with A or B, not with {answer.outcome.value!r}"
        if not 1 <= answer.strength <= self.strengths:
            return f"{self.key}: strength {answer.strength} is not between 1 and {self.strengths}"
        return None

    def _problem_with_value(self, answer: Value) -> str | None:
        if self.kind is not Kind.SCORE:
            return f"{self.key} takes a choice between two responses, not a number"
        if self.values:
            if answer.number in self.values:
                return None
            return f"{self.key}: {answer.number:g} is not one of {', '.join(f'{value:g}' for value in self.values)}"
        low, high = self.minimum, self.maximum
        if low is None or high is None or not low <= answer.number <= high:  # NaN fails the comparison too
            return f"{self.key}: {answer.number:g} is not between {low:g} and {high:g}"
        return None


class RemarkForm(StrEnum):
    """How a remark is given."""

    TEXT = "text"  # in the rater's own words
    TAGS = "tags"  # any number of the offered words
    SPANS = "spans"  # marked places in the response, each with a category and a severity


@dataclass(frozen=True, slots=True)
class RemarkSpec:
    """What a rater may say that is no number and no choice: reasons, tags, marked errors.

    ``options`` are the tags, or the categories of a marked span; ``severities`` are those of a span with their
    weights, the lightest first, such as minor 1 and major 5 (MQM, Freitag et al. 2021). ``asked_first`` puts it before
    the criteria: mark, then score. Remarks stay beside the scores and enter no statistic of their own accord.
    """

    key: str
    name: str
    meaning: str = ""
    form: RemarkForm = RemarkForm.TEXT
    options: tuple[str, ...] = ()
    severities: dict[str, float] = field(default_factory=dict)
    required: bool = False
    asked_first: bool = False


@dataclass(frozen=True, slots=True)
class RubricSpec:
    """Instructions for a rater and the criteria to answer, in order."""

    name: str
    instructions: str
    criteria: tuple[CriterionSpec, ...]
    remarks: tuple[RemarkSpec, ...] = ()

    @property
    def kind(self) -> Kind:
        """All criteria of a rubric are of one kind: it is about single responses or about battles."""
        return self.criteria[0].kind
