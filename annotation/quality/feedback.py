"""What training shows after an answer: what was right, and why. Nothing but training ever shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotation.answers import Submission
from annotation.material import LABELS, shown_order
from annotation.models import ROLES, Assignment, Participant
from annotation.quality.orders import Order, ends, in_letters, order_from, order_of
from annotation.quality.policy import Policy
from annotation.quality.record import tally
from annotation.quality.remarks import in_words, meets_remark
from annotation.rubrics import spec_of
from domain.choices import Outcome
from domain.rendering import rendered
from domain.specs import CriterionSpec, Kind, RubricSpec


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: what this person said and what the experts said, both as the page names answers."""

    name: str
    given: str
    expected: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback on one training task, and how far the training is."""

    passed: bool
    lines: tuple[Line, ...]
    why: str
    html: SafeString | None
    done: int
    total: int
    is_over: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as the API gives it."""
        lines = [{"criterion": line.name, "given": line.given, "expected": line.expected} for line in self.lines]
        return {"passed": self.passed, "answers": lines, "why": self.why, "training_over": self.is_over}


def feedback_on(task: Assignment, participant: Participant) -> Feedback | None:
    """Return the feedback on an answered task; None for every task that is no training."""
    if task.item.role != ROLES.TRAINING or task.passed is None or not task.answer:
        return None
    counts, setting = (
        tally(participant.quality, ROLES.TRAINING),
        Policy.from_json(participant.campaign.quality).training,
    )
    why = _why(task)
    lines = tuple(_lines(task, spec_of(participant.campaign)))
    return Feedback(
        passed=task.passed,
        lines=lines,
        why=why,
        html=rendered([why])[why] if why else None,
        done=min(counts.n, setting.items),
        total=setting.items,
        is_over=participant.trained_at is not None,
    )


def _lines(task: Assignment, spec: RubricSpec) -> Iterator[Line]:
    expected, given = task.item.expected or {}, task.answer or {}
    for criterion in spec.criteria:
        if criterion.key not in expected:
            continue
        if task.item.listed:
            yield from _order_lines(task, order_from(expected[criterion.key]), criterion.name)
        else:
            said = (given.get("answers") or {}).get(criterion.key)
            yield _line(criterion, said, expected[criterion.key], swapped=task.swapped)
    for remark in spec.remarks:
        if (wanted := expected.get(f"remark:{remark.key}")) is not None:
            said = (given.get("remarks") or {}).get(remark.key)
            yield Line(remark.name, in_words(said), in_words(wanted), meets_remark(wanted, said))


def _order_lines(task: Assignment, wanted: Order, name: str) -> Iterator[Line]:
    """Yield the order, or the best and the worst where that is all that is known, in this person's letters."""
    shown, answer = shown_order(task), task.answer or {}
    words = {"order": name, "best": _("the best"), "worst": _("the worst")}
    submission = Submission(ranks=answer.get("ranks") or {}, best=answer.get("best"), worst=answer.get("worst"))
    said = order_of(submission, shown) or Order()
    if said.places and not wanted.places:
        first, last = ends(said)
        said = Order(best=first, worst=last)
    elif wanted.places and not said.places:
        first, last = ends(wanted)
        wanted = Order(best=first, worst=last)
    given, right = in_letters(said, shown), in_letters(wanted, shown)
    for key, expected in right.items():
        yield Line(words[key], given.get(key, "–"), expected, given.get(key) == expected)


def _why(task: Assignment) -> str:
    """Return why the experts say so, with the letters under which this person saw the responses."""
    why = task.item.why.strip()
    for label, pk in zip(LABELS, shown_order(task) if task.item.listed else (), strict=False):
        why = why.replace(f"{{{pk}}}", label)
    return as_shown(why, swapped=task.swapped)


def as_shown(why: str, *, swapped: bool) -> str:
    """Write ``{A}`` and ``{B}``, the battle's sides, as the letters under which this person saw them."""
    first, second = ("B", "A") if swapped else ("A", "B")
    return why.replace("{A}", first).replace("{B}", second)


def _line(criterion: CriterionSpec, given: Any, expected: Any, *, swapped: bool) -> Line:
    if criterion.kind is Kind.CHOICE:
        outcome = Outcome(expected["choice"])
        wanted = _side({"A": "left", "B": "right"}.get(outcome.turned() if swapped else outcome, outcome.value))
        said = _side(given["choice"]) if given else "–"
    else:
        wanted, said = (
            _number(criterion, float(expected)),
            _number(criterion, float(given)) if given is not None else "–",
        )
    return Line(criterion.name, said, wanted, said == wanted)


def _side(word: str) -> str:
    """Return an answer to a pair as the page names it."""
    words = {"left": _("A is better"), "right": _("B is better"), "tie": _("tie"), "both_bad": _("both bad")}
    return words[word]


def _number(criterion: CriterionSpec, number: float) -> str:
    anchor = criterion.anchors.get(number)
    return f"{number:g} · {anchor}" if anchor else f"{number:g}"
