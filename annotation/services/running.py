"""Changing a campaign after it was set up: every change is checked, made under the lock and logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from annotation.models import Campaign
from domain.services import log

# What may change while people work. The rest decides what an answer means, or belongs to other services.
CHANGEABLE = frozenset(
    {
        "name", "closes_at", "per_person_cap", "lease_minutes", "break_after_minutes", "pay_per_answer", "pay_per_hour",
        "currency", "recruiter", "completion_code", "screened_code", "confidence", "rationale",
    }
)  # fmt: skip


@transaction.atomic
def change_campaign(campaign: Campaign, changes: Mapping[str, Any], *, by: User | None) -> Campaign:
    """Change settings of a campaign and log what they were and are; what stays the same is not mentioned."""
    if unknown := changes.keys() - CHANGEABLE:
        raise ValueError(f"{', '.join(sorted(unknown))}: not to be changed here")
    current: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("project").get(pk=campaign.pk)
    new = {name: value for name, value in changes.items() if getattr(current, name) != value}
    if new:
        said = {name: {"from": _plain(getattr(current, name)), "to": _plain(value)} for name, value in new.items()}
        for name, value in new.items():
            setattr(current, name, value)
        current.save(update_fields=list(new))
        log(current.project, "campaign changed", by, campaign=current.pk, changes=said)
    return current


def _plain(value: Any) -> Any:
    """Return a value as the log's JSON holds it."""
    if value is None or isinstance(value, str | int | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def set_up(campaign: Campaign, settings: Mapping[str, Any]) -> None:
    """Give a draft the settings that it was made with; making it is what the log has."""
    Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.DRAFT).update(**settings)
    campaign.refresh_from_db()
