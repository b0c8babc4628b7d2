"""Names that give a response away: noted when items are made, hidden where the campaign says so, judged by hand.

What an item hides is in the item (``Item.identifies``), so that every role and every kind of task is shown by the same
code, and what people read is on record. It never changes once somebody has seen the item: their answer is about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation.errors import BadItem
from annotation.identity import Found, Kind, identities
from annotation.material import shown_text
from annotation.models import Assignment, Campaign, Item
from domain.models import Battle, Project, Prompt, Response, System
from domain.rendering import render_missing
from domain.services import log

Row = dict[str, Any]
Span = dict[str, Any]  # side, start, end, kind, text, hidden; judged where somebody has looked
TELLING = (Kind.SELF, Kind.OWN)
JUDGED = {"hide": "tells", "show": "false_alarm"}


class Names:
    """Finds names in the texts of new items; a response that stands in many items is read once."""

    def __init__(self, campaign: Campaign) -> None:
        self.hides = campaign.mask_identity
        self.own = own_names(campaign.project)
        self.known: dict[int, list[Found]] = {}
        self.items = self.names = 0

    def note(self, rows: Sequence[Row]) -> None:
        """Put into each row what its texts tell, and render what will be shown in place of texts on record."""
        sides = _sides_of(rows)
        texts = self._read({pk for one in sides for pk in one.values()})
        shown: list[str] = []
        for row, one in zip(rows, sides, strict=True):
            altered = row["altered"] or {}
            told = self._told(one, texts) if altered else set()
            row["identifies"] = spans = []
            for side, pk in one.items():
                content, prompt = texts[pk]
                text = altered.get(side, content)
                found = self._names_in(text, prompt, told) if side in altered else self._names_of(pk, text, prompt)
                spans += [_span(side, name, hides=self.hides) for name in found]
                if side in altered or any(span["hidden"] for span in spans):
                    shown.append(shown_text(text, spans, side))
            self.items += bool(spans)
            self.names += len(spans)
        render_missing(shown)

    def _read(self, wanted: Iterable[int]) -> dict[int, tuple[str, int]]:
        rows = Response.objects.filter(pk__in=list(wanted)).values_list("pk", "content", "prompt")
        return {pk: (content or "", prompt) for pk, content, prompt in rows}

    def _names_of(self, pk: int, text: str, prompt: int) -> list[Found]:
        if pk not in self.known:
            self.known[pk] = self._names_in(text, prompt)
        return self.known[pk]

    def _told(self, sides: dict[str, int], texts: dict[int, tuple[str, int]]) -> set[str]:
        """Return the names that the texts on record give away: a damaged copy may have lost what led to them."""
        names = [name for pk in sides.values() for name in self._names_of(pk, *texts[pk])]
        return {name.text for name in names if name.kind in TELLING}

    def _names_in(self, text: str, prompt: int, told: Iterable[str] = ()) -> list[Found]:
        found = identities(text, own=self.own, told=told)
        if not any(name.kind is Kind.OWN for name in found):
            return found
        turns = Prompt.objects.values_list("turns", flat=True).get(pk=prompt)
        return identities(text, prompt="\n".join(turn["content"] for turn in turns), own=self.own, told=told)


def own_names(project: Project) -> tuple[str, ...]:
    """Return the names and families of a project's systems."""
    rows = System.objects.filter(project=project).values_list("name", "family")
    return tuple(sorted({name for row in rows for name in row if name}))


def _span(side: str, found: Found, *, hides: bool) -> Span:
    told = {"side": side, "start": found.start, "end": found.end, "kind": found.kind.value, "text": found.text}
    return told | {"hidden": hides and found.kind in TELLING}


def _sides_of(rows: Sequence[Row]) -> list[dict[str, int]]:
    """Return the responses of items by side: "a" and "b", "response", or of a list the id itself."""
    fought = Battle.objects.filter(pk__in=[row["battle_id"] for row in rows if row["battle_id"]])
    pairs = {pk: {"a": a, "b": b} for pk, a, b in fought.values_list("pk", "response_a_id", "response_b_id")}
    return [
        pairs[row["battle_id"]]
        if row["battle_id"]
        else {"response": row["response_id"]}
        if row["response_id"]
        else {str(pk): pk for pk in row["listed"]}
        for row in rows
    ]


