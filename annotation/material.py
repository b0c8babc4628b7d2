"""What one person reads in one task, in the order in which they see it: the one place that decides it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Assignment
from domain.models import Prompt, Response

LABELS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Material:
    """A prompt and the texts of its responses, left before right, or by their labels."""

    prompt: Prompt
    texts: tuple[str, ...]


def material_of(task: Assignment) -> Material:
    """Return what the task shows. The item and what it refers to should be loaded (``with_material``)."""
    about = task.item.response or task.item.battle
    prompt = about.prompt if about else task.item.prompt
    assert prompt is not None  # noqa: S101 - item_has_one_target
    return Material(prompt, texts_of(task))


def texts_of(task: Assignment) -> tuple[str, ...]:
    """Return the texts alone, as they are shown: of a twin or an attention check, the altered ones."""
    item = task.item
    altered = item.altered or {}
    if item.response is not None:
        return (altered.get("response", item.response.content) or "",)
    if item.battle is not None:
        sides = {"a": item.battle.response_a.content, "b": item.battle.response_b.content} | altered
        texts = (sides["a"] or "", sides["b"] or "")
        return texts[::-1] if task.swapped else texts
    by_id = Response.objects.in_bulk(item.listed or [])
    return tuple(by_id[pk].content or "" for pk in shown_order(task))


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
