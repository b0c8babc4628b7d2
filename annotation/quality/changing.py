"""Changing a campaign's policy while people work: checked, logged, and in force from the next answer."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from annotation.models import Campaign
from annotation.quality.policy import Policy
from domain.services import log


@transaction.atomic
def set_policy(campaign: Campaign, data: Any, *, by: User | None) -> Policy:
    """Give a campaign a policy, written in full. Counts so far stay. Raises BadPolicy."""
    new = Policy.from_json(data)
    current: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("project").get(pk=campaign.pk)
    before = Policy.from_json(current.quality)
    current.quality = new.as_json()
    current.save(update_fields=["quality"])
    if new != before:
        log(current.project, "quality policy changed", by, campaign=campaign.pk, changes=_differences(before, new))
    return new


def _differences(before: Policy, after: Policy) -> dict[str, Any]:
    old, new = before.as_json(), after.as_json()
    return {
        f"{part}.{name}": {"from": old[part][name], "to": value}
        for part, settings in new.items()
        for name, value in settings.items()
        if old[part][name] != value
    }
