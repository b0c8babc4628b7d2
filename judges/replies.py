"""What a judge's reply says: an answer for every criterion, or why there is none. Pure.

Nothing is guessed. A reply must hold exactly one verdict, in the form that was asked for and on the scale; whatever
else comes is unscored with a reason, and never a tie, a zero or the lowest score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.choices import Answer, Choice, Outcome, Reason, Unscored, Value
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges.answer_shape import NoVerdict, check_kind, choice_labels, field_names, verdict_field
from judges.chances import expected_score, preference
from judges.marks import read_mark, read_token
from judges.objects import check_fields, label_in, number_in, the_one_object, written
from judges.presets import RUBRIC, Parser, Preset
from judges.presets.base import TOTAL, checklist_items
from judges.providers.base import Stop, Token
from judges.rankings import Ranking, read_best, read_ranking
from judges.schemas import MET

DETAIL = 300

# How refusals begin in models that have no field for them. Only a short reply without any JSON is taken for one.
REFUSAL = re.compile(
    r"\W*(i['’]?m (very |really )?sorry|sorry|i apologi[sz]e|i can(no|['’])?t|i can not|i won['’]?t|i will not"
    r"|i['’]?m (unable|not able)|i am (unable|not able)|i must decline|i decline)\b",
    re.IGNORECASE,
)
LONGEST_REFUSAL = 800
NO_LABELS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says: ``answers`` by criterion key, sides as shown to the judge; ``reasons`` in its own words.

    ``chances`` are the probabilities of the labels by criterion, where the provider's log-probs tell them.
    ``ranking`` is the answer about listed responses, by their ids; ``answers`` is empty then.
    """

    answers: dict[str, Answer] | Unscored
    reasons: dict[str, str] = field(default_factory=dict)
    chances: dict[str, dict[str, float]] = field(default_factory=dict)
    ranking: Ranking = ()

    @property
    def rationale(self) -> str:
        """Return all reasons as one text. It is the judge's text: hostile until escaped."""
        if len(self.reasons) == 1:
            return next(iter(self.reasons.values()))
        return "\n\n".join(f"{key}: {text}" for key, text in self.reasons.items())


def read_reply(
    reply_text: str,
    *,
    protocol: str,
    rubric: RubricSpec,
    stop: Stop = Stop.END,
    refusal: str | None = None,
    preset: Preset = RUBRIC,
    labels: Mapping[str, int] = NO_LABELS,
    tokens: Sequence[Token] | None = None,
    shown: str = "",
) -> Reading:
    """Return what a judge's reply says. ``stop`` and ``refusal`` are those of the provider's Reply.

    ``labels`` are those of listed responses, with the ids they stood for. ``tokens`` are the log-probs
    of a judge whose numbers come from them; None for any other. ``shown`` is what the judge was shown and may quote.
    """
    check_kind(protocol, rubric)
    if stop is Stop.REFUSAL or refusal:
        return unscored(Reason.REFUSED, refusal or "the provider reports a refusal")
    if stop is Stop.LENGTH:
        return unscored(Reason.UNREADABLE, "the reply was cut off at the limit of tokens")
    if stop is Stop.BROKEN:
        return unscored(Reason.UNREADABLE, "the provider broke the reply off")
    if not reply_text.strip():
        return unscored(Reason.UNREADABLE, "the reply is empty")
    try:
        reading = _read(_spoken(reply_text), rubric, preset, labels, shown)
        return reading if tokens is None else _weighed(reading, rubric.criteria[0], preset, tokens)
    except NoVerdict as problem:
        reason = Reason.REFUSED if _refuses(reply_text) else Reason.UNREADABLE
        return unscored(reason, str(problem))


def unscored(reason: Reason, detail: str) -> Reading:
    """Return the reading of a reply without a verdict."""
    return Reading(Unscored(reason, detail[:DETAIL]))


def _refuses(text: str) -> bool:
    return len(text) <= LONGEST_REFUSAL and "{" not in text and REFUSAL.match(text) is not None


def _spoken(text: str) -> str:
    """Return a reply without the thoughts that some local models put before it."""
    if not text.lstrip().startswith("<think>"):
        return text
    _, closed, spoken = text.partition("</think>")
    if "think>" in spoken:
        msg = "it cannot be said where the judge's thoughts end"
        raise NoVerdict(msg)
    return spoken if closed else ""  # thoughts without an end hold drafts, no verdict


