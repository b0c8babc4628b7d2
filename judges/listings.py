"""Lists of responses for judges that see several at once: which there are, and in which order they are shown."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import groupby

from django.db.models import QuerySet

from domain.listings import Listing
from domain.models import Response
from judges.prompts import SEVERAL


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
