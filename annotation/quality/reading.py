"""Answers of a campaign as numbers, for what is computed about its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from django.db.models import Q

from annotation.models import ROLES, Assignment, Campaign
from annotation.quality.judging import slack
from annotation.quality.policy import Tolerance
from annotation.rubrics import rubric_of
from domain.models import Criterion
from domain.specs import CriterionSpec, Kind

ANSWERED = (Assignment.State.DONE, Assignment.State.REOPENED)
HAS_ANSWER = Q(state__in=ANSWERED) | Q(set_aside=True)  # also of who was excluded meanwhile
Same = Callable[[Hashable, Hashable], bool]


@dataclass(frozen=True, slots=True)
class Answers:
    """The live answers to one criterion, in the order in which they were given: (item, person, what was said)."""

    criterion: CriterionSpec
    rows: tuple[tuple[int, int, Hashable], ...]

    def by_item(self) -> dict[int, dict[int, Hashable]]:
        """Return what each person said about each item."""
        items: dict[int, dict[int, Hashable]] = defaultdict(dict)
        for item, person, said in self.rows:
            items[item][person] = said
        return items

    def beside(self, person: int, items: Iterable[int]) -> list[list[Hashable]]:
        """Return what the others said about each of these items."""
        by_item = self.by_item()
        return [[said for who, said in by_item.get(item, {}).items() if who != person] for item in items]


def live_answers(campaign: Campaign, *, beside: int | None = None) -> Answers:
    """Read what people answered to a campaign's first criterion; rankings have no such answers, and give none.

    ``beside`` a person: only on the items that this person has answered.
    """
    criterion: Criterion = rubric_of(campaign).criteria.all()[0]
    rows = Assignment.objects.filter(
        campaign=campaign,
        item__role=ROLES.LIVE,
        item__listed__isnull=True,
        state__in=ANSWERED,
        verdict__counted=True,
        verdict__scores__criterion=criterion.pk,
    ).order_by("answered_at", "pk")
    if beside is not None:
        theirs = Assignment.objects.filter(HAS_ANSWER, campaign=campaign, annotator=beside)
        rows = rows.filter(item__in=theirs.values("item"))
    fields = ("item_id", "annotator_id", "verdict__scores__outcome", "verdict__scores__value")
    said = tuple(
        (item, person, value if outcome is None else outcome)
        for item, person, outcome, value in rows.values_list(*fields)
    )
    return Answers(criterion.spec(), said)


def sameness(criterion: CriterionSpec, tolerance: Tolerance) -> Same:
    """Return what counts as the same answer: the same choice, or numbers within the campaign's tolerance."""
    if criterion.kind is Kind.CHOICE:
        return lambda one, other: one == other
    reach = slack(criterion, tolerance) + 1e-9
    return lambda one, other: abs(float(str(one)) - float(str(other))) <= reach


def chance_agreement(said: Iterable[Hashable], same: Same) -> float:
    """Return how often two answers drawn at random from all of them are the same; 0 where there is none."""
    counts: dict[Hashable, int] = defaultdict(int)
    for one in said:
        counts[one] += 1
    total = sum(counts.values())
    if not total:
        return 0.0
    return sum(n * m for one, n in counts.items() for other, m in counts.items() if same(one, other)) / total**2
