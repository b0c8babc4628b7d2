"""What a revision means for answers given before it: who is asked again, and that nobody changes them any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Assignment, Campaign, GuidelineVersion, Participant, RevisedAnswer

TOO_LATE = Q(  # what a revision or an exclusion took out had come in time
    ~Exists(RevisedAnswer.objects.filter(assignment=OuterRef("pk"), is_set_aside=True)),
    state=Assignment.State.SURPLUS,
    set_aside=False,
)
AWAY = timedelta(hours=24)  # who has neither come nor answered for so long is not waited for


def asked_again(participant: Participant, now: datetime) -> Q:
    """Return the condition that a turn was set aside, was not answered since, and can go to nobody else."""
    since = RevisedAnswer.objects.filter(
        assignment=OuterRef("pk"), is_set_aside=True, version__created_at__gte=OuterRef("answered_at")
    )
    return Q(Exists(since), ~Exists(_others(participant, now)), state=Assignment.State.SURPLUS)


def _others(participant: Participant, now: datetime) -> QuerySet[Participant]:
    """Return who else could still answer the item of a turn."""
    campaign = participant.campaign
    had_it = Assignment.objects.filter(item=OuterRef(OuterRef("item")), annotator=OuterRef("user"))
    recent = Q(last_answer_at__gte=now - AWAY) | Q(joined_at__gte=now - AWAY)
    others: QuerySet[Participant] = Participant.objects.filter(
        recent, ~Exists(had_it), campaign=campaign, is_active=True, standing__in=Participant.WORKING
    ).exclude(pk=participant.pk)
    if participant.is_grouped:
        others = others.filter(group__campaign_groups__campaign=campaign)
    if campaign.per_person_cap is not None:
        others = others.filter(done__lt=campaign.per_person_cap)
    return others


def taken_back_at(campaign: Campaign) -> datetime | None:
    """Return when a revision last took ratings back; None where none did.

    Answers given before it are not changed any more, whatever became of each: checks keep their answers, and nothing
    that an annotator can do with an answer may tell checks from work.
    """
    versions = GuidelineVersion.objects.filter(campaign=campaign).order_by("-number").values_list("created_at", "scope")
    return next((at for at, scope in versions if _took_back(scope)), None)


def _took_back(scope: dict[str, Any]) -> bool:
    return bool(scope.get("criteria") or scope.get("rubric")) and not scope.get("undone")