def responses_of(items: Iterable[Item]) -> dict[int, dict[str, int]]:
    """Return the responses that items show, by item and side."""
    known = list(items)
    rows = [{"battle_id": one.battle_id, "response_id": one.response_id, "listed": one.listed} for one in known]
    return {item.pk: sides for item, sides in zip(known, _sides_of(rows), strict=True)}


# --- Afterwards -------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_masking(campaign: Campaign, hides: bool, *, by: User | None) -> tuple[int, int]:
    """Hide names from now on, or show them; return how many items changed and how many had been shown and did not."""
    current = _locked(campaign)
    telling = list(current.items.exclude(identifies=[]))
    wanted = {item.pk: [span | {"hidden": _is_hidden(span, hides)} for span in item.identifies] for item in telling}
    changing = [item for item in telling if wanted[item.pk] != item.identifies]
    changed = _save(changing, wanted)
    Campaign.objects.filter(pk=current.pk).update(mask_identity=hides)
    campaign.mask_identity = hides
    counts = {"items": changed, "shown_before": len(changing) - changed}
    log(current.project, "names hidden" if hides else "names shown", by, campaign=current.pk, **counts)
    return changed, len(changing) - changed


def _is_hidden(span: Span, hides: bool) -> bool:
    judged = span.get("judged")
    return hides and (judged == "tells" or (judged is None and span["kind"] in TELLING))


@transaction.atomic
def judge_name(item: Item, at: int, verdict: str, *, by: User | None) -> tuple[int, int]:
    """Say of one name that it tells ("hide") or is a false alarm ("show"), wherever the same response is shown.

    Returns how many items changed, and how many had been shown and only note it. Raises BadItem for a name that is not
    there or another word.
    """
    if verdict not in JUDGED or not 0 <= at < len(item.identifies):
        raise BadItem("There is no such name in this item, or nothing of the kind to say about it.")
    current = _locked(item.campaign)
    name = item.identifies[at]
    response = responses_of([item])[item.pk][name["side"]]
    same = (name["start"], name["end"], name["text"])
    telling = list(current.items.exclude(identifies=[]))
    wanted, noted = {}, {}
    for one, sides in zip(telling, responses_of(telling).values(), strict=True):
        hit = [sides[s["side"]] == response and (s["start"], s["end"], s["text"]) == same for s in one.identifies]
        if any(hit):
            judged = [s | {"judged": JUDGED[verdict]} if h else s for s, h in zip(one.identifies, hit, strict=True)]
            noted[one.pk] = judged
            wanted[one.pk] = [
                s | {"hidden": _is_hidden(s, current.mask_identity)} if h else s
                for s, h in zip(judged, hit, strict=True)
            ]
    touched = [one for one in telling if one.pk in wanted]
    changed = _save(touched, wanted, otherwise=noted)
    said = {"text": name["text"], "response": response, "judged": JUDGED[verdict]}
    said |= {"items": changed, "shown_before": len(touched) - changed}
    log(current.project, "name judged", by, campaign=current.pk, **said)
    return changed, len(touched) - changed


def _locked(campaign: Campaign) -> Campaign:
    found: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("project").get(pk=campaign.pk)
    return found


def _save(
    items: Sequence[Item], wanted: dict[int, list[Span]], *, otherwise: dict[int, list[Span]] | None = None
) -> int:
    """Write spans of items that nobody has seen; of the others, what changes nothing on the page."""
    ids = [item.pk for item in items]
    # Their open places are locked first: nobody is handed one of them between this look and the change.
    list(Assignment.objects.filter(item__in=ids, state=Assignment.State.OPEN).select_for_update().values_list("pk"))
    seen = Assignment.objects.filter(item=OuterRef("pk"), annotator__isnull=False)
    unseen = set(Item.objects.filter(pk__in=ids).exclude(Exists(seen)).values_list("pk", flat=True))
    texts: list[str] = []
    for item in items:
        item.identifies = wanted[item.pk] if item.pk in unseen else (otherwise or {}).get(item.pk, item.identifies)
        if item.pk in unseen:
            texts += _texts_shown(item)
    Item.objects.bulk_update(items, ["identifies"], batch_size=200)
    render_missing(texts)
    return len(unseen)


def _texts_shown(item: Item) -> list[str]:
    sides = responses_of([item])[item.pk]
    hidden = {span["side"] for span in item.identifies if span["hidden"]}
    contents = dict(Response.objects.filter(pk__in=[sides[s] for s in hidden]).values_list("pk", "content"))
    altered = item.altered or {}
    return [shown_text(altered.get(s, contents[sides[s]]) or "", item.identifies, s) for s in hidden]
