"""Words between reviewers and an annotator about one answer. The annotator meets "Reviewer", never a name.

Comments are text and are shown as text. One of a reviewer's that names a system is refused: it would tell the annotator
whose response they rated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.errors import TaskError
from annotation.models import Assignment, Campaign, Comment
from domain.models import Project, System
from domain.names import name_key

LONGEST = 5_000
_SHOWN = 50  # in a list of what is unread
_WORD = re.compile(r"\w")


class BadComment(TaskError):
    """A comment that cannot be sent; the message says why."""

    code = "bad_comment"
    status = 422


@dataclass(frozen=True, slots=True)
class Line:
    """One comment as one side reads it."""

    who: str
    text: str
    at: datetime
    is_mine: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about one answer, and where more is sent. ``name`` tells the threads of a page apart."""

    name: str
    address: str
    lines: tuple[Line, ...]
    may_begin: bool
    label: str
    hint: str = ""
    problem: str = ""
    text: str = ""

    @property
    def may_write(self) -> bool:
        """An annotator answers; a reviewer begins."""
        return self.may_begin or bool(self.lines)

    @property
    def has_new(self) -> bool:
        """Whether something in it was not seen before."""
        return any(line.is_new for line in self.lines)


@dataclass(frozen=True, slots=True)
class Unread:
    """An annotator's reply that no reviewer has seen."""

    person: str
    participant_url: str
    text: str
    at: datetime


# --- Writing ----------------------------------------------------------------------------------------------------------


def say(turn: Assignment, text: str, *, by: User, is_reviewer: bool) -> Comment:
    """Add a comment to an answer. Raises BadComment where it is empty, too long, or tells the name of a system."""
    said = _storable(text).strip()
    if not said:
        raise BadComment(_("There is nothing in it yet. Write a word first."))
    if len(said) > LONGEST:
        raise BadComment(
            _("It is %(n)s characters long; at most %(most)s can be sent.") % {"n": len(said), "most": LONGEST}
        )
    if is_reviewer and (names := names_in(said, turn.campaign.project)):
        raise BadComment(
            f"It names {', '.join(names)}, and annotators must not learn which system wrote what they rate. "
            "Say “answer A”, “answer B” or “this answer” instead."
        )
    if not is_reviewer and not Comment.objects.filter(assignment=turn, is_reviewer=True).exists():
        raise BadComment(_("Nobody has written about this answer yet."))
    return Comment.objects.create(assignment=turn, author=by, is_reviewer=is_reviewer, text=said)


def _storable(text: str) -> str:
    """Leave out what no database stores: NUL and halves of surrogate pairs."""
    return "".join(char for char in text if char != "\0" and not "\ud800" <= char <= "\udfff").replace("\r\n", "\n")


def names_in(text: str, project: Project) -> list[str]:
    """Return the names and families of a project's systems that stand in a text, whatever their case and spelling."""
    known = System.objects.filter(project=project).values_list("name", "family")
    names = sorted({name for row in known for name in row if name and _WORD.search(name)})
    folded = name_key(text)
    return [name for name in names if _stands_in(name_key(name), folded)]


def _stands_in(name: str, text: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


# --- Reading ----------------------------------------------------------------------------------------------------------


def reviewers_thread(turn: Assignment, viewer: User, *, slug: str) -> Thread:
    """Return one answer's thread as reviewers read it; ``turn.campaign`` and ``turn.annotator`` should be loaded."""
    return reviewers_threads([turn], viewer, slug=slug)[turn.pk]


def reviewers_threads(turns: Sequence[Assignment], viewer: User, *, slug: str) -> dict[int, Thread]:
    """Return the threads of several answers by turn. Replies are seen from now on."""
    said = _by_turn(turns)
    found = {
        turn.pk: Thread(
            name=str(turn.pk),
            address=reverse("annotation:comment", args=[slug, turn.campaign_id, turn.pk]),
            lines=tuple(_for_reviewer(comment, viewer) for comment in said.get(turn.pk, [])),
            may_begin=True,
            label="Write to the annotator",
            hint="They see “Reviewer”, not your name.",
        )
        for turn in turns
    }
    _mark_read(said.values(), is_reviewer=False)
    return found


def annotators_threads(turns: Sequence[Assignment], user: User) -> dict[int, Thread]:
    """Return the threads of a person's own answers by turn. What reviewers said is seen from now on."""
    said = _by_turn(turns)
    found = {
        turn.pk: Thread(
            name=str(turn.token),
            address=reverse("annotation:reply", args=[turn.token]),
            lines=tuple(_for_annotator(comment) for comment in said.get(turn.pk, [])),
            may_begin=False,
            label=_("Reply"),
        )
        for turn in turns
    }
    _mark_read(said.values(), is_reviewer=True)
    return found


def _by_turn(turns: Sequence[Assignment]) -> dict[int, list[Comment]]:
    found: dict[int, list[Comment]] = {}
    rows = Comment.objects.filter(assignment__in=[turn.pk for turn in turns]).select_related("author").order_by("pk")
    for comment in rows:
        found.setdefault(comment.assignment_id, []).append(comment)
    return found


def _for_reviewer(comment: Comment, viewer: User) -> Line:
    author = comment.author.get_username() if comment.author else "somebody who left"
    who = author if comment.is_reviewer else "Annotator"
    is_mine = comment.is_reviewer and comment.author_id == viewer.pk
    return Line(who, comment.text, comment.created_at, is_mine, not comment.is_reviewer and comment.read_at is None)


def _for_annotator(comment: Comment) -> Line:
    who = _("Reviewer") if comment.is_reviewer else _("You")
    is_new = comment.is_reviewer and comment.read_at is None
    return Line(who, comment.text, comment.created_at, not comment.is_reviewer, is_new)


def _mark_read(said: Iterable[Sequence[Comment]], *, is_reviewer: bool) -> None:
    new = [one.pk for some in said for one in some if one.is_reviewer == is_reviewer and one.read_at is None]
    if new:
        Comment.objects.filter(pk__in=new, read_at=None).update(read_at=timezone.now())


def unread_by(user: User, campaigns: Iterable[Campaign]) -> dict[int, int]:
    """Return how many comments of reviewers a person has not seen, by campaign; one statement."""
    new = Comment.objects.filter(
        assignment__annotator=user.pk, assignment__campaign__in=campaigns, is_reviewer=True, read_at=None
    )
    found: dict[int, int] = {}
    for campaign in new.values_list("assignment__campaign", flat=True):
        found[campaign] = found.get(campaign, 0) + 1
    return found


def unread_replies(campaign: Campaign, *, slug: str) -> list[Unread]:
    """Return the annotators' replies in a campaign that no reviewer has seen, the oldest first."""
    people = dict(campaign.participants.values_list("user_id", "pk"))
    rows = _replies(campaign).select_related("assignment__annotator").order_by("pk")[:_SHOWN]
    return [
        Unread(
            person=str(comment.assignment.annotator),
            participant_url=_card(slug, campaign, people[comment.assignment.annotator_id or 0], comment.assignment_id),
            text=comment.text if len(comment.text) <= 160 else comment.text[:160].rstrip() + "…",
            at=comment.created_at,
        )
        for comment in rows
        if comment.assignment.annotator_id in people
    ]


def _replies(campaign: Campaign) -> QuerySet[Comment]:
    return Comment.objects.filter(assignment__campaign=campaign, is_reviewer=False, read_at=None)


def _card(slug: str, campaign: Campaign, participant: int, turn: int) -> str:
    address = reverse("annotation:rater", args=[slug, campaign.pk, participant])
    return f"{address}?answer={turn}#comments-{turn}"
