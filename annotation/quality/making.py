"""Making checks out of a campaign's own live items: degraded twins and attention checks."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from annotation.models import ROLES, Campaign, Item
from annotation.quality.damage import Damage, Undamageable, damage
from annotation.quality.making_lists import list_attention, list_twins
from annotation.rubrics import spec_of
from annotation.services import NewItem, add_items
from domain.models import Response
from domain.services import log
from domain.specs import CriterionSpec, Kind, RubricSpec

DONORS = 50
CHOOSE = "This is a check that somebody reads what is shown. Please choose {which} for every question."
SCORE = "This is a check that somebody reads what is shown. Please answer {answers}, and go on."


@transaction.atomic
def add_twins(
    campaign: Campaign, n: int, *, seed: int, kinds: Sequence[Damage] = tuple(Damage), user: User | None = None
) -> int:
    """Add up to n degraded twins of live items, drawn by ``seed``, and return how many there are.

    Of a pair, the twin shows one of its responses beside a damaged copy of the same response, and the undamaged one
    must win. Of a response, it shows the damaged copy, which must score lower than this person's scores usually are. Of
    a list, one response is replaced by an answer to another question, which must come last.
    """
    rng = random.Random(seed)  # noqa: S311 - a choice that can be replayed
    if campaign.is_listwise:
        donors, drawn = _drawn(campaign, DONORS, rng), _drawn(campaign, n, rng)
        return _add(campaign, "degraded twins", list_twins(drawn, donors, _question(campaign), rng), user)
    return _add(campaign, "degraded twins", _twins(campaign, n, rng, kinds), user)


@transaction.atomic
def add_attention_checks(campaign: Campaign, n: int, *, seed: int, user: User | None = None) -> int:
    """Add up to n items whose responses say what to answer, on prompts drawn by ``seed``; return how many there are.

    They test reading and nothing else, as recruiters ask: nothing is to be remembered, nothing is written small.
    """
    rng = random.Random(seed)  # noqa: S311
    spec = spec_of(campaign)
    if campaign.is_listwise:
        lists = list_attention(_drawn(campaign, n, rng), campaign, _question(campaign), rng)
        return _add(campaign, "attention checks", lists, user)
    items = (_attention(item, spec, rng) for item in _drawn(campaign, n, rng))
    return _add(campaign, "attention checks", items, user)


def _question(campaign: Campaign) -> str:
    """Return the key of the one question that orders a list."""
    return spec_of(campaign).criteria[0].key


def _add(campaign: Campaign, what: str, items: Iterable[NewItem], user: User | None) -> int:
    new = list(items)
    if new:
        add_items(campaign, new)
    log(campaign.project, f"{what} added", user, campaign=campaign.pk, n=len(new))
    return len(new)


def _drawn(campaign: Campaign, n: int, rng: random.Random) -> list[Item]:
    """Draw live items with their responses."""
    live = campaign.items.filter(role=ROLES.LIVE).order_by("position")
    ids = list(live.values_list("pk", flat=True))
    chosen = rng.sample(ids, min(n, len(ids)))
    items: dict[int, Item] = live.select_related("battle__response_a", "battle__response_b", "response").in_bulk(chosen)
    return [items[pk] for pk in chosen]


def _twins(campaign: Campaign, n: int, rng: random.Random, kinds: Sequence[Damage]) -> Iterable[NewItem]:
    spec, donors = spec_of(campaign), [_texts(item)[0] for item in _drawn(campaign, DONORS, rng)]
    for item in _drawn(campaign, n, rng):
        texts = _texts(item)
        kept = rng.randrange(len(texts))
        try:
            worse = damage(texts[kept], donors, rng, kinds).text
        except Undamageable:
            continue
        if item.battle is None:
            yield NewItem(_target(item), role=ROLES.TWIN, altered={"response": worse}, original=item)
        else:
            good = rng.choice("AB")
            altered = {"a": texts[kept], "b": worse} if good == "A" else {"a": worse, "b": texts[kept]}
            expected = {criterion.key: {"choice": good} for criterion in spec.criteria}
            yield NewItem(item.battle, role=ROLES.TWIN, expected=expected, altered=altered, original=item)


def _attention(item: Item, spec: RubricSpec, rng: random.Random) -> NewItem:
    if item.battle is not None:
        good = rng.choice("AB")
        this, other = CHOOSE.format(which="this answer"), CHOOSE.format(which="the other answer")
        altered = {"a": this, "b": other} if good == "A" else {"a": other, "b": this}
        expected: dict[str, Any] = {criterion.key: {"choice": good} for criterion in spec.criteria}
        return NewItem(item.battle, role=ROLES.ATTENTION, expected=expected, altered=altered)
    expected = {criterion.key: _asked(criterion, rng) for criterion in spec.criteria if criterion.kind is Kind.SCORE}
    answers = " and ".join(f"{_words(criterion, expected[criterion.key])}" for criterion in spec.criteria)
    altered = {"response": SCORE.format(answers=answers)}
    return NewItem(_target(item), role=ROLES.ATTENTION, expected=expected, altered=altered)


def _asked(criterion: CriterionSpec, rng: random.Random) -> float:
    if criterion.values:
        return rng.choice(criterion.values)
    low, high = criterion.minimum or 0.0, criterion.maximum or 0.0
    return round(low + (high - low) * rng.choice([0.1, 0.3, 0.7, 0.9]), 6)


def _words(criterion: CriterionSpec, number: float) -> str:
    """Say an answer as the page says it: by its number, and by what its end of the scale is called."""
    anchor = criterion.anchors.get(number)
    return f"{criterion.name}: {number:g}" + (f" ({anchor})" if anchor else "")


def _texts(item: Item) -> list[str]:
    if item.battle is None:
        return [_target(item).content or ""]
    return [item.battle.response_a.content or "", item.battle.response_b.content or ""]


def _target(item: Item) -> Response:
    response = item.response
    assert response is not None  # noqa: S101 - neither a pair nor a list
    return response
