"""Changing a campaign after it was set up: every change is checked, made under the lock and logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotation.errors import NotOpen
from annotation.models import ROLES, Assignment, Campaign, Item
from annotation.services.items import load_places
from annotation.services.naming import set_masking
from annotation.services.ordering import PRIORITY, SPREAD
from annotation.services.queue import end_of_queue
from domain.services import log

# What may change while people work. The rest decides what an answer means, or belongs to other services.
CHANGEABLE = frozenset(
    {
        "name", "closes_at", "per_person_cap", "lease_minutes", "break_after_minutes", "pay_per_answer", "pay_per_hour",
        "currency", "recruiter", "completion_code", "screened_code", "confidence", "rationale",
    }
)  # fmt: skip
IN_DRAFT = frozenset({"guidelines"})  # once people have read them, a change is a revision


@transaction.atomic
def change_campaign(campaign: Campaign, changes: Mapping[str, Any], *, by: User | None) -> Campaign:
    """Change settings of a campaign and log what they were and are; what stays the same is not mentioned."""
    current = _locked(campaign)
    allowed = CHANGEABLE | IN_DRAFT if current.state == Campaign.State.DRAFT else CHANGEABLE
    if unknown := changes.keys() - allowed:
        raise ValueError(f"{', '.join(sorted(unknown))}: not to be changed here")
    new = {name: value for name, value in changes.items() if getattr(current, name) != value}
    if new:
        said = {name: {"from": _plain(getattr(current, name)), "to": _plain(value)} for name, value in new.items()}
        for name, value in new.items():
            setattr(current, name, value)
        current.save(update_fields=list(new))
        log(current.project, "campaign changed", by, campaign=current.pk, changes=said)
    return current


def _locked(campaign: Campaign) -> Campaign:
    current: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("project").get(pk=campaign.pk)
    return current


def _plain(value: Any) -> Any:
    """Return a value as the log's JSON holds it."""
    if value is None or isinstance(value, str | int | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@transaction.atomic
def raise_overlap(campaign: Campaign, to: int, *, by: User | None) -> Campaign:
    """Ask more people about every live item; the new places come last. Raises NotOpen where that cannot be."""
    current = _locked(campaign)
    if current.state == Campaign.State.CLOSED:
        raise NotOpen("The campaign is closed; make a new one to ask more people.")
    if to < current.overlap:
        raise NotOpen(f"{current.overlap} people are asked about each item already; that cannot become {to}.")
    short = current.items.filter(role=ROLES.LIVE, overlap__lt=to)
    rows = list(short.values_list("pk", "position", "overlap", "priority"))
    if not rows:
        return current
    base = 0 if current.state == Campaign.State.DRAFT else end_of_queue(timezone.now())
    Item.objects.filter(pk__in=[pk for pk, *_ in rows]).update(overlap=to)
    places = [
        (pk, current.pk, int(Assignment.Lane.WORK), slot, base + position * SPREAD + slot - priority * PRIORITY)
        for pk, position, before, priority in rows
        for slot in range(before + 1, to + 1)
    ]
    load_places(places)
    before, current.overlap, current.slot_count = current.overlap, to, current.slot_count + len(places)
    current.save(update_fields=["overlap", "slot_count"])
    log(current.project, "campaign overlap", by, campaign=current.pk, before=before, after=to, places=len(places))
    return current


def set_up(campaign: Campaign, settings: Mapping[str, Any]) -> None:
    """Give a draft the settings that it was made with; making it is what the log has."""
    Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.DRAFT).update(**settings)
    campaign.refresh_from_db()
    if settings.get("mask_identity"):
        set_masking(campaign, True, by=None)
