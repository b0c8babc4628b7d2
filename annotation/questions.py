"""A rubric's criteria as questions on a page: options, their keys on the keyboard, and what is chosen."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.answers import WORDS, to_field
from domain.choices import Outcome
from domain.specs import CriterionSpec, Kind, Level, RemarkForm, RemarkSpec, RubricSpec

LONG_SCALE = 3  # steps to either side; their words do not fit on a phone
_BARELY, _SLIGHTLY = gettext_lazy("%(side)s barely better"), gettext_lazy("%(side)s slightly better")
_BETTER, _MUCH, _FAR = (
    gettext_lazy("%(side)s better"),
    gettext_lazy("%(side)s much better"),
    gettext_lazy("%(side)s far better"),
)
_DEGREES = {
    1: (_BETTER,),
    2: (_BETTER, _MUCH),
    3: (_SLIGHTLY, _BETTER, _MUCH),
    4: (_BARELY, _SLIGHTLY, _BETTER, _MUCH),
    5: (_BARELY, _SLIGHTLY, _BETTER, _MUCH, _FAR),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen: ``key`` is the digit that chooses it, ``short`` its label on a narrow screen."""

    value: str
    label: str
    key: str
    hint: str = ""
    is_end: bool = False
    chosen: bool = False
    apart: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One criterion; with no options it is a number from ``minimum`` to ``maximum``."""

    key: str
    name: str
    meaning: str
    options: tuple[Option, ...]
    value: str
    minimum: float | None = None
    maximum: float | None = None
    low: str = ""
    high: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """One reason that can be ticked."""

    field: str
    label: str
    key: str
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class RemarkQuestion:
    """What is asked beside the criteria: words, reasons to tick, or places to mark.

    ``value`` is the text, or the marks as JSON; ``categories`` and ``severities`` are those of a mark.
    """

    key: str
    name: str
    meaning: str
    form: str
    required: bool
    asked_first: bool
    tags: tuple[Tag, ...] = ()
    value: str = ""
    categories: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    missing: bool = False


def remark_questions(spec: RubricSpec, given: Mapping[str, Any], missing: set[str]) -> tuple[RemarkQuestion, ...]:
    """Return what the rubric asks beside its criteria, with what was entered so far."""
    return tuple(_remark(r, given.get(r.key), missing=f"remark:{r.key}" in missing) for r in spec.remarks)


def _remark(remark: RemarkSpec, given: Any, *, missing: bool) -> RemarkQuestion:
    is_tags, is_spans = remark.form is RemarkForm.TAGS, remark.form is RemarkForm.SPANS
    return RemarkQuestion(
        key=remark.key,
        name=remark.name,
        meaning=remark.meaning,
        form=remark.form.value,
        required=remark.required,
        asked_first=remark.asked_first,
        tags=_tags(remark, given or ()) if is_tags else (),
        value=json.dumps(given or [], ensure_ascii=False) if is_spans else "" if is_tags else given or "",
        categories=remark.options if is_spans else (),
        severities=tuple(remark.severities) if is_spans else (),
        missing=missing,
    )


def _tags(remark: RemarkSpec, ticked: Collection[str]) -> tuple[Tag, ...]:
    return tuple(
        Tag(f"remark-{remark.key}.{at}", option, str(at + 1) if at < 9 else "", option in ticked)
        for at, option in enumerate(remark.options)
    )


def questions(spec: RubricSpec, answers: Mapping[str, Any], missing: set[str]) -> tuple[Question, ...]:
    """Return the rubric's questions with the answers given so far (in the JSON of the API)."""
    given = {key: to_field(answer) for key, answer in answers.items() if answer is not None}
    return tuple(_question(c, given.get(c.key, ""), missing=c.key in missing) for c in spec.criteria)


def _question(criterion: CriterionSpec, value: str, *, missing: bool) -> Question:
    low, high = criterion.minimum, criterion.maximum
    return Question(
        key=criterion.key,
        name=criterion.name,
        meaning=criterion.meaning,
        options=_options(criterion, value),
        value=value,
        minimum=low,
        maximum=high,
        low=criterion.anchors.get(low, "") if low is not None else "",
        high=criterion.anchors.get(high, "") if high is not None else "",
        missing=missing,
    )


def _options(criterion: CriterionSpec, value: str) -> tuple[Option, ...]:
    return _sides(criterion, value) if criterion.kind is Kind.CHOICE else _points(criterion, value)


def _sides(criterion: CriterionSpec, chosen: str) -> tuple[Option, ...]:
    """From A much better to B much better, with a tie in the middle, and both bad apart from these."""
    degrees = _DEGREES[criterion.strengths]
    left = [(_code("left", n, criterion), word % {"side": "A"}, "A" + n * "+") for n, word in enumerate(degrees, 1)]
    right = [(_code("right", n, criterion), word % {"side": "B"}, "B" + n * "+") for n, word in enumerate(degrees, 1)]
    tie = [("tie", _("Tie"), "=")] if Outcome.TIE in criterion.outcomes else []
    is_long = criterion.strengths >= LONG_SCALE
    options = [
        Option(value, label, str(at) if at < 10 else "", chosen=value == chosen, short=short if is_long else "")
        for at, (value, label, short) in enumerate(left[::-1] + tie + right, 1)
    ]
    if Outcome.BOTH_BAD in criterion.outcomes:
        options.append(Option("both_bad", _("Both bad"), "0", chosen=chosen == "both_bad", apart=True))
    return tuple(options)


def _code(side: str, strength: int, criterion: CriterionSpec) -> str:
    return f"{side}:{strength}" if criterion.strengths > 1 else side


def _points(criterion: CriterionSpec, chosen: str) -> tuple[Option, ...]:
    """The points of a scale, from low to high; where they are single digits, each is its own key."""
    values = sorted(criterion.values)
    own = all(value in range(10) for value in values)
    # Yes and no rather than 1 and 0; and numbers that have no order are only names of categories.
    in_words = len(values) == 2 or criterion.level is Level.NOMINAL
    in_words = in_words and all(criterion.anchors.get(value) for value in values)
    return tuple(
        Option(
            value=f"{value:g}",
            label=criterion.anchors[value] if in_words else f"{value:g}",
            key=f"{value:g}" if own else str(at + 1) if at < 9 else "",
            hint="" if in_words else criterion.anchors.get(value, ""),
            is_end=value in (values[0], values[-1]),
            chosen=f"{value:g}" == chosen,
        )
        for at, value in enumerate(values)
    )


def criterion_json(criterion: CriterionSpec) -> dict[str, Any]:
    """Describe a criterion to who answers through the API."""
    return {
        "key": criterion.key,
        "name": criterion.name,
        "meaning": criterion.meaning,
        "kind": criterion.kind.value,
        "values": list(criterion.values),
        "anchors": {f"{value:g}": text for value, text in criterion.anchors.items()},
        "minimum": criterion.minimum,
        "maximum": criterion.maximum,
        "choices": [WORDS[outcome] for outcome in criterion.outcomes],
        "strengths": criterion.strengths,
    }


def remark_json(remark: RemarkSpec) -> dict[str, Any]:
    """Describe what is asked beside the criteria to who answers through the API."""
    return {
        "key": remark.key,
        "name": remark.name,
        "meaning": remark.meaning,
        "form": remark.form.value,
        "options": list(remark.options),
        "severities": list(remark.severities),
        "is_required": remark.required,
    }
