"""Which place a person is offered next, in one statement that is the same for checks and for work.

What is not due is looked for in a lane that does not exist. So the statement is the same whatever is due, and is
prepared once for each kind of campaign.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models import Assignment, Campaign, Participant
from annotation.quality.hooks import wants_check, wants_training
from annotation.services.blocks import anybodys, leads, never_mine
from annotation.services.quotas import with_holder
from domain.prepared import Param, prepared

Lane = Assignment.Lane
State = Assignment.State
NOWHERE = 99  # a lane without places
_NOW = Param("now", DateTimeField())
_TRAINING, _CHECK = (Param(name, BigIntegerField()) for name in ("training", "check"))
_OF_PERSON = ("user_id", "campaign_id", "done", "cursor", "check_cursor")


def pick(participant: Participant, now: datetime) -> Assignment | None:
    """Return the first place on an item that this person has never held, locked, with what is shown of it."""
    places = _first_place(
        is_in_blocks=participant.campaign.design == Campaign.Design.BLOCKS, is_grouped=participant.is_grouped
    )
    return places.first(
        now=now,
        training=Lane.TRAINING.value if wants_training(participant) else NOWHERE,
        check=Lane.CHECK.value if wants_check(participant) else NOWHERE,
        **{name: getattr(participant, name) for name in _OF_PERSON},
    )


@prepared
def _first_place(*, is_in_blocks: bool, is_grouped: bool) -> QuerySet[Assignment]:
    anybody = Participant(**{name: Param(name, BigIntegerField()) for name in _OF_PERSON})
    keys = [Subquery(keys[:1]) for keys in _in_preference(anybody, _NOW, is_in_blocks=is_in_blocks)]
    places = Assignment.objects.with_material().filter(pk=Coalesce(*keys))
    return with_holder(places) if is_grouped else places


def _in_preference(
    participant: Participant, now: datetime | Param, *, is_in_blocks: bool
) -> Iterator[QuerySet[Assignment, dict[str, Any]]]:
    """Yield the places for this person, the sooner the better.

    Checks are met on the way only: who has no work left is through, however many checks nobody has asked them.
    """
    here = Assignment.objects.filter(never_mine(participant), campaign=participant.campaign_id)
    # By turn alone, as the index has it: PostgreSQL must never see a reason to sort what it only needs the first of.
    places = here.select_for_update(skip_locked=True).order_by("turn").values("pk")
    still_open = places.filter(anybodys(now), state=State.OPEN)
    expired = places.filter(anybodys(now), state=State.LEASED, lease_expires__lt=now).order_by("lease_expires", "pk")
    kept = places.filter(state=State.OPEN, reserved_for=participant.user_id, not_before__lte=participant.done)
    yield still_open.filter(lane=_TRAINING)
    yield expired.filter(lane=_TRAINING)
    yield kept.filter(lane=_CHECK)
    yield still_open.filter(lane=_CHECK, turn__gte=participant.check_cursor)
    yield expired.filter(lane=_CHECK)
    work = still_open.filter(lane=Lane.WORK)
    if is_in_blocks:
        yield kept.filter(lane=Lane.WORK)
        work = work.filter(leads(participant, now))
    yield work.filter(turn__gte=participant.cursor)
    yield expired.filter(lane=Lane.WORK)
    # Only at the end of a queue: a place that was locked when the cursor went by, and then was not taken.
    yield work.filter(turn__lt=participant.cursor)
