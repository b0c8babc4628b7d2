"""Battles between responses that a rater sees in one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from domain.models import Battle, Project

Listing = tuple[int, tuple[int, ...]]  # a prompt and the responses to it, by id


def record_battles(project: Project, listings: Iterable[Listing]) -> None:
    """Put the battles between listed responses on record, so that their verdicts have somewhere to stand."""
    Battle.objects.bulk_create(
        (
            Battle(project=project, prompt_id=prompt_id, response_a_id=low, response_b_id=high)
            for prompt_id, listed in listings
            for low, high in combinations(sorted(listed), 2)
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )


def battles_of(lists: Sequence[Sequence[int]]) -> dict[tuple[int, int], int]:
    """Return the battle of every two responses of the same list, by their ids, the lower one first."""
    ids = {pk for listed in lists for pk in listed}
    found = Battle.objects.filter(response_a__in=ids, response_b__in=ids)
    return {(low, high): pk for pk, low, high in found.values_list("pk", "response_a_id", "response_b_id")}
