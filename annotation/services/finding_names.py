"""Looking for names in all that new items show: responses and their altered copies, the prompt and its reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.identity import Found, Kind, addressed, identities, masked
from annotation.material import is_asked, prompt_texts, shown_text
from annotation.models import Campaign, Item
from domain.models import Battle, Project, Prompt, Response, System
from domain.rendering import render_missing

Row = dict[str, Any]
Span = dict[str, Any]  # side, start, end, kind, text, hidden; judged where somebody has looked
TELLING = (Kind.SELF, Kind.ADDRESS, Kind.OWN)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an item shows: its prompt, and responses by side: "a" and "b", "response", or of a list the id itself."""

    prompt: int
    responses: dict[str, int]

    def source(self, side: str) -> tuple[str, int]:
        """Return which text stands on a side: the same for all items that show it."""
        return ("response", self.responses[side]) if side in self.responses else (side, self.prompt)


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt's texts by side, the names in them, and what it brought up: a name that is no topic is left out."""

    texts: dict[str, str]
    names: dict[str, list[Found]]
    topic: str


class Names:
    """Finds names in the texts of new items; a response that stands in many items is read once."""

    def __init__(self, campaign: Campaign) -> None:
        self.hides, self.in_prompts = campaign.mask_identity, hides_in_prompts(campaign)
        self.own = own_names(campaign.project)
        self.known: dict[int, list[Found]] = {}
        self.items = self.names = 0

    def note(self, rows: Sequence[Row]) -> None:
        """Put into each row what its texts tell, and render what will be shown in place of texts on record."""
        shown = shown_by(rows)
        texts = self._read({pk for one in shown for pk in one.responses.values()})
        prompts = self._read_prompts({one.prompt for one in shown})
        replaced: list[str] = []
        for row, one in zip(rows, shown, strict=True):
            asked = prompts[one.prompt]
            here = {side: (texts[pk], pk) for side, pk in one.responses.items()}
            row["identifies"] = spans = self._in_responses(row["altered"] or {}, here, asked.topic, replaced)
            for side, found in asked.names.items():
                new = [self._span(side, name) for name in found]
                replaced += [shown_text(asked.texts[side], new, side)] * any(span["hidden"] for span in new)
                spans += new
            self.items += bool(spans)
            self.names += len(spans)
        render_missing(replaced)

    def _in_responses(
        self, altered: dict[str, str], here: dict[str, tuple[str, int]], topic: str, replaced: list[str]
    ) -> list[Span]:
        told = self._told(here, topic) if altered else set()
        spans: list[Span] = []
        for side, (content, pk) in here.items():
            text = altered.get(side, content)
            found = (
                identities(text, prompt=topic, own=self.own, told=told)
                if side in altered
                else self._names_of(pk, text, topic)
            )
            new = [self._span(side, name) for name in found]
            if side in altered or any(span["hidden"] for span in new):
                replaced.append(shown_text(text, new, side))
            spans += new
        return spans

    def _span(self, side: str, found: Found) -> Span:
        told = {"side": side, "start": found.start, "end": found.end, "kind": found.kind.value, "text": found.text}
        return told | {"hidden": is_hidden(told, hides=self.hides, in_prompts=self.in_prompts)}

    def _read(self, wanted: Iterable[int]) -> dict[int, str]:
        rows = Response.objects.filter(pk__in=list(wanted)).values_list("pk", "content")
        return {pk: content or "" for pk, content in rows}

    def _read_prompts(self, wanted: Iterable[int]) -> dict[int, Asked]:
        return {one.pk: self._asked(one) for one in Prompt.objects.filter(pk__in=list(wanted))}

    def _asked(self, prompt: Prompt) -> Asked:
        texts, names, topic = prompt_texts(prompt), {}, ""
        for side, text in texts.items():
            if side.startswith("asked"):
                names[side] = addressed(text, own=self.own)
                said = [(name.start, name.end) for name in names[side] if name.kind in TELLING]
                topic += masked(text, said) + "\n"
            else:
                names[side] = identities(text, prompt=topic, own=self.own)
        return Asked(texts, {side: found for side, found in names.items() if found}, topic)

    def _names_of(self, pk: int, text: str, topic: str) -> list[Found]:
        if pk not in self.known:
            self.known[pk] = identities(text, prompt=topic, own=self.own)
        return self.known[pk]

    def _told(self, here: dict[str, tuple[str, int]], topic: str) -> set[str]:
        """Return the names that the texts on record give away: a damaged copy may have lost what led to them."""
        names = [name for content, pk in here.values() for name in self._names_of(pk, content, topic)]
        return {name.text for name in names if name.kind in TELLING}


def hides_in_prompts(campaign: Campaign) -> bool:
    """Return whether names that tell are hidden in prompts and references too; kept beside how items were chosen."""
    return bool(campaign.selection.get("hides_in_prompts"))


def is_hidden(span: Span, *, hides: bool, in_prompts: bool) -> bool:
    """Return whether people read a mask in place of a name, under a campaign's settings and what was judged of it."""
    if not hides or span.get("judged") == "false_alarm":
        return False
    if span.get("judged") == "tells":
        return True
    return span["kind"] in TELLING and (in_prompts or not is_asked(span["side"]))


def own_names(project: Project) -> tuple[str, ...]:
    """Return the names and families of a project's systems."""
    rows = System.objects.filter(project=project).values_list("name", "family")
    return tuple(sorted({name for row in rows for name in row if name}))


def shown_by(rows: Sequence[Row]) -> list[Shown]:
    """Return what items show, of rows that name their target."""
    fought = Battle.objects.filter(pk__in=[row["battle_id"] for row in rows if row["battle_id"]])
    pairs = {pk: Shown(prompt, {"a": a, "b": b}) for pk, prompt, a, b in fought.values_list(
        "pk", "prompt", "response_a_id", "response_b_id"
    )}  # fmt: skip
    alone = Response.objects.filter(pk__in=[row["response_id"] for row in rows if row["response_id"]])
    prompts = dict(alone.values_list("pk", "prompt"))
    return [
        pairs[row["battle_id"]]
        if row["battle_id"]
        else Shown(prompts[row["response_id"]], {"response": row["response_id"]})
        if row["response_id"]
        else Shown(row["prompt_id"], {str(pk): pk for pk in row["listed"]})
        for row in rows
    ]


def shown_in(items: Iterable[Item]) -> dict[int, Shown]:
    """Return what items show, by item."""
    known = list(items)
    fields = ("battle_id", "response_id", "prompt_id", "listed")
    rows = [{name: getattr(one, name) for name in fields} for one in known]
    return {item.pk: shown for item, shown in zip(known, shown_by(rows), strict=True)}
