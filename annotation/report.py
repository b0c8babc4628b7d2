"""How a campaign stands, for researchers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone

from annotation.models import Assignment, Campaign
from domain.models import Project

State = Assignment.State


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign in a list."""

    campaign: Campaign
    answered: int
    people: int


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of one campaign. Checks and training are apart: all counts but the last are of live items."""

    answered: int
    wanted: int
    being_answered: int
    surplus: int
    skipped: int
    complete_items: int
    items: int
    last_hour: int
    last_answer: datetime | None
    calibration: int

    @property
    def missing(self) -> int:
        """How many answers are still wanted."""
        return max(0, self.wanted - self.answered)


def lines_of(project: Project) -> list[Line]:
    """Return a project's campaigns, newest first, each with its progress."""
    campaigns = Campaign.objects.of(project).annotate(
        answered=Sum(F("participants__done") - F("participants__checked")),
        people=Count("participants", filter=Q(participants__done__gt=0)),
    )
    return [Line(campaign, campaign.answered or 0, campaign.people) for campaign in campaigns]


def report_on(campaign: Campaign) -> Report:
    """Count one campaign."""
    turns = Assignment.objects.filter(campaign=campaign, lane=Assignment.Lane.WORK)
    by_state = dict(turns.order_by().values_list("state").annotate(n=Count("pk")))
    answered = by_state.get(State.DONE, 0) + by_state.get(State.REOPENED, 0)
    unfinished = turns.filter(state__in=[State.OPEN, State.LEASED]).values("item").distinct().count()
    recent = turns.filter(state=State.DONE, answered_at__gt=timezone.now() - timedelta(hours=1))
    return Report(
        answered=answered,
        wanted=campaign.slot_count,
        being_answered=by_state.get(State.LEASED, 0),
        surplus=by_state.get(State.SURPLUS, 0),
        skipped=by_state.get(State.SKIPPED, 0),
        complete_items=campaign.live_count - unfinished,
        items=campaign.live_count,
        last_hour=recent.count(),
        last_answer=turns.aggregate(last=Max("answered_at"))["last"],
        calibration=campaign.item_count - campaign.live_count,
    )


def flags_of(campaign: Campaign) -> QuerySet[Assignment]:
    """Return what people flagged or said when skipping, newest first."""
    said = Assignment.objects.filter(campaign=campaign).exclude(flag="", skip_reason="")
    return said.select_related("annotator", "item__battle__prompt", "item__response__prompt").order_by("-pk")[:50]
