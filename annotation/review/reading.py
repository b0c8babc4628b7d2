"""What people and reviewers said about a campaign's live items, in the battle's frame and ready to be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from annotation.material import LABELS, permuted
from annotation.models import ROLES, Assignment, Campaign, Review
from annotation.quality.policy import Policy
from annotation.quality.reading import ANSWERED, Same, sameness
from annotation.rankings import pairs_of_extremes, pairs_of_ranks
from annotation.review.disagreement import Said
from annotation.rubrics import spec_of

Items = Collection[int] | QuerySet[Any]
Kind, State = Review.Kind, Review.State


@dataclass(frozen=True, slots=True)
class Answered:
    """One counting answer of a person."""

    assignment: int
    person: int
    at: datetime | None
    said: Said


@dataclass(frozen=True, slots=True)
class Settled:
    """The adjudication of an item that stands: the latest one."""

    review: int
    reviewer: int | None
    at: datetime | None
    said: Said


def counting(campaign: Campaign) -> QuerySet[Assignment]:
    """Return the turns whose answers to live items count."""
    return Assignment.objects.filter(
        campaign=campaign, item__role=ROLES.LIVE, state__in=ANSWERED, verdict__counted=True
    ).order_by("pk")


def answers_by_item(campaign: Campaign, items: Items | None = None) -> dict[int, list[Answered]]:
    """Return the counting answers to live items (``items``: to these); the cost grows with them, not the campaign."""
    turns = counting(campaign)
    if items is not None:
        turns = turns.filter(item__in=items)
    if campaign.is_listwise:
        return _lists(turns)
    rows = turns.values_list(
        "item_id", "pk", "annotator_id", "answered_at",
        "verdict__scores__criterion__key", "verdict__scores__outcome", "verdict__scores__value",
    )  # fmt: skip
    found: dict[int, dict[int, Answered]] = defaultdict(dict)
    for asked, pk, person, at, key, outcome, value in rows:
        answer = found[asked].setdefault(pk, Answered(pk, person, at, {}))
        answer.said[key] = value if outcome is None else outcome  # type: ignore[index]
    return {asked: list(answers.values()) for asked, answers in found.items()}


def _lists(turns: QuerySet[Assignment]) -> dict[int, list[Answered]]:
    found: dict[int, list[Answered]] = defaultdict(list)
    rows = turns.values_list("item_id", "pk", "annotator_id", "answered_at", "answer", "seed", "item__listed")
    for item, pk, person, at, answer, seed, listed in rows:
        found[item].append(Answered(pk, person, at, said_of_list(answer or {}, permuted(listed or (), seed))))
    return found


def said_of_list(answer: Mapping[str, Any], order: tuple[int, ...]) -> dict[str, Hashable]:
    """Return what an answer about a list says of each pair that it decides; A is the response with the lower id."""
    labels = LABELS[: len(order)]
    if answer.get("ranks"):
        pairs = pairs_of_ranks(answer["ranks"], labels)
    elif answer.get("best") and answer.get("worst"):
        pairs = pairs_of_extremes(answer["best"], answer["worst"], labels)
    else:
        return {}
    said: dict[str, Hashable] = {}
    for first, second, choice in pairs:
        low, high = sorted((order[first], order[second]))
        framed = choice if order[first] == low else choice.turned()
        said[f"{low}:{high}"] = framed.outcome.value
    return said


def settling(campaign: Campaign) -> QuerySet[Review]:
    """Return the adjudications under the rubric of today, the latest of an item last: that one stands.

    One under an earlier version of the rubric answers another question, and stands no more.
    """
    return Review.objects.filter(
        item__campaign=campaign, kind=Kind.ADJUDICATION, state=State.DONE, verdict__rubric=campaign.rubric_id
    ).order_by("pk")


def settled_by_item(campaign: Campaign, items: Items | None = None) -> dict[int, Settled]:
    """Return the adjudication that stands for each item that has one (``items``: for these)."""
    done = settling(campaign)
    if items is not None:
        done = done.filter(item__in=items)
    found: dict[int, Settled] = {}
    if campaign.is_listwise:
        rows = done.values_list("item_id", "pk", "reviewer_id", "decided_at", "answer", "seed", "item__listed")
        for asked, pk, reviewer, at, answer, seed, listed in rows:
            found[asked] = Settled(pk, reviewer, at, said_of_list(answer or {}, permuted(listed or (), seed)))
        return found
    scores = done.values_list(
        "item_id", "pk", "reviewer_id", "decided_at",
        "verdict__scores__criterion__key", "verdict__scores__outcome", "verdict__scores__value",
    )  # fmt: skip
    for asked, pk, reviewer, at, key, outcome, value in scores:
        if asked not in found or found[asked].review != pk:  # a later one takes the place of an earlier
            found[asked] = Settled(pk, reviewer, at, {})
        found[asked].said[key] = value if outcome is None else outcome  # type: ignore[index]
    return found


def sames_of(campaign: Campaign) -> dict[str, Same]:
    """Return what counts as the same answer to each criterion, within the campaign's tolerance."""
    tolerance = Policy.from_json(campaign.quality).tolerance
    return {criterion.key: sameness(criterion, tolerance) for criterion in spec_of(campaign).criteria}


def agrees(said: Said, right: Said, sames: Mapping[str, Same]) -> bool:
    """Return whether an answer is the adjudicated one on every criterion; of a list, on every pair."""
    return bool(right) and all(
        key in said and (sames[key](said[key], want) if key in sames else said[key] == want)
        for key, want in right.items()
    )
