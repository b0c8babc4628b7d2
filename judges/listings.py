"""Lists of responses for judges that see several at once: which there are, and in which order they are shown."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby

from django.db.models import QuerySet

from domain.models import Battle, Project, Response
from judges.prompts import SEVERAL

Listing = tuple[int, tuple[int, ...]]  # a prompt and the responses to it, by id, in canonical order


def listings_in(responses: QuerySet[Response]) -> Iterator[Listing]:
    """Yield the lists among responses that have a text: one per prompt that has two to eight of its first sample."""
    rows = responses.order_by("prompt_id", "sample", "pk").values_list("prompt_id", "sample", "pk")
    least, most = SEVERAL
    for prompt_id, group in groupby(rows.iterator(), key=lambda row: row[0]):
        _, first = next(groupby(group, key=lambda row: row[1]))
        listed = tuple(pk for *_, pk in first)
        if least <= len(listed) <= most:
            yield prompt_id, listed


def arranged(listed: Sequence[int], *, prompt_id: int, order: int, repeat: int) -> tuple[int, ...]:
    """Return a list in the order in which it is shown.

    Repeat 0 shows it as it is; a further repeat shuffles it, the same way whenever it is asked. Order 1 turns either
    round, so that every pair is shown both ways.
    """
    shown = list(listed)
    if repeat:
        random.Random(f"{prompt_id}:{repeat}").shuffle(shown)  # noqa: S311 - a design, not a secret
    return tuple(shown[::-1] if order else shown)


def record_battles(project: Project, listings: Sequence[Listing]) -> None:
    """Put the battles between listed responses on record, so that their verdicts have somewhere to stand."""
    Battle.objects.bulk_create(
        (
            Battle(project=project, prompt_id=prompt_id, response_a_id=low, response_b_id=high)
            for prompt_id, listed in listings
            for low, high in combinations(sorted(listed), 2)
        ),
        ignore_conflicts=True,
    )


def battles_of(lists: Sequence[Sequence[int]]) -> dict[tuple[int, int], int]:
    """Return the battle of every two responses of the same list, by their ids, the lower one first."""
    ids = {pk for listed in lists for pk in listed}
    found = Battle.objects.filter(response_a__in=ids, response_b__in=ids)
    return {(low, high): pk for pk, low, high in found.values_list("pk", "response_a_id", "response_b_id")}
