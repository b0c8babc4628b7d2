"""Pairs of a campaign's people who answer alike beyond chance, for its quality page. A flag, and nothing follows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from annotation.models import ROLES, Assignment, Campaign, Participant
from annotation.quality.copying import Alike, Said, alike
from annotation.quality.reading import HAS_ANSWER
from annotation.rubrics import rubric_of

ROLES_READ = (ROLES.LIVE, ROLES.CALIBRATION, ROLES.TWIN)  # not what everybody was told, or what says what to answer
WORDS = {
    "errors": "make the same mistakes",
    "texts": "give reasons in the same words",
    "times": "take the same time, to the millisecond",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people and what they share, in words."""

    one: Participant
    other: Participant
    words: str
    shared: int
    expected: float
    p_value: float


def pairs_of(campaign: Campaign) -> list[Pair]:
    """Return the pairs that are alike beyond chance: two statements, whose cost grows with the answers."""
    found = alike(*answers_of(campaign))
    people = {row.user_id: row for row in campaign.participants.select_related("user")} if found else {}
    return [_pair(one, people) for one in found if set(one.people) <= people.keys()]


def _pair(found: Alike, people: dict[int, Participant]) -> Pair:
    one, other = found.people
    return Pair(people[one], people[other], WORDS[found.kind], found.shared, found.expected, found.p_value)


def answers_of(campaign: Campaign) -> tuple[list[Said], dict[int, Hashable]]:
    """Read what people said to the first criterion, with their reasons and times, and what is known to be right.

    Of a list no single answer stands for the whole: each counts as given by one person alone.
    """
    criterion = rubric_of(campaign).criteria.all()[0]
    turns = Assignment.objects.filter(
        HAS_ANSWER, campaign=campaign, item__role__in=ROLES_READ, verdict__scores__criterion=criterion.pk
    ).order_by("answered_at", "pk")
    fields = ("item_id", "annotator_id", "item__expected", "verdict__scores__outcome", "verdict__scores__value")
    rows: list[Said] = []
    known: dict[int, Hashable] = {}
    for item, person, expected, outcome, value, text, active in turns.values_list(
        *fields, "verdict__rationale__text", "verdict__active_ms"
    ):
        said: Hashable = value if outcome is None else outcome
        rows.append(Said(item, person, ("list", person) if campaign.is_listwise else said, text or "", active))
        right = None if campaign.is_listwise else _right(expected, criterion.key)
        if right is not None:
            known[item] = right
    return rows, known


def _right(expected: dict[str, Any] | None, key: str) -> Hashable | None:
    want = (expected or {}).get(key)
    return want.get("choice") if isinstance(want, dict) else None if want is None else float(want)
