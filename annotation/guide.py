"""The guidelines as one person meets them: which version, since when, and what is new to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from annotation.models import Campaign, GuidelineVersion, Participant
from domain.services import log

_SHOWN = 20  # versions whose notes are listed at most


@dataclass(frozen=True, slots=True)
class Guide:
    """The version in force. ``number`` is 0 where they were never revised; ``news`` says what changed since a look."""

    campaign_id: int
    number: int = 0
    since: datetime | None = None
    is_changed: bool = False
    news: tuple[str, ...] = ()


def guide_for(campaign: Campaign, participant: Participant | None) -> Guide:
    """Return the guidelines' version, and what a person has not seen of it. One query."""
    latest = list(GuidelineVersion.objects.filter(campaign=campaign).order_by("-number")[:_SHOWN])
    if not latest:
        return Guide(campaign.pk)
    new = [version for version in latest if participant is not None and _is_new(version, participant)]
    return Guide(
        campaign_id=campaign.pk,
        number=latest[0].number,
        since=latest[0].created_at,
        is_changed=bool(new),
        news=tuple(version.note for version in new if version.note),
    )


def _is_new(version: GuidelineVersion, participant: Participant) -> bool:
    """Return whether a version came while the person was at work: who joins later knows no other."""
    return version.number > participant.seen_guidelines and version.created_at > participant.joined_at


def mark_seen(participant: Participant, guide: Guide) -> None:
    """Remember that a person has read this version; once for each, also in the project's log."""
    behind = Participant.objects.filter(pk=participant.pk, seen_guidelines__lt=guide.number)
    if guide.number > participant.seen_guidelines and behind.update(seen_guidelines=guide.number):
        campaign = Campaign.objects.select_related("project").get(pk=participant.campaign_id)
        log(
            campaign.project,
            "guidelines read",
            participant.user,
            campaign=campaign.pk,
            participant=participant.pk,
            version=guide.number,
        )
