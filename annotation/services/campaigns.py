"""Setting up a campaign and running it: what researchers do."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.errors import NotOpen
from annotation.models import Assignment, Campaign, Item, Participant
from annotation.services.queue import end_of_queue
from domain.bulk import allocate_ids, bulk_load, refresh_statistics
from domain.models import Battle, Project, Response, Rubric
from domain.services import freeze, log
from domain.specs import Kind

State = Campaign.State
BATCH = 1000  # rows per insert: a claim waits for no longer transaction on SQLite than one of these


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item with a role of its own.

    Calibration and training need ``expected``, the right answers by criterion, choices in the battle's frame:
    ``{"preference": {"choice": "A"}}``, ``{"helpfulness": 4}``.
    """

    target: Battle | Response
    role: str = "live"
    expected: dict[str, Any] | None = None
    why: str = ""
    overlap: int | None = None


Target = Battle | Response | NewItem


@transaction.atomic
def create_campaign(
    *,
    project: Project,
    rubric: Rubric,
    name: str,
    items: Iterable[Target] = (),
    task: str | None = None,
    overlap: int = 1,
    guidelines: str = "",
    lease_minutes: int = 20,
    per_person_cap: int | None = None,
    annotators: Iterable[User] | None = None,
    seed: int | None = None,
    selection: dict[str, Any] | None = None,
    user: User | None = None,
) -> Campaign:
    """Make a campaign in draft: nobody is asked before ``open_campaign``.

    ``items`` are battles for a rubric of choices and responses for one of scores; their order is drawn from ``seed``,
    calibration items among the others. ``annotators`` None: every member who may annotate; else only these.
    """
    campaign = Campaign.objects.create(
        project=project,
        rubric=rubric,
        name=name,
        task=task or usual_task(rubric),
        overlap=overlap,
        guidelines=guidelines,
        lease_minutes=lease_minutes,
        per_person_cap=per_person_cap,
        open_to_members=annotators is None,
        seed=secrets.randbits(32) if seed is None else seed,
        selection=selection or {},
        created_by=user,
    )
    set_annotators(campaign, annotators, user=user)
    add_items(campaign, items)
    log(project, "campaign created", user, campaign=campaign.pk, name=name)
    return campaign


def usual_task(rubric: Rubric) -> str:
    """Return what a campaign on this rubric asks for unless somebody says otherwise."""
    return Campaign.Task.DIRECT if rubric.kind == Kind.SCORE else Campaign.Task.PAIRWISE


