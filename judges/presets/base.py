"""What a preset is made of. Pure data; the wording of each stands in the module of its family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges.answer_shape import Protocol, number_text, scale_text

TOTAL = "score"  # key of the criterion of a checklist that is computed from the others


class Parser(StrEnum):
    """How an answer is written, and so how it is read."""

    OBJECT = "object"  # JSON: an answer to every criterion
    CHECKLIST = "checklist"  # JSON: met or not met for every criterion
    RANKS = "ranks"  # JSON: the rank of each of two
    RANKING = "ranking"  # JSON: groups of labels, best first
    BEST = "best"  # JSON: one label
    BRACKETS = "brackets"  # text that ends with [[verdict]]
    RESULT = "result"  # text that ends with [RESULT] verdict
    SCORE = "score"  # text that ends with "Score: n"
    LABEL = "label"  # one label and nothing else, so that it is one token

    @property
    def is_json(self) -> bool:
        """Return whether the answer is a JSON object."""
        return self in (Parser.OBJECT, Parser.CHECKLIST, Parser.RANKS, Parser.RANKING, Parser.BEST)


class Estimator(StrEnum):
    """Where a verdict's number comes from. A judge version has one: they are never mixed in one rater."""

    LOGPROBS = "log-probs"  # the probabilities that the provider tells
    SAMPLES = "samples"  # several answers


class Flips(StrEnum):
    """What a published protocol makes of two orders that disagree. Here both are on record, and a board decides."""

    NONE = "one order only"
    TIE = "orders that disagree are a tie"
    SEPARATE = "both orders are observations of their own"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a protocol needs of a rubric. None: anything will do."""

    kind: Kind | None = None
    single: bool = False
    outcomes: tuple[Outcome, ...] | None = None
    strengths: int | None = None
    scale: tuple[float, float] | None = None  # its ends
    declared: bool | None = None  # whether the scale is a menu of values
    digits: bool = False  # every whole score is one digit, so that it is one token
    every_level: bool = False  # a description of each value
    instructions: str = ""  # what the rubric's instructions have to hold
    points: bool = False  # met or not met for points, and a total

    def problems(self, rubric: RubricSpec) -> Iterator[str]:
        """Say what is missing, one thing at a time."""
        if self.single and len(rubric.criteria) != 1:
            yield f"exactly one criterion (this rubric has {len(rubric.criteria)})"
        if self.instructions and not rubric.instructions.strip():
            yield f"{self.instructions} in the rubric's instructions"
        if self.points:
            yield from _problems_with_points(rubric)
            return
        for criterion in rubric.criteria:
            for problem in self._problems_with(criterion):
                yield f"criterion {criterion.key!r} {problem}"

    def _problems_with(self, criterion: CriterionSpec) -> Iterator[str]:
        if self.kind is not None and criterion.kind is not self.kind:
            yield f"of kind {self.kind.value}, not {criterion.kind.value}"
        elif self.outcomes is not None and set(criterion.outcomes) != set(self.outcomes):
            yield f"with the outcomes {', '.join(self.outcomes)} (it has {', '.join(criterion.outcomes)})"
        elif self.strengths is not None and criterion.strengths != self.strengths:
            yield f"with strengths {self.strengths} (it has {criterion.strengths})"
        elif criterion.kind is Kind.SCORE:
            yield from self._problems_with_scale(criterion)

    def _problems_with_scale(self, criterion: CriterionSpec) -> Iterator[str]:
        low, high = ends_of(criterion)
        if self.scale is not None and (low, high) != self.scale:
            ends = " to ".join(map(number_text, self.scale))
            yield f"with a scale from {ends} (it is {scale_text(criterion)})"
        elif self.declared is False and criterion.values:
            yield "without declared values: a range from minimum to maximum, because the result lies between them"
        elif self.declared and (not criterion.values or set(criterion.values) != set(_whole(low, high))):
            yield f"with the declared values {', '.join(map(number_text, _whole(low, high)))}"
        elif self.digits and not (low.is_integer() and high.is_integer() and 0 <= low < high <= 9):
            yield f"with a scale of whole numbers within 0 to 9 (it is {scale_text(criterion)})"
        elif self.every_level and (missing := set(criterion.values) - set(criterion.anchors)):
            yield f"with a description of every level (missing: {', '.join(map(number_text, sorted(missing)))})"


def ends_of(criterion: CriterionSpec) -> tuple[float, float]:
    """Return the lowest and the highest point of a scale."""
    if criterion.values:
        return float(min(criterion.values)), float(max(criterion.values))
    return float(criterion.minimum or 0.0), float(criterion.maximum or 0.0)


def _whole(low: float, high: float) -> tuple[float, ...]:
    return tuple(float(number) for number in range(int(low), int(high) + 1))


def _problems_with_points(rubric: RubricSpec) -> Iterator[str]:
    total = next((criterion for criterion in rubric.criteria if criterion.key == TOTAL), None)
    if total is None or total.values or (total.minimum, total.maximum) != (0.0, 1.0):
        yield f"a criterion {TOTAL!r} from 0 to 1 without declared values, which is computed"
    items = checklist_items(rubric)
    for criterion in items:
        if set(criterion.values) != {0.0, 1.0}:
            yield f"criterion {criterion.key!r} with the values 0 (not met) and 1 (met)"
    if not any(criterion.weight > 0 for criterion in items):
        yield "at least one criterion with points above 0: its weight"


def checklist_items(rubric: RubricSpec) -> list[CriterionSpec]:
    """Return the criteria of a checklist that the judge answers; their weights are their points."""
    return [criterion for criterion in rubric.criteria if criterion.key != TOTAL]


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a preset. ``version`` is raised with any change of them: verdicts may change with it."""

    version: str = "1"
    role: str = ""
    method: str = ""
    answer: str = ""  # {low} and {high} stand for the ends of the scale
    reference: str = ""  # said above a reference
    turns: str = ""  # said where a user speaks more than once
    own_answer: str = ""  # said before the responses, but not where a prompt carries one of Preset.open_tags
    no_own_answer: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """A protocol as data: prompt shape, scale, parser, tie rule and aggregation.

    ``protocol`` None leaves it to the rubric's kind. ``names`` are those of the two responses of a battle. ``menu``
    says what each label of a closed answer means, sides as shown. ``flips`` and ``aggregation`` tell what the
    published protocol does with two orders and with all verdicts.
    """

    name: str
    title: str
    protocol: Protocol | None
    parser: Parser
    words: Words = Words()
    needs: Needs = Needs()
    names: tuple[str, str] = ("A", "B")
    menu: tuple[tuple[str, Choice], ...] = ()
    needs_reference: bool = False
    open_tags: frozenset[str] = frozenset()
    estimators: tuple[Estimator, ...] = ()
    top_logprobs: int = 0
    samples: int = 1  # where they are the estimator
    most_tokens: int | None = None
    flips: Flips = Flips.NONE
    aggregation: str = ""
    source: str = ""
    rubric: RubricSpec | None = None  # a fitting one

    def problem_with(self, rubric: RubricSpec) -> str | None:
        """Say exactly what this protocol needs of a rubric that it does not have, or None."""
        missing = next(self.needs.problems(rubric), None)
        return None if missing is None else f"{self.title} needs {missing}"

    def labels(self) -> dict[str, Choice]:
        """Return what each label means."""
        return dict(self.menu)
