"""Which place a person is offered next, in one statement that is the same for checks and for work.

Building it takes the ORM as long as all of the rest of a claim, and would take longer where a check is due: so its SQL
is made once for each kind of campaign, with a mark for each value, and from then on only the values change. What is not
due is looked for in a lane that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from annotation.models import Assignment, Campaign, Participant
from annotation.quality.hooks import wants_check, wants_training
from annotation.services.blocks import anybodys, leads, never_mine

Lane = Assignment.Lane
State = Assignment.State
NOWHERE = 99  # a lane without places
# Marks: values that no parameter of the statement has of its own, within the range of their columns.
_PERSON, _CAMPAIGN, _DONE, _CURSOR, _CHECK_CURSOR = range(2_000_000_001, 2_000_000_006)
_TRAINING, _CHECK = 32_001, 32_002
_NOW = datetime(1999, 12, 31, 23, 59, 58, 765432, tzinfo=UTC)

Value = Callable[[Participant, Any], Any]
_VALUES: dict[int, Value] = {
    _PERSON: lambda participant, now: participant.user_id,
    _CAMPAIGN: lambda participant, now: participant.campaign_id,
    _DONE: lambda participant, now: participant.done,
    _CURSOR: lambda participant, now: participant.cursor,
    _CHECK_CURSOR: lambda participant, now: participant.check_cursor,
    _TRAINING: lambda participant, now: Lane.TRAINING.value if wants_training(participant) else NOWHERE,
    _CHECK: lambda participant, now: Lane.CHECK.value if wants_check(participant) else NOWHERE,
}


def picked(participant: Participant, now: datetime) -> RawSQL:
    """Return the key of the first place on an item that this person has never held, locked; NULL where none is left."""
    moment = connection.ops.adapt_datetimefield_value(now)
    sql, marks = _written(connection.vendor, participant.campaign.design == Campaign.Design.BLOCKS)
    return RawSQL(sql, [mark(participant, moment) if callable(mark) else mark for mark in marks])  # noqa: S611 - made here


@lru_cache(maxsize=8)
def _written(vendor: str, is_in_blocks: bool) -> tuple[str, tuple[Any, ...]]:
    """Return the statement of this kind of campaign, and for each parameter its value or what gives it."""
    stands_for = Participant(user_id=_PERSON, campaign_id=_CAMPAIGN, done=_DONE, cursor=_CURSOR)
    stands_for.check_cursor = _CHECK_CURSOR
    branches = [Subquery(keys[:1]) for keys in _in_preference(stands_for, _NOW, is_in_blocks=is_in_blocks)]
    query = Assignment.objects.all().query
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.compile(Coalesce(*branches).resolve_expression(query))
    return sql, tuple(_mark(param) for param in params)


def _mark(param: Any) -> Any:
    if param == connection.ops.adapt_datetimefield_value(_NOW):
        return lambda participant, now: now
    return _VALUES.get(param, param) if isinstance(param, int) else param


def _in_preference(
    participant: Participant, now: datetime, *, is_in_blocks: bool
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
