"""Adjudicated answers as the expected answers of calibration items."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from annotation.answers import from_json
from annotation.errors import BadItem
from annotation.listings import Listing
from annotation.material import permuted
from annotation.models import ROLES, Campaign, Item, Review
from annotation.quality.orders import order_json, order_of
from annotation.review.reading import settled_by_item
from annotation.rubrics import spec_of
from annotation.services import NewItem, add_items
from domain.choices import Outcome
from domain.services import log

WHY = "Reviewers settled this one."


def targets_of(campaign: Campaign) -> QuerySet[Campaign]:
    """Return the campaigns that can take a campaign's settled items as checks: the same rubric, not closed, not itself.

    In the campaign itself, people would meet the same item once as work and once as a check.
    """
    others = Campaign.objects.filter(project=campaign.project_id, rubric=campaign.rubric_id, task=campaign.task)
    return others.exclude(pk=campaign.pk).exclude(state=Campaign.State.CLOSED).order_by("name")


@transaction.atomic
def add_adjudicated_items(
    campaign: Campaign, target: Campaign, *, items: Collection[int] | None = None, user: User | None = None
) -> int:
    """Ask settled items (of ``items``, those) in another campaign as calibration items; return how many are new.

    What the other campaign asks about already is left out. Raises BadItem where the other cannot take them.
    """
    if not targets_of(campaign).filter(pk=target.pk).exists():
        raise BadItem(f"{target.name} asks something else, or is closed; choose another campaign with the same rubric.")
    expected = {pk: wanted for pk, wanted in _expected(campaign).items() if items is None or pk in items}
    asked = {_name(item) for item in target.items.all()}
    rows = Item.objects.filter(pk__in=expected).select_related("battle", "response").order_by("position")
    new = [
        NewItem(_target(item), role=ROLES.CALIBRATION, expected=expected[item.pk], why=WHY)
        for item in rows
        if _name(item) not in asked
    ]
    if new:
        add_items(target, new)
    details = {"campaign": target.pk, "n": len(new), "adjudicated_in": campaign.pk}
    log(campaign.project, "calibration items added", user, **details)
    return len(new)


def _name(item: Item) -> tuple[int | None, int | None, tuple[int, ...]]:
    return item.battle_id, item.response_id, tuple(sorted(item.listed or ()))


def _target(item: Item) -> Any:
    if item.listed is not None and item.prompt_id is not None:
        return Listing(item.prompt_id, tuple(item.listed))
    return item.battle or item.response


def _expected(campaign: Campaign) -> dict[int, dict[str, Any]]:
    """Return what was adjudicated as ``Item.expected`` spells it; how strong a preference is is not expected."""
    settled = {pk: decided for pk, decided in settled_by_item(campaign).items() if decided.said}
    if not campaign.is_listwise:
        return {pk: {key: _spelled(value) for key, value in decided.said.items()} for pk, decided in settled.items()}
    spec = spec_of(campaign)
    reviews: Mapping[int, Review] = Review.objects.select_related("item").in_bulk(
        [decided.review for decided in settled.values()]
    )
    found = {}
    for pk, decided in settled.items():
        review = reviews[decided.review]
        shown = permuted(review.item.listed or (), review.seed)
        order = order_of(from_json(review.answer, spec, campaign.task), shown)
        if order is not None:
            found[pk] = {spec.criteria[0].key: order_json(order)}
    return found


def _spelled(value: Any) -> Any:
    return {"choice": value} if value in set(Outcome) else value
