"""What the numbers contribute to a project's home: where to read them once there is something to read."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.urls import reverse

from domain.facts import Facts, Step
from domain.models import Project, Verdict


def analysis_facts(project: Project, user: User) -> Facts:
    """Return the step to the leaderboard, or to agreement where nobody has compared two responses."""
    counting = Verdict.objects.counting().filter(project=project)
    if counting.filter(battle__isnull=False).exists():
        return Facts(steps=(_step(60, "See which system is best, and how sure that is.", "Leaderboard", project),))
    if counting.filter(rater__kind__in=["person", "judge"]).exists():
        return Facts(steps=(_step(50, "See how far the raters agree.", "Agreement", project),))
    return Facts()


def _step(order: int, text: str, action: str, project: Project) -> Step:
    return Step(order, text, action, reverse(f"analysis:{action.lower()}", args=[project.slug]))
