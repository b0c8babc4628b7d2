"""The queue of open places: taking one, giving one back. Callers hold the participant's row and a transaction.

Nobody ever waits for a row that another person holds: a pick skips locked rows (PostgreSQL), or has the whole database
to itself (SQLite, BEGIN IMMEDIATE). So there is no deadlock, and a crash leaves nothing locked.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models import Assignment, Campaign, Participant
from annotation.sides import show

State = Assignment.State


def new_token() -> str:
    """Return a name for a task that says nothing about it."""
    return secrets.token_urlsafe(24)


def lease_until(campaign: Campaign, now: datetime) -> datetime:
    """Return when a task claimed or touched now is passed on."""
    return now + timedelta(minutes=campaign.lease_minutes)


def take(participant: Participant, now: datetime) -> Assignment | None:
    """Give this person the next open place, else one whose lease has expired; None when there is neither.

    Three statements, whatever the backlog: pick, write, and the participant's own row.
    """
    place = _pick(participant, now)
    if place is None:
        return _revive(participant, now)
    if place.state == State.OPEN:
        participant.cursor = max(participant.cursor, place.turn)
        return _hand_over(place, participant, now)
    return _hand_over(_pass_on(place), participant, now)


def _pick(participant: Participant, now: datetime) -> Assignment | None:
    """Lock and return one place on an item that this person has never held."""
    mine = Assignment.objects.filter(item=OuterRef("item"), annotator=participant.user_id)
    places = Assignment.objects.filter(~Exists(mine), campaign=participant.campaign_id)
    keys = places.select_for_update(skip_locked=True).values("pk")
    # By turn alone, as the index has it: PostgreSQL must never see a reason to sort what it only needs the first of.
    still_open = keys.filter(state=State.OPEN, lane=Assignment.Lane.WORK).order_by("turn")
    ahead = still_open.filter(turn__gte=participant.cursor)[:1]
    expired = keys.filter(state=State.LEASED, lane=Assignment.Lane.WORK, lease_expires__lt=now).order_by(
        "lease_expires", "pk"
    )[:1]
    # Only at the end of a queue: a place that was locked when the cursor went by, and then was not taken.
    behind = still_open.filter(turn__lt=participant.cursor)[:1]
    chosen = Coalesce(Subquery(ahead), Subquery(expired), Subquery(behind))
    place: Assignment | None = Assignment.objects.with_material().filter(pk=chosen).first()
    return place


def _pass_on(lapsed: Assignment) -> Assignment:
    """Take the slot from an expired lease. Its row stays, so that a late answer still finds its task."""
    slot = lapsed.slot
    Assignment.objects.filter(pk=lapsed.pk).update(state=State.LAPSED, slot=None, lease_expires=None)
    return Assignment(item=lapsed.item, campaign_id=lapsed.campaign_id, slot=slot, turn=lapsed.turn)


def _hand_over(place: Assignment, participant: Participant, now: datetime) -> Assignment:
    place.annotator_id = participant.user_id
    place.state = State.LEASED
    place.token = new_token()
    place.claimed_at = now
    place.lease_expires = lease_until(participant.campaign, now)
    place.seed = secrets.randbits(31)
    place.swapped = show(participant, place.item)
    place.save()
    return place


def _revive(participant: Participant, now: datetime) -> Assignment | None:
    """Give this person back a task that lapsed and whose place is open again; only when nothing else is left."""
    free = open_place(OuterRef("item"))
    mine = Assignment.objects.filter(
        annotator=participant.user_id, campaign=participant.campaign_id, state=State.LAPSED
    )
    lapsed: Assignment | None = mine.filter(Exists(free)).with_material().first()
    if lapsed is None or not occupy(lapsed):
        return None
    lapsed.state = State.LEASED
    lapsed.lease_expires = lease_until(participant.campaign, now)
    lapsed.save(update_fields=["state", "slot", "lease_expires"])
    return lapsed


def occupy(turn: Assignment) -> bool:
    """Let a turn that lost its slot take another open one of its item; False when all are taken. Saves nothing."""
    place = open_place(turn.item_id).select_for_update(skip_locked=True).first()
    if place is None:
        return False
    turn.slot = place.slot
    place.delete()
    return True


def open_place(item: int | OuterRef) -> QuerySet[Assignment]:
    """Return the open places of an item."""
    return Assignment.objects.filter(item=item, state=State.OPEN).order_by("slot")


def give_back(turn: Assignment, slot: int | None, now: datetime) -> None:
    """Open a slot that a turn has lost for another person. Save the turn without it first."""
    Assignment.objects.create(item_id=turn.item_id, campaign_id=turn.campaign_id, slot=slot, turn=end_of_queue(now))


def end_of_queue(now: datetime) -> int:
    """Return a turn later than all so far, so that every cursor will still meet it. First turns are small numbers."""
    return int(now.timestamp() * 1_000_000)
