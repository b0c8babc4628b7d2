"""Blocks: all items of a prompt to the same person, where a campaign's design says so.

Who takes the first open place of a slot in a block has the other open places of that slot reserved, in the statement
that takes it. Nobody can take another place of the slot meanwhile: only the first one is offered (``leads``), and it is
locked. What somebody leaves behind is free again when the reservation ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable

from annotation.models import Assignment, Campaign, Item, Participant
from domain.prepared import Param

State = Assignment.State
RESERVED = timedelta(hours=24)
_KINDS = {field.name: getattr(field, "target_field", field) for field in Assignment._meta.concrete_fields}


def anybodys(now: datetime | Param) -> Q:
    """Return what may be offered to anybody: not reserved, or not any more."""
    return Q(reserved_for=None) | Q(reserved_until__lt=now)


def never_mine(participant: Participant) -> Combinable:
    """Return the condition that this person has had no turn on the item of a place."""
    return ~Exists(Assignment.objects.filter(item=OuterRef("item"), annotator=participant.user_id))


def is_block(place: Assignment) -> bool:
    """Return whether this place is one of a block that somebody is to answer as a whole."""
    has_block = place.lane == Assignment.Lane.WORK and place.item.block is not None
    return has_block and place.campaign.design == Campaign.Design.BLOCKS


def leads(participant: Participant, now: datetime | Param) -> Combinable:
    """Return the condition that no earlier place of the same slot in the same block could be taken instead."""
    block = Item.objects.filter(pk=OuterRef(OuterRef("item"))).values("block")
    earlier = Assignment.objects.filter(
        anybodys(now),
        never_mine(participant),
        item__campaign=participant.campaign_id,
        item__block=Subquery(block[:1]),
        slot=OuterRef("slot"),
        turn__lt=OuterRef("turn"),
        lane=Assignment.Lane.WORK,
        state=State.OPEN,
    )
    return ~Exists(earlier)


def reserve(place: Assignment, participant: Participant, now: datetime) -> QuerySet[Assignment]:
    """Return the places to reserve for who takes this one, itself among them while it is open; note it on the place."""
    place.reserved_for_id = participant.user_id
    place.reserved_until = now + max(timedelta(minutes=participant.campaign.lease_minutes), RESERVED)
    items = Item.objects.filter(campaign=participant.campaign_id, block=place.item.block).values("pk")
    free = Assignment.objects.filter(
        anybodys(now),
        never_mine(participant),
        item__in=items,
        slot=place.slot,
        lane=Assignment.Lane.WORK,
        state=State.OPEN,
    )
    # The state once more: PostgreSQL looks at a row that somebody else had locked again, but not at a subquery.
    return Assignment.objects.filter(pk__in=free.select_for_update(skip_locked=True).values("pk"), state=State.OPEN)


def take_first(place: Assignment, participant: Participant, columns: dict[str, Any], now: datetime) -> None:
    """Write an open place as this person's, and reserve the rest of its slot in the block, in one statement."""
    places = reserve(place, participant, now)
    places.update(
        reserved_for=place.reserved_for_id,
        reserved_until=place.reserved_until,
        **{name: _only_on(place, value, name) for name, value in columns.items()},
    )


def _only_on(place: Assignment, value: Any, name: str) -> Case:
    kind = _KINDS.get(name)
    return Case(When(pk=place.pk, then=Value(value, output_field=kind)), default=F(name), output_field=kind)


def release(participant: Participant) -> None:
    """Give back what is reserved for somebody who does not go on with it."""
    Assignment.objects.filter(
        campaign=participant.campaign_id, reserved_for=participant.user_id, state=State.OPEN, lane=Assignment.Lane.WORK
    ).update(reserved_for=None, reserved_until=None)
