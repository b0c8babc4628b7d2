"""What a person has answered in a campaign, in their own words: nothing of systems, roles, checks or other people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _

from annotation.comments import Thread
from annotation.material import shown_turns
from annotation.models import Assignment, Campaign, Item, RevisedAnswer
from annotation.questions import questions, remark_questions
from annotation.rubrics import spec_of
from annotation.services.again import taken_back_at
from annotation.services.changing import changeable
from domain.specs import RubricSpec

State = Assignment.State
SIZE = 20
_EXCERPT = 180  # characters of the prompt


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a person said, and about what they were asked."""

    asked: str
    answer: str


@dataclass(frozen=True, slots=True)
class Mine:
    """One answer of a person."""

    token: str
    about: str
    said: tuple[Said, ...]
    rationale: str
    confidence: int | None
    given_at: datetime | None
    is_late: bool
    is_set_aside: bool  # by a revision of the guidelines
    is_being_changed: bool
    can_change: bool
    thread: Thread | None


@dataclass(frozen=True, slots=True)
class MyPage:
    """Answers, the newest first. ``older`` is what to ask for next, by the last one's token; empty at the end.

    ``revised_at`` is when a revision last took answers back: those given before it are not changed any more.
    """

    rows: list[Mine]
    is_first: bool
    older: str
    revised_at: datetime | None


Threads = Callable[[Sequence[Assignment]], dict[int, Thread]]


def my_answers(
    user: User,
    campaign: Campaign,
    *,
    older_than: str = "",
    from_turn: int | None = None,
    threads: Threads | None = None,
) -> MyPage:
    """Return a page of a person's own answers, with their ``threads`` of comments as the reader may see them.

    Its cost does not grow with the number of pages before it. It begins behind the answer ``older_than``, or at
    ``from_turn``.
    """
    given = Assignment.objects.filter(
        campaign=campaign, annotator=user.pk, state__in=[State.DONE, State.REOPENED, State.SURPLUS]
    )
    last = given.filter(token=older_than).first() if older_than else None
    first = given.filter(pk=from_turn).first() if from_turn else None
    if last is not None:
        given = given.filter(Q(answered_at__lt=last.answered_at) | Q(answered_at=last.answered_at, pk__lt=last.pk))
    elif first is not None:
        given = given.filter(Q(answered_at__lt=first.answered_at) | Q(answered_at=first.answered_at, pk__lte=first.pk))
    tasks = list(given.with_material().order_by("-answered_at", "-pk")[: SIZE + 1])
    open_to_change = changeable(user, campaign)
    spec, shown = spec_of(campaign), tasks[:SIZE]
    revised = list(RevisedAnswer.objects.filter(assignment__in=[task.pk for task in shown]).order_by("-pk"))
    set_aside = {one.assignment_id for one in revised if one.is_set_aside}
    whole = {(one.assignment_id, one.after_id): one.turn.get("answer") for one in revised if one.after_id}
    said = threads(shown) if threads else {}
    rows = [
        _mine(
            task,
            whole.get((task.pk, task.verdict_id)) or task.answer or {},
            spec,
            can_change=task.pk in open_to_change,
            is_set_aside=task.pk in set_aside and task.state == State.SURPLUS,
            thread=said.get(task.pk),
        )
        for task in shown
    ]
    return MyPage(
        rows,
        is_first=last is None and first is None,
        older=rows[-1].token if len(tasks) > SIZE else "",
        revised_at=taken_back_at(campaign),
    )


def _mine(
    task: Assignment,
    answer: dict[str, Any],
    spec: RubricSpec,
    *,
    can_change: bool,
    is_set_aside: bool,
    thread: Thread | None,
) -> Mine:
    return Mine(
        token=str(task.token),
        about=excerpt_of(task.item),
        said=tuple(said_of(spec, answer)),
        rationale=answer.get("rationale") or "",
        confidence=answer.get("confidence"),
        given_at=task.answered_at,
        is_late=task.state == State.SURPLUS and not is_set_aside,
        is_set_aside=is_set_aside,
        is_being_changed=task.state == State.REOPENED,
        can_change=can_change,
        thread=thread,
    )


def excerpt_of(item: Item) -> str:
    """Return the beginning of what was asked last."""
    turns = shown_turns(item)
    text = " ".join(turns[-1][1].split()) if turns else ""
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rstrip() + "…"


def said_of(spec: RubricSpec, answer: dict[str, Any]) -> list[Said]:
    """Return an answer in words, with the sides as they are in it."""
    asked = questions(spec, answer.get("answers") or {}, set())
    said = [Said(q.name, next((o.label for o in q.options if o.chosen), q.value)) for q in asked]
    said += _about_list(spec, answer)
    for remark in remark_questions(spec, answer.get("remarks") or {}, set()):
        said.append(Said(remark.name, _remarked(remark.form, remark.value, answer["remarks"].get(remark.key))))
    return [one for one in said if one.answer]


def _about_list(spec: RubricSpec, answer: dict[str, Any]) -> list[Said]:
    name = spec.criteria[0].name
    if ranks := answer.get("ranks"):
        order = sorted(ranks, key=lambda label: (ranks[label], label))
        return [Said(name, " ".join(f"{ranks[label]}. {label}" for label in order))]
    if answer.get("best"):
        return [Said(name, _("best: %(best)s, worst: %(worst)s") % {"best": answer["best"], "worst": answer["worst"]})]
    return []


def _remarked(form: str, text: str, given: Any) -> str:
    if form == "tags":
        return ", ".join(given or ())
    if form == "spans":
        return _("%(n)s places marked") % {"n": len(given)} if given else ""
    return text
