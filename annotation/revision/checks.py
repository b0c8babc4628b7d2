"""What checks expect on criteria that a revision changes: it is kept with the version, and comes back when undone.

A repeat is not held against an answer under the earlier rules, and a calibration item expects nothing on a scale that
is no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotation.models import Campaign, GuidelineVersion, Item, Participant
from annotation.revision.scope import Scope, Sorted

Json = dict[str, Any]


def forget(campaign: Campaign, scope: Scope, answers: Sorted, people: Iterable[Participant]) -> Json:
    """Take expectations on lost criteria back; return them as the version keeps them."""
    kept: Json = {}
    if not scope.lost:
        return kept
    touched = {turn.pk for turn in [*answers.set_aside, *answers.carried]}
    for person in people:
        if taken := _forget_repeats(person, scope.lost, touched):
            kept.setdefault("repeats", {})[str(person.pk)] = taken
            person.save(update_fields=["quality"])
    if scope.rubric is not None and (expected := _forget_expected(campaign, scope.lost)):
        kept["expected"] = expected
    return kept


def _forget_repeats(person: Participant, lost: frozenset[str], touched: set[int]) -> Json:
    taken: Json = {}
    for item, said in person.quality.get("pending", {}).items():
        if said.get("of") in touched and lost & said["answers"].keys():
            taken[item] = said["answers"]
            said["answers"] = _without(said["answers"], lost)
    return taken


def _forget_expected(campaign: Campaign, lost: frozenset[str]) -> Json:
    kept: Json = {}
    items = [item for item in campaign.items.filter(expected__isnull=False) if lost & item.expected.keys()]
    for item in items:
        kept[str(item.pk)] = item.expected
        item.expected = _without(item.expected, lost)
    Item.objects.bulk_update(items, ["expected"], batch_size=200)
    return kept


def remember(version: GuidelineVersion, people: Iterable[Participant]) -> None:
    """Give back what ``forget`` took: to repeats that are still to come, and to items."""
    repeats = version.scope.get("repeats", {})
    for person in people:
        pending = person.quality.get("pending", {})
        mine = {item: said for item, said in repeats.get(str(person.pk), {}).items() if item in pending}
        for item, said in mine.items():
            pending[item]["answers"] = said
        if mine:
            person.save(update_fields=["quality"])
    expected = version.scope.get("expected", {})
    items = list(Item.objects.filter(pk__in=[int(pk) for pk in expected], campaign=version.campaign_id))
    for item in items:
        item.expected = expected[str(item.pk)]
    Item.objects.bulk_update(items, ["expected"], batch_size=200)


def checks_on(campaign: Campaign, criteria: frozenset[str]) -> int:
    """Count the check items that expect an answer to one of these criteria."""
    if not criteria:
        return 0
    expected = campaign.items.filter(expected__isnull=False).values_list("expected", flat=True)
    return sum(bool(criteria & one.keys()) for one in expected)


def _without(answers: Json, lost: frozenset[str]) -> Json:
    return {key: said for key, said in answers.items() if key not in lost}
