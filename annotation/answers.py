"""Answers as they travel: JSON of the API and of drafts, fields of a form; and as the record wants them.

Sides are those the person saw: ``left`` and ``right``. The one door turns them into the battle's frame.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.errors import BadAnswer
from domain.choices import Answer, Choice, Outcome, Value
from domain.parsers import BadJSON, refuse_unstorable
from domain.specs import CriterionSpec, Kind, RubricSpec

SIDES = {"left": Outcome.A, "right": Outcome.B, "tie": Outcome.TIE, "both_bad": Outcome.BOTH_BAD}
WORDS = {outcome: word for word, outcome in SIDES.items()}
MAX_RATIONALE = 5000
MAX_ACTIVE_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person sends about one task, as far as it has come. ``answers`` is by criterion, as it was seen."""

    answers: Mapping[str, Answer]
    confidence: int | None = None
    rationale: str = ""
    active_ms: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the API and drafts spell it."""
        return {
            "answers": {key: to_json(answer) for key, answer in self.answers.items()},
            "confidence": self.confidence,
            "rationale": self.rationale,
            "active_ms": self.active_ms,
        }

    def body_hash(self) -> str:
        """Return what tells two answers apart; how long they took does not."""
        body = self.as_json() | {"active_ms": None}
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


def from_json(body: Any, spec: RubricSpec) -> Submission:
    """Read a submission or a draft; BadAnswer says what is wrong with which criterion."""
    if not isinstance(body, dict) or not isinstance(body.get("answers", {}), dict):
        raise BadAnswer('send an object: {"answers": {criterion: answer}, "confidence": 1-5, "rationale": text}')
    unknown = body.keys() - {"answers", "confidence", "rationale", "active_ms"}
    if unknown:
        raise BadAnswer(f"unknown field {min(unknown)!r}; known are answers, confidence, rationale, active_ms")
    criteria = {criterion.key: criterion for criterion in spec.criteria}
    answers = {key: _answer(key, value, criteria) for key, value in body.get("answers", {}).items()}
    return Submission(
        answers=answers,
        confidence=_whole("confidence", body.get("confidence"), 1, 5),
        rationale=_text(body.get("rationale") or ""),
        active_ms=_whole("active_ms", body.get("active_ms"), 0, MAX_ACTIVE_MS),
    )


def from_form(fields: Mapping[str, str], spec: RubricSpec) -> Submission:
    """Read the form of a page: ``answer-<criterion>``, ``confidence``, ``rationale``, ``active_ms``."""
    given = {criterion.key: fields.get(f"answer-{criterion.key}", "").strip() for criterion in spec.criteria}
    answers = {c.key: _from_field(given[c.key], c) for c in spec.criteria if given[c.key]}
    numbers = {name: _number(name, fields.get(name, "")) for name in ("confidence", "active_ms")}
    return from_json({"answers": answers, "rationale": fields.get("rationale", ""), **numbers}, spec)


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
