"""Items in the order of how much people disagree about them, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.models import ROLES, Campaign, Review
from annotation.quality.errors import Undefined
from annotation.review.disagreement import disagreement, list_disagreement
from annotation.review.reading import Answered, Settled, agrees, answers_by_item, sames_of, settled_by_item
from annotation.rubrics import spec_of
from domain.specs import CriterionSpec


class Standing(StrEnum):
    """What became of an item; the words are for the page."""

    OPEN = "open"
    CLAIMED = "claimed"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Line:
    """One item. ``disagreement`` is that on the criterion where it is widest (None: there is one answer only)."""

    item: int
    answers: int
    wanted: int
    disagreement: float | None
    criterion: str
    standing: Standing
    is_mine: bool  # this reviewer holds it
    is_own: bool  # this reviewer has answered it as an annotator
    was_left: bool  # this reviewer has given it back
    settled: Settled | None
    agreeing: int  # of the answers, those that are the adjudicated one

    @property
    def is_disputed(self) -> bool:
        """Whether not everybody says the same."""
        return bool(self.disagreement)


@dataclass(frozen=True, slots=True)
class Queue:
    """The lines that were asked for, and how many there are in each standing."""

    lines: list[Line]
    counts: Mapping[Standing, int]


def queue_of(
    campaign: Campaign,
    reviewer: User,
    *,
    criterion: str = "",
    standing: Standing | None = None,
    only_disputed: bool = True,
) -> Queue:
    """Return a campaign's items, the most disputed first.

    In it are items with two counting answers or more, and those that have all the answers they want. ``criterion`` (a
    key) orders by that one alone; otherwise the widest counts, then the mean over all, then the order of the campaign.
    """
    lines = _lines(campaign, reviewer, criterion)
    if only_disputed:
        lines = [line for line in lines if line.is_disputed or line.settled]
    counts = {each: sum(line.standing is each for line in lines) for each in Standing}
    return Queue([line for line in lines if standing is None or line.standing is standing], counts)


def _lines(campaign: Campaign, reviewer: User, criterion: str) -> list[Line]:
    answers, settled = answers_by_item(campaign), settled_by_item(campaign)
    criteria = [one for one in spec_of(campaign).criteria if criterion in ("", one.key)]
    held = _held(campaign)
    left = set(_adjudications(campaign).filter(reviewer=reviewer, state="passed").values_list("item_id", flat=True))
    sames = sames_of(campaign)
    found: list[tuple[float, float, int, Line]] = []
    wanted = campaign.items.filter(role=ROLES.LIVE).values_list("pk", "overlap", "position")
    for item, overlap, position in wanted:
        given = answers.get(item, [])
        if len(given) < min(2, overlap):
            continue
        apart = _apart(given, criteria, is_list=campaign.is_listwise)
        widest = max(apart, key=lambda pair: pair[0], default=None)
        decided = settled.get(item)
        line = Line(
            item=item,
            answers=len(given),
            wanted=overlap,
            disagreement=widest[0] if widest else None,
            criterion=widest[1] if widest else "",
            standing=Standing.CLAIMED if item in held else Standing.SETTLED if decided else Standing.OPEN,
            is_mine=held.get(item) == reviewer.pk,
            is_own=any(one.person == reviewer.pk for one in given),
            was_left=item in left,
            settled=decided,
            agreeing=sum(agrees(one.said, decided.said, sames) for one in given) if decided else 0,
        )
        mean = sum(value for value, _ in apart) / len(apart) if apart else -1.0
        found.append((-(widest[0] if widest else -1.0), -mean, position, line))
    return [line for *_, line in sorted(found, key=lambda row: row[:3])]


def _apart(given: Sequence[Answered], criteria: Sequence[CriterionSpec], *, is_list: bool) -> list[tuple[float, str]]:
    found = []
    for criterion in criteria:
        try:
            if is_list:
                value = list_disagreement([one.said for one in given], criterion)
            else:
                value = disagreement([one.said[criterion.key] for one in given if criterion.key in one.said], criterion)
        except Undefined:
            continue
        found.append((value, criterion.name))
    return found


def _held(campaign: Campaign) -> dict[int, int | None]:
    """Return who is deciding which item now."""
    still = Q(held_until__isnull=True) | Q(held_until__gt=timezone.now())
    return dict(_adjudications(campaign).filter(still, state="open").values_list("item_id", "reviewer_id"))


def _adjudications(campaign: Campaign) -> QuerySet[Review]:
    return Review.objects.filter(item__campaign=campaign, kind=Review.Kind.ADJUDICATION)
