"""Taking an answer: once, whatever is sent again, and never for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import CharField, QuerySet
from django.utils import timezone

from annotation.answers import Submission
from annotation.errors import AlreadyAnswered, KeyReused, NotHeld, NothingToUndo, NotOpen, Revised, TooFast
from annotation.models import Assignment, Campaign, Participant
from annotation.pace import Pace
from annotation.quality.hooks import after_answer
from annotation.recording import Given, record, refuse_gaps
from annotation.services import queue
from annotation.services.again import taken_back_at
from annotation.services.claiming import next_task
from annotation.services.people import CHANGED, POSITION, in_transaction, lock_for_task, lock_in_campaign, rater_id_of
from annotation.services.standing import settle_exclusion
from annotation.services.timing import note_time
from domain.prepared import Param, prepared, save_columns

State = Assignment.State
ANSWERED = (State.DONE, State.SURPLUS)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of an answer. ``counted`` is false for one that came too late; it is kept all the same."""

    task: Assignment
    counted: bool
    is_new: bool
    next: Assignment | None


@in_transaction
def submit(
    user: User,
    token: str,
    submission: Submission,
    *,
    key: str,
    guidelines: int | None = None,
    pace: Pace | None = None,
) -> Submitted:
    """Record one person's answer and claim their next task, in one transaction.

    The same answer sent again changes nothing and gives the same result. Raises NoSuchTask, Incomplete, BadAnswer
    (see annotation.recording), KeyReused (``key`` came with another answer), AlreadyAnswered or NotHeld (skipped);
    Revised where ``guidelines``, the version that the person worked under, is not in force any more; TooFast where
    answers come faster than ``pace``, which programs that answer in bulk leave out.
    """
    now = timezone.now()
    participant = lock_for_task(user, token)
    task = _locked(token)
    was_working = participant.standing in Participant.WORKING
    is_new = not _is_replay(task, submission, key)
    if is_new:
        if guidelines is not None and guidelines < (participant.guidelines_now or 0):
            raise Revised
        if pace is not None:
            _keep_pace(participant, pace, now)
        _answer(participant, task, submission, key, user, now)
        if participant.standing == Participant.Standing.EXCLUDED and was_working:
            settle_exclusion(participant, now)
    following = next_task(participant, now)
    save_columns(participant, CHANGED)
    return Submitted(task, counted=task.state != State.SURPLUS, is_new=is_new, next=following)


def _locked(token: str) -> Assignment:
    [task] = _by_token().all(token=token)
    return task


@prepared
def _by_token() -> QuerySet[Assignment]:
    turns = Assignment.objects.select_for_update(of=("self",)).filter(token=Param("token", CharField()))
    return turns.select_related("item__response", "verdict")


def _keep_pace(participant: Participant, pace: Pace, now: datetime) -> None:
    """Refuse an answer that comes too fast. What is kept is saved with the answer, under the person's lock."""
    early, reserved = pace.wait(participant.quality.get("reserved", 0.0), now.timestamp())
    if early:
        raise TooFast(early)
    participant.quality["reserved"] = reserved


def _is_replay(task: Assignment, submission: Submission, key: str) -> bool:
    """Return whether this answer is recorded already; refuse one that contradicts it."""
    same = task.body_hash == submission.body_hash()
    if task.key and task.key == key:
        if not same:
            raise KeyReused
        return True
    if task.state not in ANSWERED:
        return False
    if not same:
        raise AlreadyAnswered
    return True


def _answer(
    participant: Participant, task: Assignment, submission: Submission, key: str, user: User, now: datetime
) -> None:
    if task.state == State.SKIPPED:
        raise NotHeld("You have skipped this task, and it went to another person.")
    if task.state == State.REOPENED and participant.campaign.state == Campaign.State.CLOSED:
        raise NotOpen("The campaign was closed meanwhile. Your first answer stands.")
    refuse_gaps(task, participant.campaign, submission)
    is_changed = task.state == State.REOPENED
    counted = _hold_slot(participant, task, now)
    given = Given(submission, rater_id_of(participant, user), counted, now)
    # Also where a revision has taken the earlier answer out and the same person is asked again.
    verdict_id = record(task, participant.campaign, given, earlier=task.verdict)
    note_time(participant, task, submission, now)
    task.guidelines = participant.guidelines_now or 0
    if counted:
        _count(participant, task, is_first=not is_changed)
        after_answer(participant, task, submission, now)
    _close(task, verdict_id, submission, key, now, counted=counted)


def _count(participant: Participant, task: Assignment, *, is_first: bool) -> None:
    participant.done += is_first
    participant.checked += is_first and task.lane != Assignment.Lane.WORK


def _hold_slot(participant: Participant, task: Assignment, now: datetime) -> bool:
    """Return whether the answer counts: it has its slot still, or finds another that is open."""
    is_over = participant.campaign.state == Campaign.State.CLOSED
    if is_over or participant.standing == Participant.Standing.EXCLUDED:
        _leave_slot(participant, task, now)
        return False
    return task.slot is not None or queue.occupy(task, participant)


def _leave_slot(participant: Participant, task: Assignment, now: datetime) -> None:
    slot, task.slot = task.slot, None
    if slot is not None:
        Assignment.objects.filter(pk=task.pk).update(slot=None, state=State.LAPSED, lease_expires=None)
        queue.give_back(task, slot, participant, now)


def _close(
    task: Assignment, verdict_id: int | None, submission: Submission, key: str, now: datetime, *, counted: bool
) -> None:
    task.state = State.DONE if counted else State.SURPLUS
    task.verdict_id = verdict_id
    task.answered_at = now
    task.lease_expires = None
    task.key = key
    task.body_hash = submission.body_hash()
    task.answer, task.draft = submission.as_json(), None
    save_columns(task)


@in_transaction
def undo(user: User, campaign: Campaign) -> Assignment:
    """Reopen this person's last answer in a campaign; called again, the one before it.

    The answer stays counted until another one supersedes it, so nothing is lost by walking away. Raises NotOpen once
    the campaign is not open any more, NothingToUndo where there is no answer.
    """
    participant = lock_in_campaign(user, campaign)
    if participant.campaign.state != Campaign.State.OPEN:
        raise NotOpen("The campaign is not open, so its answers cannot be changed now.")
    if participant.standing not in Participant.WORKING:
        raise NotOpen("Your work here is stopped, so your answers cannot be changed now.")
    answered = Assignment.objects.filter(campaign=campaign, annotator=user.pk, state=State.DONE)
    if since := taken_back_at(campaign):
        answered = answered.filter(answered_at__gt=since)
    task: Assignment | None = (
        answered.with_material().select_for_update(of=("self",)).order_by("-answered_at", "-pk").first()
    )
    if task is None:
        raise NothingToUndo
    task.state = State.REOPENED
    task.save(update_fields=["state"])
    return task


@in_transaction
def keep(user: User, token: str) -> Assignment | None:
    """Leave a reopened answer as it was, and return this person's next task; NotHeld where it is not reopened."""
    participant = lock_for_task(user, token)
    if not Assignment.objects.filter(token=token, state=State.REOPENED).update(state=State.DONE, draft=None):
        raise NotHeld("This answer is not being changed.")
    following = next_task(participant, timezone.now())
    participant.save(update_fields=POSITION)
    return following
