"""The annotator's home: which campaigns wait for this person, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.comments import unread_by
from annotation.models import Campaign, Participant
from annotation.services.status import Progress, share

Standing = Participant.Standing
ENDED = (Standing.STOPPED, Standing.EXCLUDED, Standing.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign in the list. ``why`` says why it cannot be gone on with; empty where it can.

    A ``warning`` stands here and not beside the next task, where it would tell which task had been a check.
    """

    pk: int
    name: str
    project: str
    task: str
    asks: str
    progress: Progress
    closes_at: datetime | None
    why: str
    warning: str
    is_over: bool
    comments: int  # of reviewers, unread


def overview(user: User, *, project: int | None = None) -> list[Line]:
    """Return this person's campaigns, of one project or of all: first those to go on with, finished ones last."""
    campaigns = Campaign.objects.rated_by(user)
    if project is not None:
        campaigns = campaigns.filter(project=project)
    mine = {row.campaign_id: row for row in Participant.objects.filter(user=user, campaign__in=campaigns)}
    others = Participant.objects.filter(campaign__in=campaigns).exclude(user=user).order_by().values("campaign")
    answered = dict(others.annotate(n=Sum(F("done") - F("checked"))).values_list("campaign", "n"))
    new = unread_by(user, campaigns)
    lines = [_line(one, mine.get(one.pk), answered.get(one.pk, 0), new.get(one.pk, 0)) for one in campaigns]
    return sorted(lines, key=lambda line: (line.is_over, bool(line.why)))


def _line(campaign: Campaign, participant: Participant | None, others: int, comments: int) -> Line:
    progress = share(campaign, participant, others)
    is_closed = campaign.state == Campaign.State.CLOSED
    closes_at = None if is_closed else campaign.closes_at
    has_ended = participant is not None and participant.standing in ENDED
    return Line(
        pk=campaign.pk,
        name=campaign.name,
        project=campaign.project.name,
        task=campaign.task,
        asks=_asks(campaign),
        progress=progress,
        closes_at=closes_at,
        why=_why(campaign, participant, progress),
        warning=participant.standing_reason if participant and participant.standing == Standing.WARNED else "",
        is_over=is_closed or has_ended or progress.done >= progress.total or _is_past(campaign),
        comments=comments,
    )


def _asks(campaign: Campaign) -> str:
    return {
        Campaign.Task.DIRECT: _("rate one answer at a time"),
        Campaign.Task.PAIRWISE: _("compare two answers"),
        Campaign.Task.RANKING: _("put several answers in order"),
        Campaign.Task.BEST_WORST: _("choose the best and the worst of several answers"),
    }[Campaign.Task(campaign.task)]


def _is_past(campaign: Campaign) -> bool:
    return campaign.closes_at is not None and campaign.closes_at <= timezone.now()


def _why(campaign: Campaign, participant: Participant | None, progress: Progress) -> str:
    if participant is not None and participant.standing == Standing.WITHDRAWN:
        return _("You have left this campaign.")
    if participant is not None and participant.standing not in Participant.WORKING:
        return _("There are no tasks for you here at the moment.")
    if campaign.state == Campaign.State.CLOSED:
        return _("Closed. No more answers are needed.")
    if _is_past(campaign):
        return _("Its time is over. Your answers are kept.")
    if campaign.state == Campaign.State.PAUSED:
        return _("Paused by whoever runs it. Your answers are kept.")
    if campaign.per_person_cap is not None and progress.done >= campaign.per_person_cap:
        return _("You have done your share. Thank you.")
    if progress.done >= progress.total:
        return _("Complete for you. Thank you.")
    return ""
