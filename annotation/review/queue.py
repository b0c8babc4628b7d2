"""Items in the order of how much people disagree about them, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.models import Assignment, Campaign, Review
from annotation.review.ranking import Ranked, ranking_of
from annotation.review.reading import (
    Settled,
    agrees,
    answers_by_item,
    counting,
    sames_of,
    settled_by_item,
    settling,
)


class Standing(StrEnum):
    """What became of an item; the words are for the page."""

    OPEN = "open"
    CLAIMED = "claimed"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Line:
    """One item as the page shows it. ``ranked`` says how far its answers lie apart."""

    ranked: Ranked
    standing: Standing
    is_mine: bool  # this reviewer holds it
    is_own: bool  # this reviewer has answered it as an annotator
    settled: Settled | None
    agreeing: int  # of the answers, those that are the adjudicated one

    @property
    def item(self) -> int:
        """Its id."""
        return self.ranked.item

    @property
    def answers(self) -> int:
        """How many answers count."""
        return self.ranked.answers

    @property
    def wanted(self) -> int:
        """How many it is to have."""
        return self.ranked.wanted

    @property
    def disagreement(self) -> float | None:
        """How far they lie apart where that is widest (None: no two answers can be compared)."""
        return self.ranked.disagreement

    @property
    def criterion(self) -> str:
        """The name of the criterion where they do."""
        return self.ranked.criterion


@dataclass(frozen=True, slots=True)
class Queue:
    """The items that were asked for, and how many there are in each standing.

    What only a line says is read for the items that are looked at, a page at a time.
    """

    campaign: Campaign
    reviewer: User
    items: list[Ranked]
    counts: Mapping[Standing, int]
    held: Mapping[int, int | None]
    answers: int  # that count, to all live items

    @property
    def lines(self) -> list[Line]:
        """All of them."""
        return self.lines_of(self.items)

    def lines_of(self, items: Sequence[Ranked]) -> list[Line]:
        """Return the lines of some of the items."""
        ids = [one.item for one in items]
        settled = settled_by_item(self.campaign, ids)
        agreeing = _agreeing(self.campaign, settled)
        own = set(answered_by(self.campaign, self.reviewer).filter(item__in=ids).values_list("item_id", flat=True))
        return [
            Line(
                ranked=one,
                standing=_standing(one.item, self.held, settled),
                is_mine=self.held.get(one.item) == self.reviewer.pk,
                is_own=one.item in own,
                settled=settled.get(one.item),
                agreeing=agreeing.get(one.item, 0),
            )
            for one in items
        ]


def _agreeing(campaign: Campaign, settled: Mapping[int, Settled]) -> dict[int, int]:
    """Return how many answers to each settled item say what was adjudicated."""
    answers, sames = answers_by_item(campaign, list(settled)), sames_of(campaign)
    return {item: sum(agrees(one.said, settled[item].said, sames) for one in given) for item, given in answers.items()}


def queue_of(
    campaign: Campaign,
    reviewer: User,
    *,
    criterion: str = "",
    standing: Standing | None = None,
    only_disputed: bool = True,
) -> Queue:
    """Return a campaign's items, the most disputed first (``ranking_of`` says by what, and which)."""
    held, settled = _held(campaign), set(settling(campaign).values_list("item_id", flat=True))
    ranking = ranking_of(campaign, criterion)
    items = [one for one in ranking.items if not only_disputed or one.disagreement or one.item in settled]
    rows = [(one, _standing(one.item, held, settled)) for one in items]
    counts = Counter(stands for _, stands in rows)
    return Queue(
        campaign,
        reviewer,
        items=[one for one, stands in rows if standing is None or stands is standing],
        counts={each: counts[each] for each in Standing},
        held=held,
        answers=ranking.answers,
    )


def _standing(item: int, held: Mapping[int, int | None], settled: Container[int]) -> Standing:
    return Standing.CLAIMED if item in held else Standing.SETTLED if item in settled else Standing.OPEN


def answered_by(campaign: Campaign, reviewer: User) -> QuerySet[Assignment]:
    """Return the counting answers that a reviewer gave as an annotator."""
    return counting(campaign).filter(annotator=reviewer)


def left_by(campaign: Campaign, reviewer: User) -> set[int]:
    """Return the items that a reviewer has given back."""
    return set(_adjudications(campaign).filter(reviewer=reviewer, state="passed").values_list("item_id", flat=True))


def _held(campaign: Campaign) -> dict[int, int | None]:
    """Return who is deciding which item now."""
    still = Q(held_until__isnull=True) | Q(held_until__gt=timezone.now())
    return dict(_adjudications(campaign).filter(still, state="open").values_list("item_id", "reviewer_id"))


def _adjudications(campaign: Campaign) -> QuerySet[Review]:
    return Review.objects.filter(item__campaign=campaign, kind=Review.Kind.ADJUDICATION)
