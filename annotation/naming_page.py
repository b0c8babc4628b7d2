"""Names that give texts away as a page shows them: how many of each system, and each where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.material import REFERENCE, prompt_texts
from annotation.models import Campaign, Item
from annotation.services.finding_names import TELLING, Shown, shown_in
from domain.models import Prompt, Response

AROUND = 70  # characters on either side
PROMPTS = {"asked": "what is asked", "answered": "earlier answers in prompts", REFERENCE: "reference answers"}
_BLOCK = 500


@dataclass(frozen=True, slots=True)
class SystemLine:
    """In how many items the texts of a system, or of prompts, give a name away, mention one, and have one hidden."""

    system: str
    items: int
    telling: int
    mentions: int
    hidden: int
    is_prompt: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One name where it stands: ``system`` is whose text it is, or which part of the prompt. ``at`` is its number."""

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
    """Count items by system, also those in which nothing was found, for a share needs both; then parts of prompts."""
    seen: dict[str, Counter[str]] = {}
    asked: dict[str, Counter[str]] = {}
    rows = campaign.items.only("battle_id", "response_id", "prompt_id", "listed", "identifies").order_by("pk")
    last = 0
    while block := list(rows.filter(pk__gt=last)[:_BLOCK]):
        last = block[-1].pk
        shown = shown_in(block)
        systems = _systems({pk for one in shown.values() for pk in one.responses.values()})
        for item in block:
            responses = shown[item.pk].responses
            for side, pk in responses.items():
                seen.setdefault(systems[pk], Counter()).update(_told(item, {side}))
            for part, sides in _of_prompt(item, responses).items():
                asked.setdefault(part, Counter()).update(_told(item, sides))
    return [*_lines(seen, is_prompt=False), *_lines(asked, is_prompt=True)]


def _lines(counts: dict[str, Counter[str]], *, is_prompt: bool) -> list[SystemLine]:
    lines = [
        SystemLine(name, n["items"], n["telling"], n["mentions"], n["hidden"], is_prompt) for name, n in counts.items()
    ]
    return sorted(lines, key=lambda line: (-line.telling, -line.mentions, line.system))


def _of_prompt(item: Item, responses: Iterable[str]) -> dict[str, set[str]]:
    """Return the sides of a prompt in which something was found, by the part that they are."""
    parts: dict[str, set[str]] = {}
    for side in {name["side"] for name in item.identifies} - set(responses):
        parts.setdefault(_part(side), set()).add(side)
    return parts


def _part(side: str) -> str:
    return PROMPTS[side.partition(".")[0]]


def _systems(pks: Iterable[int]) -> dict[int, str]:
    return dict(Response.objects.filter(pk__in=list(pks)).values_list("pk", "system__name"))


def _told(item: Item, sides: set[str]) -> list[str]:
    here = [name for name in item.identifies if name["side"] in sides]
    names = [name for name in here if name.get("judged") != "false_alarm"]
    told = [name["kind"] in TELLING or name.get("judged") == "tells" for name in names]
    hides = any(name["hidden"] for name in here)
    return ["items"] + ["telling"] * any(told) + ["mentions"] * (not all(told)) + ["hidden"] * hides


def places(items: Sequence[Item]) -> list[Place]:
    """Return every name of some items with the words around it."""
    shown = shown_in(items)
    wanted = {pk for one in shown.values() for pk in one.responses.values()}
    rows = Response.objects.filter(pk__in=wanted).values_list("pk", "content", "system__name")
    known = {pk: (content or "", system) for pk, content, system in rows}
    asked = Prompt.objects.in_bulk({one.prompt for one in shown.values()})
    found = []
    for item in items:
        texts = _texts(shown[item.pk], known, asked)
        for at, name in enumerate(item.identifies):
            text, whose = texts[name["side"]]
            said = _around((item.altered or {}).get(name["side"], text), name["start"], name["end"])
            judged = name.get("judged", "")
            found.append(Place(item.pk, at, whose, item.role, *said, name["kind"], name["hidden"], judged))
    return found


def _texts(shown: Shown, known: dict[int, tuple[str, str]], asked: dict[int, Prompt]) -> dict[str, tuple[str, str]]:
    """Return the texts of an item, each with whose it is."""
    prompts = {side: (text, _part(side)) for side, text in prompt_texts(asked[shown.prompt]).items()}
    return prompts | {side: known[pk] for side, pk in shown.responses.items()}


def _around(text: str, start: int, end: int) -> tuple[str, str, str]:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return "…" * (start > AROUND) + before, text[start:end], after + "…" * (end + AROUND < len(text))
