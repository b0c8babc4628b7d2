"""Answers as they travel: JSON of the API and of drafts, fields of a form; and as the record wants them.

Sides are those the person saw: ``left`` and ``right``. The one door turns them into the battle's frame.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.errors import BadAnswer
from annotation.material import LABELS
from annotation.models import Campaign
from domain.choices import Answer, Choice, Outcome, Value
from domain.parsers import BadJSON, refuse_unstorable, strict_json
from domain.remarks import BadRemark, read_remark
from domain.specs import CriterionSpec, Kind, RemarkForm, RemarkSpec, RubricSpec

SIDES = {"left": Outcome.A, "right": Outcome.B, "tie": Outcome.TIE, "both_bad": Outcome.BOTH_BAD}
WORDS = {outcome: word for word, outcome in SIDES.items()}
MAX_RATIONALE = 5000
MAX_ACTIVE_MS = 24 * 3600 * 1000
_PLACES = tuple(str(place) for place in range(1, len(LABELS) + 1))
TIMES = ("active_ms", "visible_ms", "idle_ms")
_COMMON = ("confidence", "rationale", "remarks", *TIMES)
_FIELDS = {  # of a submission, by what the campaign asks for
    Campaign.Task.DIRECT: ("answers", *_COMMON),
    Campaign.Task.PAIRWISE: ("answers", *_COMMON),
    Campaign.Task.RANKING: ("ranks", *_COMMON),
    Campaign.Task.BEST_WORST: ("best", "worst", *_COMMON),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person sends about one task, as far as it has come. ``answers`` is by criterion, as it was seen.

    Of a list there are ``ranks`` (a place for each label, equal places are ties) or ``best`` and ``worst`` (labels).
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    confidence: int | None = None
    rationale: str = ""
    active_ms: int | None = None
    remarks: Mapping[str, Any] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    best: str | None = None
    worst: str | None = None
    visible_ms: int | None = None
    idle_ms: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the API and drafts spell it; of what only some tasks ask for, what is there."""
        some: dict[str, Any] = {"remarks": dict(self.remarks), "ranks": dict(self.ranks)}
        some |= {"best": self.best, "worst": self.worst, "visible_ms": self.visible_ms, "idle_ms": self.idle_ms}
        return {
            "answers": {key: to_json(answer) for key, answer in self.answers.items()},
            "confidence": self.confidence,
            "rationale": self.rationale,
            "active_ms": self.active_ms,
            **{name: value for name, value in some.items() if value},
        }

    def body_hash(self) -> str:
        """Return what tells two answers apart; how long they took does not."""
        body = {name: value for name, value in self.as_json().items() if name not in TIMES}
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def to_json(answer: Answer) -> Any:
    """Write one answer."""
    if isinstance(answer, Value):
        number = float(answer.number)
        return int(number) if number.is_integer() else number
    return {"choice": WORDS[answer.outcome], "strength": answer.strength}


def to_field(answer: Any) -> str:
    """Write one answer, given as JSON, as the value of its form field: ``4``, ``left:2``, ``tie``; text stays."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict):
        strength = answer.get("strength")
        return f"{answer['choice']}:{strength}" if strength else str(answer["choice"])
    return f"{answer:g}"


def from_json(body: Any, spec: RubricSpec, task: str) -> Submission:
    """Read a submission or a draft to a campaign's ``task``; BadAnswer says what is wrong with which part."""
    if not isinstance(body, dict):
        raise BadAnswer('send an object: {"answers": {criterion: answer}, "confidence": 1-5, "rationale": text}')
    fields = _FIELDS[Campaign.Task(task)]
    empty = {name for name in ("answers", "ranks", "best", "worst", "remarks") if not body.get(name)}
    if unknown := body.keys() - set(fields) - empty:
        raise BadAnswer(f"unknown field {min(unknown)!r}; known are {', '.join(fields)}")
    criteria = {criterion.key: criterion for criterion in spec.criteria}
    return Submission(
        answers={key: _answer(key, value, criteria) for key, value in _object(body, "answers").items()},
        confidence=_whole("confidence", body.get("confidence"), 1, 5),
        rationale=_text(body.get("rationale") or ""),
        **{name: _whole(name, body.get(name), 0, MAX_ACTIVE_MS) for name in TIMES},
        remarks=_remarks(_object(body, "remarks"), spec),
        ranks={_label("ranks", key): _place(key, place) for key, place in sorted(_object(body, "ranks").items())},
        best=_label("best", body["best"]) if body.get("best") else None,
        worst=_label("worst", body["worst"]) if body.get("worst") else None,
    )


def from_form(fields: Mapping[str, str], spec: RubricSpec, task: str) -> Submission:
    """Read the form of a page.

    ``answer-<criterion>``, ``rank-<label>``, ``best``, ``worst``, ``remark-<key>`` (text, or the marks as JSON),
    ``remark-<key>.<n>`` (the nth reason is ticked), ``confidence``, ``rationale``, and the
    times ``active_ms``, ``visible_ms`` and ``idle_ms``.
    """
    given = {criterion.key: fields.get(f"answer-{criterion.key}", "").strip() for criterion in spec.criteria}
    places = {label: fields[f"rank-{label}"] for label in LABELS if fields.get(f"rank-{label}")}
    numbers = {name: _number(name, fields.get(name, "")) for name in ("confidence", *TIMES)}
    body = {
        "answers": {c.key: _from_field(given[c.key], c) for c in spec.criteria if given[c.key]},
        "remarks": {remark.key: _remark_field(fields, remark) for remark in spec.remarks},
        "ranks": {label: _number(f"the place of {label}", place) for label, place in places.items()},
        "best": fields.get("best", ""),
        "worst": fields.get("worst", ""),
        "rationale": fields.get("rationale", ""),
    }
    return from_json(body | numbers, spec, task)


