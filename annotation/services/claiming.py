"""Getting a task, keeping it, leaving it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.answers import from_json
from annotation.errors import NoSuchTask, NotHeld
from annotation.models import Assignment, Campaign, Participant
from annotation.reads import own_task, shown_task
from annotation.rubrics import spec_of
from annotation.services import queue
from annotation.services.blocks import release
from annotation.services.people import POSITION, in_transaction, lock_for_task, lock_in_campaign
from annotation.sides import take_back
from domain.prepared import save_columns

State = Assignment.State
ANSWERABLE = (State.LEASED, State.LAPSED, State.REOPENED)
SKIP_REASONS = {
    "unsure": gettext_lazy("I cannot judge this"),
    "language": gettext_lazy("I do not know the language or the field well enough"),
    "broken": gettext_lazy("Something is missing or broken"),
    "upsetting": gettext_lazy("I would rather not read this"),
    "other": gettext_lazy("Another reason"),
}


@dataclass(frozen=True, slots=True)
class Lease:
    """Whether a task is still held, and until when."""

    held: bool
    expires: datetime | None


@in_transaction
def claim(user: User, campaign: Campaign) -> Assignment | None:
    """Return this person's task: the one they already hold, else the next open or expired place, else None.

    ``why_empty`` says why there is none. Raises NoSuchTask where the person may not rate in this campaign.
    """
    participant = lock_in_campaign(user, campaign)
    task = next_task(participant, timezone.now())
    if task is not None and participant.held is None:
        save_columns(participant, POSITION)
    return task


def next_task(participant: Participant, now: datetime) -> Assignment | None:
    """Do what ``claim`` does for a locked participant, whom the caller saves."""
    campaign = participant.campaign
    if campaign.state != Campaign.State.OPEN or participant.standing not in Participant.WORKING:
        return None
    if participant.held is not None:
        return _resume(participant, participant.held, now)
    task = queue.take(participant, now) if may_start(participant, now) else None
    if task is None and campaign.design == Campaign.Design.BLOCKS:
        release(participant)
    return task


def may_start(participant: Participant, now: datetime) -> bool:
    """Return whether this person is handed a further task: in time, within their cap and their group's quota."""
    campaign = participant.campaign
    if campaign.closes_at is not None and campaign.closes_at <= now:
        return False
    if campaign.per_person_cap is not None and participant.done >= campaign.per_person_cap:
        return False
    return not participant.is_grouped or (participant.is_in_group and participant.quota_left != 0)


def _resume(participant: Participant, held: int, now: datetime) -> Assignment:
    task = shown_task(held)
    if task.state == State.LEASED:
        task.lease_expires = queue.lease_until(participant.campaign, now)
        save_columns(task, ["lease_expires"])
    return task


def heartbeat(user: User, token: str) -> Lease:
    """Keep a task for another lease; says ``held=False`` once it was passed on (a late answer is still kept)."""
    return _touch(_own(user, token))


def save_draft(user: User, token: str, draft: Any) -> Lease:
    """Keep what a person has answered so far, in the JSON of a submission; it is also a sign of life.

    Raises BadAnswer where it cannot be read, NotHeld where the task takes no answer any more.
    """
    task = _own(user, token)
    body = from_json(draft, spec_of(task.campaign), task.campaign.task).as_json()
    if task.state not in ANSWERABLE:
        raise NotHeld(_("This task is finished; drafts of it are no longer kept."))
    return _touch(task, draft=body)


def _touch(task: Assignment, **changes: Any) -> Lease:
    """Renew a lease, with other changes in the same statement; without a lease, make those changes alone."""
    expires = queue.lease_until(task.campaign, timezone.now())
    same = Assignment.objects.filter(pk=task.pk)
    if same.filter(state=State.LEASED).update(lease_expires=expires, **changes):
        return Lease(held=True, expires=expires)
    if changes:
        same.filter(state__in=ANSWERABLE).update(**changes)
    return Lease(held=task.state in (State.REOPENED, State.DONE), expires=None)


@in_transaction
def skip(user: User, token: str, *, reason: str, note: str = "") -> Assignment | None:
    """Leave a task to another person, with a reason of SKIP_REASONS; return this person's next task.

    The same person is not asked about the item again. Raises NotHeld where the task is not being answered.
    """
    if reason not in SKIP_REASONS:
        raise NotHeld(f"{reason[:40]!r} is no reason; choose one of {', '.join(SKIP_REASONS)}.")
    now = timezone.now()
    participant = lock_for_task(user, token)
    task = Assignment.objects.with_material().select_for_update(of=("self",)).get(token=token)
    if task.state not in (State.LEASED, State.LAPSED):
        raise NotHeld("Only a task that you are answering can be skipped.")
    slot, task.slot = task.slot, None
    task.state, task.skip_reason, task.note = State.SKIPPED, reason, note.strip()[:1000]
    task.lease_expires = None
    task.save()
    if slot is not None:
        queue.give_back(task, slot, participant, now)
    take_back(participant, task.item, swapped=task.swapped)
    following = next_task(participant, now)
    participant.save(update_fields=POSITION)
    return following


def flag(user: User, token: str, note: str) -> None:
    """Tell the researchers that they should look at this item; the task goes on."""
    task = _own(user, token)
    Assignment.objects.filter(pk=task.pk).update(flag=note.strip()[:1000] or "Please look at this.")


def _own(user: User, token: str) -> Assignment:
    task = own_task(user, token)
    if task is None:
        raise NoSuchTask
    return task
