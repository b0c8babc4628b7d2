"""What a campaign asks, and the places that wait for people: loading them, also while people work."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone

from annotation.errors import BadItem, NotOpen
from annotation.listings import Listing, prepare
from annotation.models import ROLES, Assignment, Campaign, Item
from annotation.services.finding_names import Names
from annotation.services.ordering import MOST_URGENT, PRIORITY, SPREAD, Row, Turns, turns_of
from annotation.services.queue import end_of_queue
from domain.bulk import allocate_ids, bulk_load, refresh_statistics
from domain.models import Battle, Response
from domain.services import log

BATCH = 1000  # rows per insert: a claim waits for no longer transaction on SQLite than one of these
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
    priority: int = 0

    @property
    def block(self) -> int | None:
        """The prompt, for live items: who has one of a block gets them all where the design says so."""
        return self.target.prompt_id if self.role == ROLES.LIVE else None

    @property
    def system(self) -> int:
        """What tells the items of a block apart in every block: of single responses, the system."""
        return self.target.system_id if isinstance(self.target, Response) else 0


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
    prepare(campaign, (item.target for item in new))
    everyone = max(campaign.overlap, campaign.participants.count())
    rows = [_item_row(campaign, item, campaign.item_count + at, everyone) for at, item in enumerate(new)]
    base = 0 if campaign.state == Campaign.State.DRAFT else end_of_queue(timezone.now())
    turns = turns_of(rows, [item.system for item in new], _rng(campaign))
    names = Names(campaign)
    for start in range(0, len(rows), BATCH):
        names.note(rows[start : start + BATCH])
        _load(campaign, rows[start : start + BATCH], base, turns)
    if names.items:
        log(campaign.project, "names found", None, campaign=campaign.pk, items=names.items, names=names.names)
    if len(rows) > BATCH:
        refresh_statistics(Item, Assignment)
    live = [row["overlap"] for row in rows if row["role"] == ROLES.LIVE]
    Campaign.objects.filter(pk=campaign.pk).update(
        item_count=F("item_count") + len(rows),
        live_count=F("live_count") + len(live),
        slot_count=F("slot_count") + sum(live),
    )
    return campaign.item_count + len(rows)


def _rng(campaign: Campaign) -> random.Random:
    return random.Random(campaign.seed + campaign.item_count)  # noqa: S311 - an order that can be replayed


def _in_order(campaign: Campaign, items: list[NewItem]) -> list[NewItem]:
    """Return training as it is given, then the others in an order drawn from the seed, blocks together."""
    training = [item for item in items if item.role == ROLES.TRAINING]
    others = [item for item in items if item.role != ROLES.TRAINING]
    _rng(campaign).shuffle(others)
    if campaign.design != Campaign.Design.BLOCKS:
        return training + others
    together: dict[tuple[str, int], list[NewItem]] = {}
    for at, item in enumerate(others):
        key = ("item", at) if item.block is None else ("block", item.block)
        together.setdefault(key, []).append(item)
    return training + [item for group in together.values() for item in group]


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
        "block": item.block if campaign.design == Campaign.Design.BLOCKS else None,
        "identifies": [],
        "priority": item.priority,
        "why": item.why,
        "position": position,
        "overlap": item.overlap or (everyone if item.role in FOR_EVERYONE else campaign.overlap),
    }


def _load(campaign: Campaign, rows: Sequence[Row], base: int, turns: Turns) -> None:
    """Insert items with their open places."""
    ids = allocate_ids(Item, len(rows))
    bulk_load(Item, ["id", *rows[0]], ([pk, *row.values()] for pk, row in zip(ids, rows, strict=True)))
    load_places(
        (pk, campaign.pk, lane_of(row["role"]), slot, base + turns(row, slot))
        for pk, row in zip(ids, rows, strict=True)
        for slot in range(1, row["overlap"] + 1)
    )


def load_places(places: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Insert open places given as (item, campaign, lane, slot, turn)."""
    rows = list(places)
    blank: dict[str, Any] = {"state": "open", "swapped": False, "seed": 0, "not_before": 0, "guidelines": 0}
    blank |= {"set_aside": False}
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


@transaction.atomic
def set_priority(campaign: Campaign, items: Iterable[Item], priority: int, *, user: User | None = None) -> int:
    """Ask these items sooner (or later) than those of a lower priority; return how many changed.

    It reaches everybody with their next claim, also who has been further on in the queue already.
    """
    if abs(priority) > MOST_URGENT:
        raise BadItem(f"priority {priority} is not from -{MOST_URGENT} to {MOST_URGENT}")
    # Its row first, as everybody who changes a campaign's queue does.
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    wanted = [item.pk for item in items]
    changed = 0
    for before in set(campaign.items.filter(pk__in=wanted).values_list("priority", flat=True)) - {priority}:
        moved = campaign.items.filter(pk__in=wanted, priority=before)
        places = Assignment.objects.filter(item__in=moved.values("pk"), state__in=["open", "leased"])
        places.update(turn=F("turn") - (priority - before) * PRIORITY)
        changed += moved.update(priority=priority)
    first = Assignment.objects.filter(item__in=wanted, lane=Lane.WORK, state="open").aggregate(turn=Min("turn"))["turn"]
    if changed and first is not None:
        campaign.participants.filter(cursor__gt=first).update(cursor=first)
        log(campaign.project, "campaign priority", user, campaign=campaign.pk, items=changed, priority=priority)
    return changed