def as_sent(fields: Mapping[str, str], spec: RubricSpec) -> dict[str, Any]:
    """Return a form that was refused for showing it again: what can be read of it stays."""
    confidence = fields.get("confidence", "")
    return {
        "answers": {c.key: fields[f"answer-{c.key}"] for c in spec.criteria if f"answer-{c.key}" in fields},
        "remarks": {remark.key: _readable(fields, remark) for remark in spec.remarks},
        "ranks": {label: int(place) for label in LABELS if (place := fields.get(f"rank-{label}", "")) in _PLACES},
        "best": fields.get("best", ""),
        "worst": fields.get("worst", ""),
        "rationale": fields.get("rationale", ""),
        "confidence": int(confidence) if confidence in ("1", "2", "3", "4", "5") else None,
    }


def _readable(fields: Mapping[str, str], remark: RemarkSpec) -> Any:
    if remark.form is RemarkForm.TEXT:
        return fields.get(f"remark-{remark.key}", "")
    try:
        return read_remark(remark, _remark_field(fields, remark))
    except (BadAnswer, BadRemark):
        return None


def _remark_field(fields: Mapping[str, str], remark: RemarkSpec) -> Any:
    text = fields.get(f"remark-{remark.key}", "")
    if remark.form is RemarkForm.TEXT:
        return text
    if remark.form is RemarkForm.TAGS:
        return [tag for at, tag in enumerate(remark.options) if fields.get(f"remark-{remark.key}.{at}")]
    try:
        return strict_json(text or "[]")
    except BadJSON as error:
        raise BadAnswer(f"{remark.key}: {error}") from None


def _remarks(given: Mapping[str, Any], spec: RubricSpec) -> dict[str, Any]:
    known = {remark.key: remark for remark in spec.remarks}
    if unknown := given.keys() - known:
        raise BadAnswer(f"there is no remark {min(unknown)[:60]!r}; the rubric has {', '.join(known) or 'none'}")
    try:
        read = {key: read_remark(known[key], value) for key, value in given.items()}
    except BadRemark as error:
        raise BadAnswer(str(error)) from None
    return {key: value for key, value in read.items() if value is not None}


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise BadAnswer(f"{name}: send an object")
    return value


def _label(name: str, value: Any) -> str:
    if not (isinstance(value, str) and len(value) == 1 and value in LABELS):
        raise BadAnswer(f"{name}: {str(value)[:40]!r} is not the letter of a response")
    return value


def _place(label: str, value: Any) -> int:
    place = _whole(f"the place of {label}", value, 1, len(LABELS))
    if place is None:
        raise BadAnswer(f"the place of {label}: send a whole number from 1 to {len(LABELS)}")
    return place


def _from_field(text: str, criterion: CriterionSpec) -> Any:
    if criterion.kind is Kind.CHOICE:
        choice, _, strength = text.partition(":")
        return {"choice": choice, "strength": _number(criterion.name, strength)}
    try:
        return float(text)
    except ValueError:
        raise BadAnswer(f"{criterion.name}: {text[:40]!r} is not a number") from None


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadAnswer(f"{name}: {text[:40]!r} is not a whole number")
    return int(text)


def _answer(key: str, value: Any, criteria: Mapping[str, CriterionSpec]) -> Answer:
    criterion = criteria.get(key)
    if criterion is None:
        raise BadAnswer(f"there is no criterion {key[:60]!r}; the rubric has {', '.join(criteria)}")
    answer = _choice(key, value) if criterion.kind is Kind.CHOICE else _value(key, value)
    if problem := criterion.problem_with(answer):
        raise BadAnswer(problem)
    return answer


def _choice(key: str, value: Any) -> Choice:
    if isinstance(value, dict) and (unknown := value.keys() - {"choice", "strength"}):
        raise BadAnswer(f"{key}: unknown field {min(unknown)!r}; known are choice, strength")
    word = value.get("choice") if isinstance(value, dict) else value
    outcome = SIDES.get(word) if isinstance(word, str) else None
    if outcome is None:
        raise BadAnswer(f'{key}: send {{"choice": "left", "right", "tie" or "both_bad", "strength": 1, 2, …}}')
    return Choice(outcome, _whole(f"{key}: strength", value.get("strength") if isinstance(value, dict) else None, 1, 5))


def _value(key: str, value: Any) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadAnswer(f"{key}: send a number")
    return Value(float(value))


def _whole(name: str, value: Any, low: int, high: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadAnswer(f"{name}: send a whole number from {low} to {high}, or leave it out")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadAnswer("rationale: send text")
    text = value.replace("\r\n", "\n").strip()
    if len(text) > MAX_RATIONALE:
        raise BadAnswer(f"rationale: {len(text)} characters are too many; {MAX_RATIONALE} fit")
    try:
        refuse_unstorable(text)
    except BadJSON as error:
        raise BadAnswer(f"rationale: {error}") from None
    return text