@transaction.atomic
def add_items(campaign: Campaign, items: Iterable[Target]) -> int:
    """Put items at the end of a campaign, in an order drawn from its seed, and return how many there are now."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state == State.CLOSED:
        raise NotOpen("The campaign is closed; make a new one for further items.")
    new = [item if isinstance(item, NewItem) else NewItem(item) for item in items]
    random.Random(campaign.seed + campaign.item_count).shuffle(new)  # noqa: S311 - an order that can be replayed
    everyone = max(campaign.overlap, campaign.participants.count())
    rows = [_item_row(campaign, item, campaign.item_count + at, everyone) for at, item in enumerate(new)]
    base = 0 if campaign.state == State.DRAFT else end_of_queue(timezone.now())
    for start in range(0, len(rows), BATCH):
        _load(campaign, rows[start : start + BATCH], base)
    if len(rows) > BATCH:
        refresh_statistics(Item, Assignment)
    slots = sum(row["overlap"] for row in rows)
    Campaign.objects.filter(pk=campaign.pk).update(
        item_count=F("item_count") + len(rows), slot_count=F("slot_count") + slots
    )
    return campaign.item_count + len(rows)


def _item_row(campaign: Campaign, item: NewItem, position: int, everyone: int) -> dict[str, Any]:
    """Calibration and training are for everyone, live items and repeats for as many as the campaign says."""
    asked = campaign.overlap if item.role in ("live", "repeat") else everyone
    battle = isinstance(item.target, Battle)
    return {
        "campaign_id": campaign.pk,
        "battle_id": item.target.pk if battle else None,
        "response_id": None if battle else item.target.pk,
        "role": item.role,
        "expected": item.expected,
        "identifies": [],
        "priority": 0,
        "why": item.why,
        "position": position,
        "overlap": item.overlap or asked,
    }


def _load(campaign: Campaign, rows: Sequence[dict[str, Any]], base: int) -> None:
    """Insert items with their open places: the places of one item follow each other in the queue."""
    ids = allocate_ids(Item, len(rows))
    bulk_load(Item, ["id", *rows[0]], ([pk, *row.values()] for pk, row in zip(ids, rows, strict=True)))
    places = [
        (pk, campaign.pk, slot, base + row["position"] * 1000 + slot)
        for pk, row in zip(ids, rows, strict=True)
        for slot in range(1, row["overlap"] + 1)
    ]
    _load_places(places)


def _load_places(places: Sequence[tuple[int, int, int, int]]) -> None:
    """Insert open places given as (item, campaign, slot, turn)."""
    ids = allocate_ids(Assignment, len(places))
    blank: dict[str, Any] = {"state": "open", "swapped": False, "seed": 0, "lane": 0, "not_before": 0, "guidelines": 0}
    blank |= dict.fromkeys(("key", "body_hash", "skip_reason", "note", "flag"), "")
    bulk_load(
        Assignment,
        ["id", "item_id", "campaign_id", "slot", "turn", *blank],
        ([pk, *place, *blank.values()] for pk, place in zip(ids, places, strict=True)),
    )


@transaction.atomic
def set_annotators(campaign: Campaign, users: Iterable[User] | None, *, user: User | None = None) -> None:
    """Say who may rate: these people, or with None every member who may annotate.

    Who is left out gets no further tasks; their answers stay. Calibration items grow with the number of people.
    """
    Campaign.objects.filter(pk=campaign.pk).update(open_to_members=users is None)
    if users is None:
        campaign.participants.filter(is_active=False).update(is_active=True)
        return
    chosen = {one.pk for one in users}
    Participant.objects.bulk_create(
        [Participant(campaign=campaign, user_id=pk) for pk in sorted(chosen)], ignore_conflicts=True
    )
    campaign.participants.filter(user__in=chosen).update(is_active=True)
    campaign.participants.exclude(user__in=chosen).update(is_active=False)
    make_room(campaign)
    log(campaign.project, "campaign annotators", user, campaign=campaign.pk, people=sorted(chosen))


def make_room(campaign: Campaign) -> None:
    """Open places on calibration and training items until everyone who takes part can answer them.

    The caller holds the lock of the campaign's row: two at once would open the same places.
    """
    everyone = campaign.participants.count()
    short = campaign.items.filter(role__in=["calibration", "training"], overlap__lt=everyone)
    for item in list(short):
        before = item.overlap
        Item.objects.filter(pk=item.pk).update(overlap=everyone)
        turn = item.position * 1000
        _load_places([(item.pk, campaign.pk, slot, turn + slot) for slot in range(before + 1, everyone + 1)])
        Campaign.objects.filter(pk=campaign.pk).update(slot_count=F("slot_count") + everyone - before)


@transaction.atomic
def open_campaign(campaign: Campaign, *, user: User | None = None) -> Campaign:
    """Start or go on handing out tasks. The rubric is frozen: what people answer must keep its question."""
    return _move(campaign, State.OPEN, (State.DRAFT, State.PAUSED), user)


@transaction.atomic
def pause_campaign(campaign: Campaign, *, user: User | None = None) -> Campaign:
    """Hand out no further tasks for now; what people are answering is still taken."""
    return _move(campaign, State.PAUSED, (State.OPEN,), user)


@transaction.atomic
def close_campaign(campaign: Campaign, *, user: User | None = None) -> Campaign:
    """End it. What comes later is kept and does not count."""
    return _move(campaign, State.CLOSED, (State.DRAFT, State.OPEN, State.PAUSED), user)


def _move(campaign: Campaign, to: str, allowed: tuple[str, ...], user: User | None) -> Campaign:
    current: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("rubric").get(pk=campaign.pk)
    if current.state == to:
        return current
    if current.state not in allowed:
        raise NotOpen(f"The campaign is {current.state}; only a campaign that is {' or '.join(allowed)} can be {to}.")
    if to == State.OPEN:
        _begin(current)
    if to == State.CLOSED:
        current.closed_at = timezone.now()
    current.state = to
    current.save(update_fields=["state", "opened_at", "closed_at"])
    log(current.project, f"campaign {to}", user, campaign=current.pk)
    return current


def _begin(campaign: Campaign) -> None:
    if campaign.item_count == 0:
        raise NotOpen("The campaign has no items yet; add some before opening it.")
    freeze(campaign.rubric)
    campaign.opened_at = campaign.opened_at or timezone.now()
