"""What a judge's reply says: an answer for every criterion, or why there is none. Pure.

Nothing is guessed. Exactly one JSON object must answer every criterion on its scale; whatever else comes is unscored
with a reason, and never a tie, a zero or the lowest score.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from domain.choices import Answer, Reason, Unscored, Value
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges.answer_shape import check_kind, choice_labels, field_names, verdict_field
from judges.providers.base import Stop

LONGEST = 400_000  # characters that are searched for a verdict
MOST_STARTS = 500  # places in which an object may begin
DETAIL = 300

# How refusals begin in models that have no field for them. Only a short reply without any JSON is taken for one.
REFUSAL = re.compile(
    r"\W*(i['’]?m (very |really )?sorry|sorry|i apologi[sz]e|i can(no|['’])?t|i can not|i won['’]?t|i will not"
    r"|i['’]?m (unable|not able)|i am (unable|not able)|i must decline|i decline)\b",
    re.IGNORECASE,
)
LONGEST_REFUSAL = 800


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says: ``answers`` by criterion key, sides as shown to the judge; ``reasons`` in its own words.

    ``chances`` are the probabilities of the labels by criterion, where the provider's log-probs tell them.
    """

    answers: dict[str, Answer] | Unscored
    reasons: dict[str, str] = field(default_factory=dict)
    chances: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def rationale(self) -> str:
        """Return all reasons as one text. It is the judge's text: hostile until escaped."""
        if len(self.reasons) == 1:
            return next(iter(self.reasons.values()))
        return "\n\n".join(f"{key}: {text}" for key, text in self.reasons.items())


class _Twice(dict[str, Any]):
    """An object in which a name occurs more than once."""


class _NoVerdict(Exception):
    """Why a reply has no verdict."""


def read_reply(
    reply_text: str, *, protocol: str, rubric: RubricSpec, stop: Stop = Stop.END, refusal: str | None = None
) -> Reading:
    """Return what a judge's reply says. ``stop`` and ``refusal`` are those of the provider's Reply."""
    check_kind(protocol, rubric)
    if stop is Stop.REFUSAL or refusal:
        return _unscored(Reason.REFUSED, refusal or "the provider reports a refusal")
    if stop is Stop.LENGTH:
        return _unscored(Reason.UNREADABLE, "the reply was cut off at the limit of tokens")
    if not reply_text.strip():
        return _unscored(Reason.UNREADABLE, "the reply is empty")
    try:
        return _read(_the_one_object(_spoken(reply_text), rubric), rubric)
    except _NoVerdict as problem:
        reason = Reason.REFUSED if _refuses(reply_text) else Reason.UNREADABLE
        return _unscored(reason, str(problem))


def _unscored(reason: Reason, detail: str) -> Reading:
    return Reading(Unscored(reason, detail[:DETAIL]))


def _refuses(text: str) -> bool:
    return len(text) <= LONGEST_REFUSAL and "{" not in text and REFUSAL.match(text) is not None


def _spoken(text: str) -> str:
    """Return a reply without the thoughts that some local models put before it."""
    if not text.lstrip().startswith("<think>"):
        return text
    _, closed, spoken = text.rpartition("</think>")
    return spoken if closed else ""  # thoughts without an end hold drafts, no verdict


def _the_one_object(text: str, rubric: RubricSpec) -> dict[str, Any]:
    """Return the only object in a reply that answers the rubric."""
    if len(text) > LONGEST:
        msg = f"the reply is longer than {LONGEST:,} characters"
        raise _NoVerdict(msg)
    found = _objects_in(text)
    answering = [item for item in found if field_names(rubric).keys() <= item.keys()]
    if len(answering) == 1:
        return answering[0]
    if answering:
        msg = f"the reply holds {len(answering)} verdicts"
    elif found:
        msg = f"no JSON object in the reply answers {', '.join(field_names(rubric))}"
    else:
        msg = "there is no JSON object in the reply"
    raise _NoVerdict(msg)


def _objects_in(text: str) -> list[dict[str, Any]]:
    """Return every JSON object in a text that is not inside another one, whatever stands around it."""
    decoder = json.JSONDecoder(object_pairs_hook=_pairs)
    found: list[dict[str, Any]] = []
    position, starts = text.find("{"), 0
    while position >= 0:
        starts += 1
        if starts > MOST_STARTS:
            msg = "the reply holds too many braces to look for a verdict"
            raise _NoVerdict(msg)
        try:
            item, end = decoder.raw_decode(text, position)
            found.append(item)
        except (ValueError, RecursionError):
            end = position + 1
        position = text.find("{", end)
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Twice(plain)


def _read(document: dict[str, Any], rubric: RubricSpec) -> Reading:
    fields = field_names(rubric)
    _check_fields(document, set(fields), "the reply")
    answers: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    for name, criterion in fields.items():
        part = document[name]
        if not isinstance(part, dict):
            msg = f"{name} is not an object with a {verdict_field(criterion)}"
            raise _NoVerdict(msg)
        _check_fields(part, {verdict_field(criterion), "reasons"}, name)
        answers[criterion.key] = _answer(part.get(verdict_field(criterion)), criterion)
        reasons[criterion.key] = part["reasons"].strip() if isinstance(part.get("reasons"), str) else ""
    return Reading(answers, {key: text for key, text in reasons.items() if text})


def _check_fields(item: dict[str, Any], allowed: set[str], where: str) -> None:
    """Refuse an object with fields that nobody asked for, or twice the same: it may hold a second verdict."""
    if isinstance(item, _Twice):
        msg = f"{where} gives the same field twice"
        raise _NoVerdict(msg)
    unknown = item.keys() - allowed
    if unknown:
        msg = f"{where} has fields that were not asked for: {', '.join(sorted(unknown))}"
        raise _NoVerdict(msg)


def _answer(given: Any, criterion: CriterionSpec) -> Answer:
    answer = _choice(given, criterion) if criterion.kind is Kind.CHOICE else _value(given, criterion)
    problem = criterion.problem_with(answer)
    if problem:
        raise _NoVerdict(problem)
    return answer


def _choice(given: Any, criterion: CriterionSpec) -> Answer:
    if not isinstance(given, str):
        msg = f"{criterion.key}: the verdict is a {type(given).__name__}, not one of the labels"
        raise _NoVerdict(msg)
    labels = {label.casefold(): choice for label, choice in choice_labels(criterion).items()}
    choice = labels.get(given.strip().casefold())
    if choice is None:
        msg = f"{criterion.key}: {given[:40]!r} is not one of {', '.join(choice_labels(criterion))}"
        raise _NoVerdict(msg)
    return choice


def _value(given: Any, criterion: CriterionSpec) -> Answer:
    if isinstance(given, bool) or not isinstance(given, int | float):
        msg = f"{criterion.key}: the score is a {type(given).__name__}, not a number"
        raise _NoVerdict(msg)
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        msg = f"{criterion.key}: the score is not a finite number"
        raise _NoVerdict(msg)
    return Value(number)
