"""Checks for campaigns that show lists: a planted response that must come last, and lists that say what to answer."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from annotation.listings import Listing
from annotation.models import ROLES, Campaign, Item
from annotation.quality.orders import Order, order_json
from annotation.services import NewItem
from domain.models import Response

PLACE = "This is a check that somebody reads what is shown. Please give this answer place {place}."
EXTREME = "This is a check that somebody reads what is shown. Please choose this answer as the {which}."
NEITHER = "This is a check that somebody reads what is shown. Please choose this answer neither as best nor as worst."


def list_twins(items: Sequence[Item], donors: Sequence[Item], criterion: str, rng: random.Random) -> Iterable[NewItem]:
    """Yield each list with one response replaced by an answer to another question, which must come last.

    A copy with smaller damage would not do: it may still be better than another response of the list. Nothing is made
    where all lists are about the same prompt.
    """
    for item in items:
        strange = [pk for other in donors if other.prompt_id != item.prompt_id for pk in other.listed or ()]
        text = _text(rng.choice(strange)) if strange else ""
        if not text:
            continue
        planted = rng.choice(item.listed or [])
        expected = {criterion: order_json(Order(worst=planted))}
        yield NewItem(_listing(item), role=ROLES.TWIN, expected=expected, altered={str(planted): text}, original=item)


def list_attention(items: Sequence[Item], campaign: Campaign, criterion: str, rng: random.Random) -> Iterable[NewItem]:
    """Yield lists whose responses say where they are to be put."""
    for item in items:
        drawn = rng.sample(item.listed or [], len(item.listed or []))
        if campaign.task == Campaign.Task.RANKING:
            order = Order({pk: place for place, pk in enumerate(drawn, start=1)})
            altered = {str(pk): PLACE.format(place=place) for pk, place in order.places.items()}
        else:
            order = Order(best=drawn[0], worst=drawn[-1])
            altered = dict.fromkeys(map(str, drawn), NEITHER)
            altered |= {str(drawn[0]): EXTREME.format(which="best"), str(drawn[-1]): EXTREME.format(which="worst")}
        expected: dict[str, Any] = {criterion: order_json(order)}
        yield NewItem(_listing(item), role=ROLES.ATTENTION, expected=expected, altered=altered)


def _listing(item: Item) -> Listing:
    assert item.prompt_id is not None  # noqa: S101 - item_has_one_target
    return Listing(item.prompt_id, tuple(item.listed or ()))


def _text(pk: int) -> str:
    return Response.objects.values_list("content", flat=True).get(pk=pk) or ""
