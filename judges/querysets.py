"""Named reads of judge versions, runs and cells."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    from domain.models import Project

SILENCE = timedelta(seconds=15)  # a process at work gives a sign of life every second
PLANNER_SILENCE = timedelta(seconds=60)  # a planner writes a sign of life with every chunk, many times a second


class JudgeVersionQuerySet(models.QuerySet[Any]):
    """Judge versions."""

    def of(self, project: Project) -> Self:
        """Return one project's versions with their rubrics."""
        return self.filter(project=project).select_related("rubric", "rater")


class RunQuerySet(models.QuerySet[Any]):
    """Runs."""

    def of(self, project: Project) -> Self:
        """Return one project's runs with their judges."""
        return self.filter(project=project).select_related("version", "version__rubric", "created_by")

    def for_workers(self, engine: str = "worker") -> Self:
        """Return what an engine's workers may take up: running ones that do not rest, and what nobody is planning.

        Also those that were stopped while batches of theirs were with the provider, which have to be called back.
        """
        rested = models.Q(rest_until__isnull=True) | models.Q(rest_until__lte=Now())
        running = models.Q(state="running", engine=engine) & rested
        silent = models.Q(alive_at__isnull=True) | models.Q(alive_at__lt=Now() - PLANNER_SILENCE)
        left = models.Q(state="planning", engine=engine) & silent
        called_back = models.Q(batches__state="cancelling", batches__due_at__lte=Now()) & ~models.Q(state="running")
        whose = (engine, "command")  # a command may be gone
        winding_down = models.Q(pk__in=self.filter(called_back, engine__in=whose).order_by().values("pk"))
        return self.filter(running | left | winding_down).order_by("id")


class PresenceQuerySet(models.QuerySet[Any]):
    """Processes that say they are there."""

    def alive(self) -> Self:
        """Return those that gave a sign of life in the last seconds."""
        return self.filter(seen_at__gte=Now() - SILENCE)


class CellQuerySet(models.QuerySet[Any]):
    """Cells."""

    def without_verdict(self) -> Self:
        """Return finished cells that a retry would ask again."""
        return self.filter(state="done").exclude(outcome="verdict")

    def with_material(self) -> Self:
        """Bring along what a row of a list shows."""
        return self.select_related(
            "battle__prompt",
            "battle__response_a__system",
            "battle__response_b__system",
            "response__prompt",
            "response__system",
            "prompt",
        )
