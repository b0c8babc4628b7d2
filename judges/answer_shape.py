"""How a judge writes its answer: fields, closed menus and the JSON schema, for the prompt and the parser alike."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, RubricSpec

FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")  # what both vendors take as the name of a property
LABELS = tuple("KLMNPRST")  # of listed responses, dealt at random: letters that suggest no order
STEPS = {2: ("better", "much better"), 3: ("slightly better", "better", "much better")}

WRITTEN = {"type": "string", "description": "Two or three sentences, without long quotations."}


class Protocol(StrEnum):
    """The shape of the question."""

    DIRECT = "direct"  # scores for one response
    PAIRWISE = "pairwise"  # the better of two responses, asked once per order
    LISTWISE = "listwise"  # all responses to a prompt at once, recorded as battles between them


class Reasons(StrEnum):
    """Where a judge writes its reasons. Before the verdict they can still change it."""

    BEFORE = "before"
    AFTER = "after"
    NONE = "none"


class NoVerdict(Exception):
    """Why an answer cannot be read."""


def check_kind(protocol: str, rubric: RubricSpec) -> None:
    """Raise ValueError when a rubric asks for something else than the protocol answers."""
    wanted = Kind.SCORE if Protocol(protocol) is Protocol.DIRECT else Kind.CHOICE
    wrong = [criterion.key for criterion in rubric.criteria if criterion.kind is not wanted]
    if wrong or not rubric.criteria:
        msg = (
            f"the {protocol} protocol needs criteria of kind {wanted.value}; wrong: {', '.join(wrong) or 'none given'}"
        )
        raise ValueError(msg)


def field_names(rubric: RubricSpec) -> dict[str, CriterionSpec]:
    """Return the criterion of each field of the answer, in order. A key that vendors would refuse gets a number."""
    fields = {
        criterion.key if FIELD.fullmatch(criterion.key) else f"criterion_{number}": criterion
        for number, criterion in enumerate(rubric.criteria, start=1)
    }
    if len(fields) != len(rubric.criteria):
        msg = f"two criteria of {rubric.name!r} have the same name in an answer"
        raise ValueError(msg)
    return fields


def verdict_field(criterion: CriterionSpec) -> str:
    """Return the name of the field that holds a criterion's answer."""
    return "verdict" if criterion.kind is Kind.CHOICE else "score"


def choice_labels(criterion: CriterionSpec) -> dict[str, Choice]:
    """Return the closed menu of a choice criterion: what the judge writes, and what it means as shown.

    With steps of preference the labels are ``A:1`` … ``A:n``, where n is the strongest.
    """
    labels: dict[str, Choice] = {}
    for outcome in criterion.outcomes:
        if outcome in (Outcome.A, Outcome.B) and criterion.strengths > 1:
            steps = range(1, criterion.strengths + 1)
            labels |= {f"{outcome.value}:{step}": Choice(outcome, step) for step in steps}
        else:
            labels[outcome.value] = Choice(outcome)
    return labels


def label_meaning(criterion: CriterionSpec, choice: Choice) -> str:
    """Say in words what a label means."""
    if choice.outcome is Outcome.TIE:
        return "the responses are equally good"
    if choice.outcome is Outcome.BOTH_BAD:
        return "both responses are bad"
    if choice.strength is None:
        return f"response {choice.outcome.value} is better"
    words = STEPS.get(criterion.strengths)
    step = words[choice.strength - 1] if words else f"better, step {choice.strength} of {criterion.strengths}"
    return f"response {choice.outcome.value} is {step}"


def number_text(number: float) -> str:
    """Write a point of a scale as people do: 4, not 4.0."""
    return f"{number:g}"


def scale_text(criterion: CriterionSpec) -> str:
    """Say in one line what a score may be."""
    if criterion.values:
        return f"one of {', '.join(map(number_text, criterion.values))}"
    if criterion.minimum is None or criterion.maximum is None:
        msg = f"criterion {criterion.key!r} has no scale"
        raise ValueError(msg)
    return f"a number from {number_text(criterion.minimum)} to {number_text(criterion.maximum)}, both included"


def answer_schema(rubric: RubricSpec, reasons: Reasons) -> dict[str, Any]:
    """Return the JSON schema of the whole answer, in the subset that all vendors accept.

    Every object is closed and every property required. Ranges stand in descriptions, because vendors refuse or ignore
    numeric limits: the parser checks them.
    """
    return closed({field: _criterion_schema(criterion, reasons) for field, criterion in field_names(rubric).items()})


def _criterion_schema(criterion: CriterionSpec, reasons: Reasons) -> dict[str, Any]:
    verdict = {verdict_field(criterion): _verdict_schema(criterion)}
    if reasons is Reasons.NONE:
        return closed(verdict)
    return closed({"reasons": WRITTEN, **verdict} if reasons is Reasons.BEFORE else {**verdict, "reasons": WRITTEN})


def _verdict_schema(criterion: CriterionSpec) -> dict[str, Any]:
    if criterion.kind is Kind.CHOICE:
        return {"type": "string", "enum": list(choice_labels(criterion))}
    description = scale_text(criterion).capitalize() + "."
    if not criterion.values:
        return {"type": "number", "description": description}
    whole = all(float(value).is_integer() for value in criterion.values)
    menu = [int(value) if whole else float(value) for value in criterion.values]
    return {"type": "integer" if whole else "number", "enum": menu, "description": description}


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with these fields, all of them required, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
