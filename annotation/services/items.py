"""What a campaign asks, and the places that wait for people: loading them, also while people work."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.errors import NotOpen
from annotation.listings import Listing, prepare
from annotation.models import ROLES, Assignment, Campaign, Item
from annotation.services.queue import end_of_queue
from domain.bulk import allocate_ids, bulk_load, refresh_statistics
from domain.models import Battle, Response

BATCH = 1000  # rows per insert: a claim waits for no longer transaction on SQLite than one of these
SPREAD = 1000  # turns between one item and the next, so that an item's places follow each other
Lane = Assignment.Lane
FOR_EVERYONE = (ROLES.CALIBRATION, ROLES.TRAINING, ROLES.ATTENTION, ROLES.TWIN)


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item with a role of its own.

    Calibration, training and attention need ``expected``, the right answers by criterion, choices in the battle's
    frame: ``{"preference": {"choice": "A"}}``, ``{"helpfulness": 4}``. ``altered`` are texts shown in place of those on
    record, ``original`` the item that this one repeats or is the damaged copy of.
    """

    target: Battle | Response | Listing
    role: str = ROLES.LIVE
    expected: dict[str, Any] | None = None
    why: str = ""
    overlap: int | None = None
    altered: dict[str, str] | None = None
    original: Item | None = None


Target = Battle | Response | Listing | NewItem


def lane_of(role: str) -> int:
    """Return the queue in which the places of items of this role wait."""
    if role == ROLES.LIVE:
        return Lane.WORK
    return Lane.TRAINING if role == ROLES.TRAINING else Lane.CHECK


@transaction.atomic
def add_items(campaign: Campaign, items: Iterable[Target]) -> int:
    """Put items at the end of a campaign, in an order drawn from its seed, and return how many there are now.

    Training keeps the order in which it is given. Nobody's present task is touched: an open campaign goes on.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state == Campaign.State.CLOSED:
        raise NotOpen("The campaign is closed; make a new one for further items.")
    new = _in_order(campaign, [item if isinstance(item, NewItem) else NewItem(item) for item in items])
    prepare(campaign.project, [item.target for item in new if isinstance(item.target, Listing)])
    everyone = max(campaign.overlap, campaign.participants.count())
    rows = [_item_row(campaign, item, campaign.item_count + at, everyone) for at, item in enumerate(new)]
    base = 0 if campaign.state == Campaign.State.DRAFT else end_of_queue(timezone.now())
    for start in range(0, len(rows), BATCH):
        _load(campaign, rows[start : start + BATCH], base)
    if len(rows) > BATCH:
        refresh_statistics(Item, Assignment)
    live = [row["overlap"] for row in rows if row["role"] == ROLES.LIVE]
    Campaign.objects.filter(pk=campaign.pk).update(
        item_count=F("item_count") + len(rows),
        live_count=F("live_count") + len(live),
        slot_count=F("slot_count") + sum(live),
    )
    return campaign.item_count + len(rows)


def _in_order(campaign: Campaign, items: list[NewItem]) -> list[NewItem]:
    training = [item for item in items if item.role == ROLES.TRAINING]
    others = [item for item in items if item.role != ROLES.TRAINING]
    random.Random(campaign.seed + campaign.item_count).shuffle(others)  # noqa: S311 - an order that can be replayed
    return training + others


def _item_row(campaign: Campaign, item: NewItem, position: int, everyone: int) -> dict[str, Any]:
    """What checks people is for everyone, live items and repeats for as many as the campaign says."""
    target = item.target
    return {
        "campaign_id": campaign.pk,
        "battle_id": target.pk if isinstance(target, Battle) else None,
        "response_id": target.pk if isinstance(target, Response) else None,
        "prompt_id": target.prompt_id if isinstance(target, Listing) else None,
        "listed": list(target.responses) if isinstance(target, Listing) else None,
        "role": item.role,
        "expected": item.expected,
        "altered": item.altered,
        "original_id": item.original.pk if item.original else None,
        "identifies": [],
        "priority": 0,
        "why": item.why,
        "position": position,
        "overlap": item.overlap or (everyone if item.role in FOR_EVERYONE else campaign.overlap),
    }


def _load(campaign: Campaign, rows: Sequence[dict[str, Any]], base: int) -> None:
    """Insert items with their open places: the places of one item follow each other in the queue."""
    ids = allocate_ids(Item, len(rows))
    bulk_load(Item, ["id", *rows[0]], ([pk, *row.values()] for pk, row in zip(ids, rows, strict=True)))
    load_places(_places(campaign, zip(ids, rows, strict=True), base))


def _places(
    campaign: Campaign, rows: Iterable[tuple[int, dict[str, Any]]], base: int
) -> Iterator[tuple[int, int, int, int, int]]:
    for pk, row in rows:
        turn = base + row["position"] * SPREAD
        for slot in range(1, row["overlap"] + 1):
            yield pk, campaign.pk, lane_of(row["role"]), slot, turn + slot


def load_places(places: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Insert open places given as (item, campaign, lane, slot, turn)."""
    rows = list(places)
    blank: dict[str, Any] = {"state": "open", "swapped": False, "seed": 0, "not_before": 0, "guidelines": 0}
    blank |= dict.fromkeys(("key", "body_hash", "skip_reason", "note", "flag"), "")
    bulk_load(
        Assignment,
        ["id", "item_id", "campaign_id", "lane", "slot", "turn", *blank],
        ([pk, *row, *blank.values()] for pk, row in zip(allocate_ids(Assignment, len(rows)), rows, strict=True)),
    )


def make_room(campaign: Campaign) -> None:
    """Open places on checks and training until everyone who takes part can answer them.

    The caller holds the lock of the campaign's row: two at once would open the same places.
    """
    everyone = campaign.participants.count()
    short = list(campaign.items.filter(role__in=FOR_EVERYONE, overlap__lt=everyone))
    if not short:
        return
    Item.objects.filter(pk__in=[item.pk for item in short]).update(overlap=everyone)
    load_places(
        (item.pk, campaign.pk, lane_of(item.role), slot, item.position * SPREAD + slot)
        for item in short
        for slot in range(item.overlap + 1, everyone + 1)
    )
