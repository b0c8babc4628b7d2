"""The queue of open places: taking one, giving one back. Callers hold the participant's row and a transaction.

Nobody ever waits for a row that another person holds: a pick skips locked rows (PostgreSQL), or has the whole database
to itself (SQLite, BEGIN IMMEDIATE). So there is no deadlock, and a crash leaves nothing locked.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Assignment, Campaign, Participant
from annotation.services.again import asked_again
from annotation.services.blocks import is_block, reserve, take_first
from annotation.services.ordering import PRIORITY
from annotation.services.picking import pick
from annotation.services.quotas import give_share_of, move_share, take_share
from annotation.sides import show
from domain.prepared import save_columns

Lane = Assignment.Lane
State = Assignment.State


def new_token() -> str:
    """Return a name for a task that says nothing about it."""
    return secrets.token_urlsafe(24)


def lease_until(campaign: Campaign, now: datetime) -> datetime:
    """Return when a task claimed or touched now is passed on."""
    return now + timedelta(minutes=campaign.lease_minutes)


def take(participant: Participant, now: datetime) -> Assignment | None:
    """Give this person the next place that waits for them, else one whose lease has expired; None when there is none.

    Three statements, whatever the backlog: pick, write, and the participant's own row; one more where groups have
    quotas.
    """
    place = pick(participant, now)
    if place is None:
        return _revive(participant, now)
    if participant.is_grouped and not move_share(participant, place):
        return None
    place.campaign = participant.campaign
    if place.state == State.LEASED:
        return _take_over(place, participant, now)
    if place.lane == Lane.CHECK and place.reserved_for_id is None:
        participant.check_cursor = max(participant.check_cursor, place.turn)
    elif place.lane == Lane.WORK and place.reserved_for_id != participant.user_id:
        participant.cursor = max(participant.cursor, place.turn)
    columns = _lease(place, participant, now)
    if is_block(place) and place.reserved_for_id != participant.user_id:
        take_first(place, participant, columns, now)
    else:
        save_columns(place, columns)
    return place


def _take_over(lapsed: Assignment, participant: Participant, now: datetime) -> Assignment:
    """Take the slot from an expired lease. Its row stays, so that a late answer still finds its task."""
    Assignment.objects.filter(pk=lapsed.pk).update(state=State.LAPSED, slot=None, lease_expires=None)
    place = Assignment(item=lapsed.item, campaign=lapsed.campaign, lane=lapsed.lane, slot=lapsed.slot, turn=lapsed.turn)
    if is_block(place):
        rest = reserve(place, participant, now)
        rest.update(reserved_for=place.reserved_for_id, reserved_until=place.reserved_until)
    _lease(place, participant, now)
    place.save(force_insert=True)
    return place


def _lease(place: Assignment, participant: Participant, now: datetime) -> dict[str, Any]:
    """Make a place this person's, and return the columns that this changes; nothing is written."""
    columns = {
        "annotator": participant.user_id,
        "state": State.LEASED,
        "token": new_token(),
        "claimed_at": now,
        "lease_expires": lease_until(participant.campaign, now),
        "seed": secrets.randbits(31),
        "swapped": show(participant, place.item),
    }
    for name, value in columns.items():
        setattr(place, "annotator_id" if name == "annotator" else name, value)
    return columns


def _revive(participant: Participant, now: datetime) -> Assignment | None:
    """Give this person back a task whose place is open again; only when nothing else is left.

    It lapsed, or a revision set their answer aside and nobody else is there to answer the item in their place.
    """
    free = open_place(OuterRef("item"))
    mine = Assignment.objects.filter(annotator=participant.user_id, campaign=participant.campaign_id)
    theirs = mine.filter(Q(state=State.LAPSED) | asked_again(participant, now), Exists(free))
    turn: Assignment | None = theirs.with_material().order_by("turn", "pk").first()
    if turn is None or not occupy(turn, participant):
        return None
    if turn.state == State.SURPLUS:
        turn.key = turn.body_hash = ""
        turn.claimed_at, turn.shown_at = now, None
    turn.state = State.LEASED
    turn.lease_expires = lease_until(participant.campaign, now)
    turn.save(update_fields=["state", "slot", "lease_expires", "key", "body_hash", "claimed_at", "shown_at"])
    return turn


def occupy(turn: Assignment, participant: Participant) -> bool:
    """Let a turn that lost its slot take another open one of its item; False when all are taken. Saves no turn."""
    place = open_place(turn.item_id).select_for_update(skip_locked=True).first()
    if place is None or not take_share(participant, turn):
        return False
    turn.slot = place.slot
    place.delete()
    return True


def open_place(item: int | OuterRef) -> QuerySet[Assignment]:
    """Return the open places of an item."""
    return Assignment.objects.filter(item=item, state=State.OPEN).order_by("slot")


def give_back(turn: Assignment, slot: int | None, participant: Participant, now: datetime) -> None:
    """Open a slot that its person has lost for another one. Save the turn without it first.

    What was reserved for good, such as a repeat of somebody's own answer, makes no sense to anybody else.
    """
    give_share_of(participant, turn)
    if turn.reserved_for_id is not None and turn.reserved_until is None:
        return
    Assignment.objects.create(
        item_id=turn.item_id,
        campaign_id=turn.campaign_id,
        lane=turn.lane,
        slot=slot,
        turn=end_of_queue(now) - turn.item.priority * PRIORITY,
    )


def end_of_queue(now: datetime) -> int:
    """Return a turn later than all so far, so that every cursor will still meet it. First turns are small numbers."""
    return int(now.timestamp() * 1_000_000)
