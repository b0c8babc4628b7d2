"""What one person reads in one task, in the order in which they see it: the one place that decides it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.identity import masked
from annotation.models import Assignment, Item
from domain.models import Prompt, Response

LABELS = "ABCDEFGH"
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Material:
    """A prompt's turns as (role, text), its reference, and its responses: left before right, or by their labels."""

    turns: tuple[tuple[str, str], ...]
    reference: str
    texts: tuple[str, ...]


def material_of(task: Assignment) -> Material:
    """Return what the task shows. The item and what it refers to should be loaded (``with_material``)."""
    prompt = prompt_of(task.item)
    return Material(
        shown_turns(task.item), shown_text(prompt.reference, task.item.identifies, REFERENCE), texts_of(task)
    )


def prompt_of(item: Item) -> Prompt:
    """Return what the responses of an item answer."""
    about = item.response or item.battle
    prompt = about.prompt if about else item.prompt
    assert prompt is not None  # noqa: S101 - item_has_one_target
    return prompt


def shown_turns(item: Item) -> tuple[tuple[str, str], ...]:
    """Return the conversation before the responses as (role, text), without hidden names."""
    turns = enumerate(prompt_of(item).turns)
    return tuple((t["role"], shown_text(t["content"], item.identifies, _side(at, t))) for at, t in turns)


def prompt_texts(prompt: Prompt) -> dict[str, str]:
    """Return the texts of a prompt by side: "asked.0", "answered.1", ... and "reference"."""
    texts = {_side(at, turn): turn["content"] for at, turn in enumerate(prompt.turns)}
    return texts | ({REFERENCE: prompt.reference} if prompt.reference else {})


def is_asked(side: str) -> bool:
    """Return whether a side is what researchers put before people: no system on record need have written it."""
    return side == REFERENCE or side.startswith("asked.")


def _side(at: int, turn: dict[str, Any]) -> str:
    return f"{'answered' if turn['role'] == 'assistant' else 'asked'}.{at}"


def texts_of(task: Assignment) -> tuple[str, ...]:
    """Return the texts alone, as they are shown: altered for a twin or an attention check, without hidden names."""
    item = task.item
    if item.response is not None:
        return (_shown(item, "response", item.response.content),)
    if item.battle is not None:
        battle = item.battle
        texts = (_shown(item, "a", battle.response_a.content), _shown(item, "b", battle.response_b.content))
        return texts[::-1] if task.swapped else texts
    by_id = Response.objects.in_bulk(item.listed or [])
    return tuple(_shown(item, str(pk), by_id[pk].content) for pk in shown_order(task))


def _shown(item: Item, side: str, content: str | None) -> str:
    return shown_text((item.altered or {}).get(side, content) or "", item.identifies, side)


def shown_text(text: str, names: Iterable[dict[str, Any]], side: str) -> str:
    """Return a text without the names that are hidden on its side of an item (``Item.identifies``)."""
    hidden = [(name["start"], name["end"]) for name in names if name["hidden"] and name["side"] == side]
    return masked(text, hidden) if hidden else text


def shown_order(task: Assignment) -> tuple[int, ...]:
    """Return the ids of a listed item's responses as this person sees them: the first is A. No query.

    The order is drawn from the assignment's seed, so that it is on record and can be drawn again.
    """
    return permuted(task.item.listed or [], task.seed)


def permuted(listed: Sequence[int], seed: int) -> tuple[int, ...]:
    """Return ids in the order that a seed gives, whatever order they come in."""
    rng = random.Random(seed)  # noqa: S311 - a design that must be repeatable, not a secret
    drawn = {pk: rng.random() for pk in sorted(listed)}
    return tuple(sorted(drawn, key=drawn.__getitem__))
