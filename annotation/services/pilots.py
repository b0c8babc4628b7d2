"""Going on after a pilot: the rest of the same draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from annotation.choosing import Selection, choose
from annotation.errors import NotOpen
from annotation.listings import Listing
from annotation.models import ROLES, Campaign, Item
from annotation.services.items import Target, add_items
from domain.models import Battle
from domain.services import log


@dataclass(frozen=True, slots=True)
class Rest:
    """What was added, and whether it is the rest of the first draw: texts that came or went since change the draw."""

    added: int
    same_draw: bool


@transaction.atomic
def go_on(campaign: Campaign, *, by: User | None) -> Rest:
    """Add the rest of the draw that a pilot began with. Raises NotOpen without a pilot, or once it went on."""
    current: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("rubric").get(pk=campaign.pk)
    pilot = current.selection.get("pilot")
    if not pilot:
        raise NotOpen("This campaign is no pilot, or it went on already.")
    drawn: Sequence[Target] = choose(current.project, current.rubric.kind, _selection(current), current.task)
    asked = {_key_of_item(item) for item in current.items.filter(role=ROLES.LIVE)}
    rest = [target for target in drawn if _key(target) not in asked][: pilot["of"] - pilot["items"]]
    same = {_key(target) for target in drawn[: pilot["items"]]} == asked
    add_items(current, rest)
    record = {name: value for name, value in current.selection.items() if name != "pilot"}
    Campaign.objects.filter(pk=current.pk).update(selection=record | {"began_with": pilot["items"]})
    log(current.project, "campaign went on", by, campaign=current.pk, added=len(rest), same_draw=same)
    return Rest(len(rest), same)


def _selection(campaign: Campaign) -> Selection:
    kept = campaign.selection
    return Selection(tuple(kept["systems"]), tuple(kept["tags"]), kept["size"], kept["seed"])


def _key(target: Any) -> Any:
    if isinstance(target, Listing):
        return ("list", target.prompt_id, target.responses)
    return ("battle" if isinstance(target, Battle) else "response", target.pk)


def _key_of_item(item: Item) -> Any:
    if item.listed is not None:
        return ("list", item.prompt_id, tuple(item.listed))
    return ("battle", item.battle_id) if item.battle_id else ("response", item.response_id)