def _read(text: str, rubric: RubricSpec, preset: Preset, labels: Mapping[str, int], shown: str) -> Reading:
    criterion = rubric.criteria[0]
    match preset.parser:
        case Parser.OBJECT:
            return _of_criteria(text, rubric, shown)
        case Parser.CHECKLIST:
            return _of_checklist(text, rubric, shown)
        case Parser.RANKS:
            return Reading({criterion.key: _ranked(text, preset, shown)})
        case Parser.BEST:
            return _listed(criterion, *read_best(text, labels, shown))
        case Parser.RANKING:
            return _listed(criterion, *read_ranking(text, labels, shown))
        case Parser.LABEL:
            return Reading({criterion.key: read_token(text, preset.labels())})
        case _:
            answer, reasons = read_mark(text, preset, criterion)
            return Reading({criterion.key: answer}, {criterion.key: reasons} if reasons else {})


def _weighed(reading: Reading, criterion: CriterionSpec, preset: Preset, tokens: Sequence[Token]) -> Reading:
    """Return a reading with its one answer as the probabilities have it."""
    said = reading.answers[criterion.key] if isinstance(reading.answers, dict) else None
    weighed: Answer
    if isinstance(said, Value):
        weighed, chances = expected_score(tokens, said, criterion)
    else:
        weighed, chances = preference(tokens, *preset.names)
    return Reading({criterion.key: weighed}, reading.reasons, {criterion.key: chances})


def _of_criteria(text: str, rubric: RubricSpec, shown: str) -> Reading:
    fields = field_names(rubric)
    document = the_one_object(text, fields.keys(), shown)
    check_fields(document, fields.keys(), "the reply")
    answers: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    for name, criterion in fields.items():
        part = _part(document, name, verdict_field(criterion))
        answers[criterion.key] = _answer(part.get(verdict_field(criterion)), criterion)
        reasons[criterion.key] = written(part)
    return Reading(answers, {key: text for key, text in reasons.items() if text})


def _part(document: dict[str, Any], name: str, verdict: str) -> dict[str, Any]:
    part = document[name]
    if not isinstance(part, dict):
        msg = f"{name} is not an object with a {verdict}"
        raise NoVerdict(msg)
    check_fields(part, {verdict, "reasons"}, name)
    return part


def _answer(given: Any, criterion: CriterionSpec) -> Answer:
    answer: Answer
    if criterion.kind is Kind.CHOICE:
        menu = choice_labels(criterion)
        answer = menu[label_in(given, menu.keys(), f"{criterion.key}: the verdict")]
    else:
        answer = Value(number_in(given, f"{criterion.key}: the score"))
    if problem := criterion.problem_with(answer):
        raise NoVerdict(problem)
    return answer


def _of_checklist(text: str, rubric: RubricSpec, shown: str) -> Reading:
    fields = {name: criterion for name, criterion in field_names(rubric).items() if criterion.key != TOTAL}
    document = the_one_object(text, fields.keys(), shown)
    check_fields(document, fields.keys(), "the reply")
    answers: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    for name, criterion in fields.items():
        part = _part(document, name, "verdict")
        label = label_in(part.get("verdict"), MET.keys(), f"{criterion.key}: the verdict")
        answers[criterion.key] = Value(MET[label])
        reasons[criterion.key] = written(part)
    return with_total(Reading(answers, {key: text for key, text in reasons.items() if text}), rubric)


def with_total(reading: Reading, rubric: RubricSpec) -> Reading:
    """Return the reading of a checklist with the score that its answers come to."""
    if isinstance(reading.answers, Unscored):
        return reading
    total = Value(points_share(reading.answers, checklist_items(rubric)))
    return replace(reading, answers={**reading.answers, TOTAL: total})


def points_share(answers: dict[str, Answer], items: Sequence[CriterionSpec]) -> float:
    """Return the points of what is met over all points above 0, kept within 0 and 1 (HealthBench)."""
    met = sum(item.weight for item in items if answers[item.key] == Value(1.0))
    possible = sum(item.weight for item in items if item.weight > 0)
    return min(1.0, max(0.0, met / possible))


def _ranked(text: str, preset: Preset, shown: str) -> Choice:
    """Return whose rank is 1."""
    first, second = preset.names
    document = the_one_object(text, {first, second}, shown)
    check_fields(document, {first, second}, "the reply")
    ranks = (number_in(document[first], f"the rank of {first}"), number_in(document[second], f"the rank of {second}"))
    if ranks not in ((1.0, 2.0), (2.0, 1.0)):
        msg = f"the ranks are {ranks[0]:g} and {ranks[1]:g}, not 1 and 2"
        raise NoVerdict(msg)
    return Choice(Outcome.A if ranks[0] < ranks[1] else Outcome.B)


def _listed(criterion: CriterionSpec, ranking: Ranking, document: dict[str, Any]) -> Reading:
    reasons = written(document)
    return Reading({}, {criterion.key: reasons} if reasons else {}, ranking=ranking)
