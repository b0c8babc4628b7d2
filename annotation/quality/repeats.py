"""Exact repeats: a person's own item, asked once more after enough others, to see whether they say the same."""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac

from annotation.models import ROLES, Assignment, Item, Participant
from annotation.quality.policy import Repeats

FIRST_POSITION = 1_000_000_000  # repeats stand behind all other items, each at a place of its own


def plan(participant: Participant, task: Assignment, answers: dict[str, Any], setting: Repeats) -> None:
    """Ask this item again later, at the set rate: two statements, drawn by a keyed hash.

    What was said is kept with the participant, so that the repeat is judged without looking anything up. A list comes
    in another order each time, and is compared by what stands in it.
    """
    digest = salted_hmac("annotation.quality.repeat", f"{participant.pk}:{task.pk}").digest()
    if int.from_bytes(digest[:8]) >= setting.rate * 2**64:
        return
    original = task.item
    copy = Item.objects.create(
        campaign_id=task.campaign_id,
        battle_id=original.battle_id,
        response_id=original.response_id,
        prompt_id=original.prompt_id,
        listed=original.listed,
        identifies=original.identifies,
        role=ROLES.REPEAT,
        original=original,
        position=FIRST_POSITION + task.pk,
        overlap=1,
    )
    Assignment.objects.create(
        item=copy,
        campaign_id=task.campaign_id,
        slot=1,
        lane=Assignment.Lane.CHECK,
        reserved_for_id=participant.user_id,
        not_before=participant.done + setting.distance,
        turn=copy.position,
    )
    participant.quality.setdefault("pending", {})[str(copy.pk)] = {"of": task.pk, "answers": answers}


def take(participant: Participant, task: Assignment) -> dict[str, Any] | None:
    """Return what this person said the first time, and forget it."""
    kept = participant.quality.get("pending", {}).pop(str(task.item_id), None)
    return None if kept is None else dict(kept["answers"])


def correct(participant: Participant, task: Assignment, answers: dict[str, Any]) -> None:
    """Compare a repeat with the changed answer rather than with the one it replaced."""
    for kept in participant.quality.get("pending", {}).values():
        if kept["of"] == task.pk:
            kept["answers"] = answers
