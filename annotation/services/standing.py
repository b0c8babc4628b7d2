"""Decisions about a person in a campaign: warn, pause, stop, exclude, take back; and leaving it of one's own accord.

Each is logged with who decided and why. All but a withdrawal with one's answers can be undone by ``reinstate``.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotation.models import Assignment, Campaign, Participant
from annotation.services import queue
from annotation.services.blocks import release
from annotation.services.people import in_transaction, lock, lock_in_campaign
from annotation.services.shelving import count_again, erase, set_aside
from domain.services import log

Standing = Participant.Standing
State = Assignment.State


@transaction.atomic
def warn(participant: Participant, *, reason: str, by: User | None) -> Participant:
    """Tell somebody that their work is looked at; they go on."""
    return _decide(lock(participant), Standing.WARNED, reason, by)


@transaction.atomic
def pause(participant: Participant, *, reason: str, by: User | None) -> Participant:
    """Hand somebody no further task for now. What they are answering is still taken."""
    return _decide(lock(participant), Standing.PAUSED, reason, by)


@transaction.atomic
def stop(participant: Participant, *, reason: str, by: User | None) -> Participant:
    """Hand somebody no further task. Their answers stay, and what they are answering is still taken."""
    found = lock(participant)
    release(found)
    return _decide(found, Standing.STOPPED, reason, by)


@transaction.atomic
def exclude(participant: Participant, *, reason: str, by: User | None) -> Participant:
    """Hand somebody no further task and count none of their answers; others answer those items."""
    found = lock(participant)
    now = timezone.now()
    _give_up_task(found, now)
    taken_out = set_aside(found, now)
    return _decide(found, Standing.EXCLUDED, reason, by, answers=taken_out)


@transaction.atomic
def reinstate(participant: Participant, *, reason: str, by: User | None) -> Participant:
    """Undo any of these.

    Answers that were taken out count again where their item still lacks one; else they stay on record as surplus.
    """
    found = lock(participant)
    counted, surplus = count_again(found)
    found.withdrawn_at = None
    return _decide(found, Standing.GOOD, reason, by, answers=counted, surplus=surplus)


@transaction.atomic
def withdraw(participant: Participant, *, keep_answers: bool, reason: str = "", by: User | None = None) -> Participant:
    """Let somebody leave: their task goes to another person. Without their answers these are erased for good.

    Erased are the verdicts with scores, reasons and remarks, drafts, notes and flags. What remains is that this person
    had these items, and when. ``by`` is whoever did it, the person themselves too.
    """
    found = lock(participant)
    now = timezone.now()
    _give_up_task(found, now)
    erased = 0 if keep_answers else erase(found, now)
    found.withdrawn_at = now
    return _decide(found, Standing.WITHDRAWN, reason, by, keep_answers=keep_answers, answers=erased)


@in_transaction
def withdraw_myself(user: User, campaign: Campaign, *, keep_answers: bool) -> Participant:
    """Leave a campaign; done again, it changes nothing. Raises NoSuchTask where this person takes no part."""
    found = lock_in_campaign(user, campaign)
    if found.standing == Standing.WITHDRAWN:
        return found
    return withdraw(found, keep_answers=keep_answers, by=user)


def settle_exclusion(participant: Participant, now: datetime) -> None:
    """Do what ``exclude`` does beyond the standing, for a locked participant whom quality control has excluded."""
    _give_up_task(participant, now)
    set_aside(participant, now)


def _decide(participant: Participant, standing: str, reason: str, by: User | None, **details: int) -> Participant:
    before = participant.standing
    participant.standing, participant.standing_reason = standing, reason.strip()[:500]
    participant.save(update_fields=["standing", "standing_reason", "withdrawn_at", "done", "checked"])
    log(
        participant.campaign.project,
        "annotator " + standing,
        by,
        campaign=participant.campaign_id,
        participant=participant.pk,
        before=before,
        reason=participant.standing_reason,
        **details,
    )
    return participant


def _give_up_task(participant: Participant, now: datetime) -> None:
    """Let the task that somebody holds lapse, and free what is kept for them."""
    release(participant)
    mine = Assignment.objects.filter(campaign=participant.campaign_id, annotator=participant.user_id)
    mine.filter(state=State.REOPENED).update(state=State.DONE, draft=None)
    task = mine.filter(state=State.LEASED).select_related("item").first()
    if task is not None:
        slot, task.slot = task.slot, None
        task.state, task.lease_expires = State.LAPSED, None
        task.save(update_fields=["slot", "state", "lease_expires"])
        queue.give_back(task, slot, participant, now)
