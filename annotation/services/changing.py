"""Changing one of the last answers, from the list of one's own."""

from __future__ import annotations

from django.contrib.auth.models import User

from annotation.errors import NotHeld, NotOpen
from annotation.models import Assignment, Campaign
from annotation.services.again import taken_back_at
from annotation.services.people import in_transaction, lock_for_task

State = Assignment.State
LAST = 20  # answers that can be changed while the campaign is open


def changeable(user: User, campaign: Campaign) -> set[int]:
    """Return which turns of a person can be changed now: the last answers, while the campaign is open."""
    if campaign.state != Campaign.State.OPEN:
        return set()
    answered = Assignment.objects.filter(campaign=campaign, annotator=user.pk, state__in=[State.DONE, State.REOPENED])
    if since := taken_back_at(campaign):
        answered = answered.filter(answered_at__gt=since)
    return set(answered.order_by("-answered_at", "-pk").values_list("pk", flat=True)[:LAST])


@in_transaction
def reopen(user: User, token: str) -> Assignment:
    """Reopen one of a person's last answers; it stays counted until another one supersedes it.

    Raises NoSuchTask, NotOpen where the campaign is not open any more, NotHeld where the answer is too long ago.
    """
    participant = lock_for_task(user, token)
    if participant.campaign.state != Campaign.State.OPEN:
        raise NotOpen("The campaign is not open, so its answers cannot be changed now.")
    task: Assignment = Assignment.objects.with_material().select_for_update(of=("self",)).get(token=token)
    if task.pk not in changeable(user, participant.campaign):
        raise NotHeld(f"Only your last {LAST} answers can be changed.")
    if task.state == State.DONE:
        task.state = State.REOPENED
        task.save(update_fields=["state"])
    return task
