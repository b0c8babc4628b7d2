"""What campaigns contribute to a project's home."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.urls import reverse

from annotation.models import Campaign
from annotation.report import Line, lines_of
from domain.facts import Facts, Running, Step, Weakness
from domain.models import Project

MOST = 5


def annotation_facts(project: Project, user: User) -> Facts:
    """Return the open campaigns, those that stand still, and the next step."""
    lines = lines_of(project)
    under_way = [line for line in lines if line.campaign.state == Campaign.State.OPEN]
    paused = [line for line in lines if line.campaign.state == Campaign.State.PAUSED]
    return Facts(
        running=tuple(_running(line) for line in under_way[:MOST]),
        weak=tuple(_standing_still(line) for line in paused[:MOST]),
        steps=_steps(project, lines),
    )


def _running(line: Line) -> Running:
    campaign = line.campaign
    return Running(f"People: {campaign.name}", line.answered, campaign.slot_count, "answers", _page(campaign))


def _standing_still(line: Line) -> Weakness:
    text = f"The campaign {line.campaign.name} is paused at {line.answered:,} of {line.campaign.slot_count:,} answers."
    return Weakness(text, _page(line.campaign), "Look at the campaign")


def _steps(project: Project, lines: list[Line]) -> tuple[Step, ...]:
    drafts = [line.campaign for line in lines if line.campaign.state == Campaign.State.DRAFT]
    if drafts:
        return (Step(30, f"The campaign {drafts[0].name} is ready to be opened.", "Open it", _page(drafts[0])),)
    if lines or not project.rubrics.exists() or not project.responses.exists():
        return ()
    new = reverse("annotation:new_campaign", args=[project.slug])
    return (Step(30, "Ask people about the responses.", "New campaign", new),)


def _page(campaign: Campaign) -> str:
    return reverse("annotation:manage", args=[campaign.project.slug, campaign.pk])
