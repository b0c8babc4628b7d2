"""Whether a task waits for somebody, without taking it: what ``picking`` would find, as a plain read."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from annotation.models import Assignment, Campaign, Participant
from annotation.services.blocks import anybodys, never_mine

State = Assignment.State
HELD = (State.LEASED, State.REOPENED)


def holds_task(user: User, campaign: Campaign) -> bool:
    """Return whether somebody holds a task, or an answer that they are changing."""
    return Assignment.objects.filter(campaign=campaign, annotator=user.pk, state__in=HELD).exists()


def task_waits(user: User, campaign: Campaign, now: datetime) -> bool:
    """Return whether this person holds a task, or a place is free for them to take or to take up again."""
    here = Assignment.objects.filter(campaign=campaign)
    mine = Q(annotator=user.pk)
    free = Q(state=State.OPEN) | Q(state=State.LEASED, lease_expires__lt=now)
    nobodys = anybodys(now) | Q(reserved_for=user.pk)
    new = Q(never_mine(Participant(user_id=user.pk))) & nobodys & free & Q(lane=Assignment.Lane.WORK)
    lapsed = mine & Q(state=State.LAPSED) & Exists(here.filter(item=OuterRef("item"), state=State.OPEN))
    return here.filter((mine & Q(state__in=HELD)) | new | lapsed).exists()
