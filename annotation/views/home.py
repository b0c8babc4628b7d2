"""The annotator's home: which campaigns wait for this person, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from annotation.models import Campaign, Participant
from annotation.services.status import Progress, share


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign in the list. ``why`` says why it cannot be gone on with; empty where it can."""

    pk: int
    name: str
    project: str
    is_pairwise: bool
    progress: Progress
    why: str
    is_over: bool


def overview(user: User) -> list[Line]:
    """Return this person's campaigns: first those to go on with, finished ones last."""
    mine = Participant.objects.filter(campaign=OuterRef("pk"), user=user)
    everyone = Participant.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    campaigns = Campaign.objects.rated_by(user).annotate(
        my_done=Coalesce(Subquery(mine.values("done")[:1]), 0),
        all_done=Coalesce(Subquery(everyone.annotate(n=Sum("done")).values("n")), 0),
    )
    lines = [_line(campaign, campaign.my_done, campaign.all_done) for campaign in campaigns]
    return sorted(lines, key=lambda line: (line.is_over, bool(line.why)))


def _line(campaign: Campaign, my_done: int, all_done: int) -> Line:
    progress = share(campaign, my_done, all_done)
    why = _why(campaign, progress)
    return Line(
        pk=campaign.pk,
        name=campaign.name,
        project=campaign.project.name,
        is_pairwise=campaign.is_pairwise,
        progress=progress,
        why=why,
        is_over=campaign.state == Campaign.State.CLOSED or progress.done >= progress.total,
    )


def _why(campaign: Campaign, progress: Progress) -> str:
    if campaign.state == Campaign.State.CLOSED:
        return "Closed. No more answers are needed."
    if campaign.state == Campaign.State.PAUSED:
        return "Paused by whoever runs it. Your answers are kept."
    if campaign.per_person_cap is not None and progress.done >= campaign.per_person_cap:
        return "You have done your share. Thank you."
    if progress.done >= progress.total:
        return "Complete for you. Thank you."
    return ""
