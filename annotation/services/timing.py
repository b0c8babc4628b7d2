"""When a task was seen, how long it was worked on, and when a rest is due. The server's clock bounds the browser's."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, Participant
from annotation.services.people import in_transaction, lock_in_campaign
from domain.services import log

REST = timedelta(minutes=5)  # so long without work is a break
AGAIN, OFFERED = timedelta(minutes=15), timedelta(minutes=2)  # a break is offered for so long, every so often
_MS = timedelta(milliseconds=1)


def mark_shown(task: Assignment, now: datetime | None = None) -> None:
    """Record when a person first saw a task; later showings change nothing."""
    if task.shown_at is None and task.state == Assignment.State.LEASED:
        task.shown_at = now or timezone.now()
        Assignment.objects.filter(pk=task.pk, shown_at=None).update(shown_at=task.shown_at)


def note_time(participant: Participant, task: Assignment, submission: Submission, now: datetime) -> None:
    """Keep how long a task was in view and how long of that nobody stirred; the caller saves both.

    A browser's time is never longer than the person had the task, and idle time never longer than visible time.
    """
    began = task.shown_at or task.claimed_at or now
    most = max(0, (now - began) // _MS)
    task.visible_ms = _within(submission.visible_ms, most)
    task.idle_ms = _within(submission.idle_ms, most if task.visible_ms is None else task.visible_ms)
    _note_stretch(participant, _worked(task, submission, most), now)


def _within(ms: int | None, most: int) -> int | None:
    return None if ms is None else min(ms, most)


def _worked(task: Assignment, submission: Submission, most: int) -> timedelta:
    if task.visible_ms is not None:
        return timedelta(milliseconds=task.visible_ms - (task.idle_ms or 0))
    return timedelta(milliseconds=min(submission.active_ms or 0, most))


def _note_stretch(participant: Participant, worked: timedelta, now: datetime) -> None:
    last = participant.last_answer_at
    has_rested = last is None or now - last - worked >= REST
    if participant.stretch_began is None or has_rested:
        participant.stretch_began = now - worked
    participant.last_answer_at = now


def break_due(participant: Participant, now: datetime | None = None) -> bool:
    """Return whether a break should be offered now: after so long without a rest, and from then on now and again."""
    now = now or timezone.now()
    after, began, last = participant.campaign.break_after_minutes, participant.stretch_began, participant.last_answer_at
    if after is None or began is None or last is None or now - last >= REST:
        return False
    over = now - began - timedelta(minutes=after)
    return over >= timedelta(0) and over % AGAIN < OFFERED


@in_transaction
def take_break(user: User, campaign: Campaign) -> None:
    """Record that somebody rests: their next stretch of work begins with their next answer."""
    participant = lock_in_campaign(user, campaign)
    if participant.stretch_began is not None:
        minutes = (timezone.now() - participant.stretch_began) // timedelta(minutes=1)
        log(participant.campaign.project, "annotator break", user, campaign=campaign.pk, after_minutes=minutes)
    participant.stretch_began = None
    participant.save(update_fields=["stretch_began"])
