"""Names that give responses away as a page shows them: how many of each system, and each where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.models import Campaign, Item
from annotation.services.naming import TELLING, responses_of
from domain.models import Response

AROUND = 70  # characters on either side
_BLOCK = 500


@dataclass(frozen=True, slots=True)
class SystemLine:
    """In how many items a system's texts name themselves, name a system in passing, and have a name hidden."""

    system: str
    items: int
    telling: int
    mentions: int
    hidden: int


@dataclass(frozen=True, slots=True)
class Place:
    """One name where it stands. ``at`` is its number in the item."""

    item: int
    at: int
    system: str
    role: str
    before: str
    text: str
    after: str
    kind: str
    is_hidden: bool
    judged: str


def by_system(campaign: Campaign) -> list[SystemLine]:
    """Count items by system: also those in which nothing was found, for a share needs both."""
    seen: dict[str, Counter[str]] = {}
    rows = campaign.items.only("battle_id", "response_id", "listed", "identifies").order_by("pk")
    last = 0
    while block := list(rows.filter(pk__gt=last)[:_BLOCK]):
        last = block[-1].pk
        sides = responses_of(block)
        systems = _systems({pk for one in sides.values() for pk in one.values()})
        for item in block:
            for side, pk in sides[item.pk].items():
                seen.setdefault(systems[pk], Counter()).update(_told(item, side))
    lines = [SystemLine(name, n["items"], n["telling"], n["mentions"], n["hidden"]) for name, n in seen.items()]
    return sorted(lines, key=lambda line: (-line.telling, -line.mentions, line.system))


def _systems(pks: Iterable[int]) -> dict[int, str]:
    return dict(Response.objects.filter(pk__in=list(pks)).values_list("pk", "system__name"))


def _told(item: Item, side: str) -> list[str]:
    names = [name for name in item.identifies if name["side"] == side and name.get("judged") != "false_alarm"]
    told = [name["kind"] in TELLING or name.get("judged") == "tells" for name in names]
    return ["items"] + ["telling"] * any(told) + ["mentions"] * (not all(told)) + ["hidden"] * _hides(item, side)


def _hides(item: Item, side: str) -> bool:
    return any(name["hidden"] for name in item.identifies if name["side"] == side)


def places(items: Sequence[Item]) -> list[Place]:
    """Return every name of some items with the words around it."""
    sides = responses_of(items)
    wanted = {pk for one in sides.values() for pk in one.values()}
    rows = Response.objects.filter(pk__in=wanted).values_list("pk", "content", "system__name")
    known = {pk: (content or "", system) for pk, content, system in rows}
    found = []
    for item in items:
        for at, name in enumerate(item.identifies):
            content, system = known[sides[item.pk][name["side"]]]
            text = (item.altered or {}).get(name["side"], content)
            start, end = name["start"], name["end"]
            before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
            said = ("…" * (start > AROUND) + before, text[start:end], after + "…" * (end + AROUND < len(text)))
            judged = name.get("judged", "")
            found.append(Place(item.pk, at, system, item.role, *said, name["kind"], name["hidden"], judged))
    return found
