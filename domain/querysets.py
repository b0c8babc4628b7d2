"""Named reads. Pages, API and commands build on these, so that walls and visibility are decided in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from domain.access import Action, roles_that

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from domain.models import Project


class ProjectQuerySet(models.QuerySet[Any]):
    """Projects as one person may see them."""

    def open_for(self, user: AbstractBaseUser | AnonymousUser, action: Action = "view") -> Self:
        """Return the projects in which this person may do this; administrators may do everything."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if getattr(user, "is_superuser", False):
            return self
        return self.filter(memberships__user_id=user.pk, memberships__role__in=roles_that(action))


class ImportedQuerySet(models.QuerySet[Any]):
    """Rows that may have come by an import. Rows of an import that is still loading do not exist for anyone."""

    def visible(self) -> Self:
        """Leave out what an unfinished import has loaded so far."""
        return self.filter(Q(batch__isnull=True) | Q(batch__state="done"))

    def of(self, project: Project) -> Self:
        """Return what anybody may see of one project."""
        return self.visible().filter(project=project)


class PromptQuerySet(ImportedQuerySet):
    """Prompts."""

    def with_responses(self) -> Self:
        """Bring the visible responses and their systems along, in two further queries."""
        from domain.models import Response

        responses = Response.objects.visible().select_related("system").order_by("system__name", "sample")
        return self.prefetch_related(models.Prefetch("responses", queryset=responses))


class ResponseQuerySet(ImportedQuerySet):
    """Responses."""

    def with_text(self) -> Self:
        """Leave out responses of which only votes are known: nobody can rate what is not there."""
        return self.filter(content__isnull=False)


class BattleQuerySet(ImportedQuerySet):
    """Battles."""

    def with_material(self) -> Self:
        """Bring prompt, responses and systems along in the same query."""
        return self.select_related("prompt", "response_a__system", "response_b__system")


class RubricQuerySet(models.QuerySet[Any]):
    """Rubrics."""

    def of(self, project: Project) -> Self:
        """Return one project's rubrics with their criteria."""
        return self.filter(project=project).prefetch_related("criteria")


class RaterQuerySet(ImportedQuerySet):
    """Raters."""

    def people(self) -> Self:
        """Return people, simulated ones included."""
        return self.filter(kind="person")

    def judges(self) -> Self:
        """Return LLM judges."""
        return self.filter(kind="judge")

    def metrics(self) -> Self:
        """Return automatic metrics."""
        return self.filter(kind="metric")


class VerdictQuerySet(ImportedQuerySet):
    """Verdicts. What enters a number is ``counting()``: nothing else decides that."""

    def planned(self) -> Self:
        """Return live verdicts that count towards coverage, scored or not."""
        return self.visible().filter(counted=True, role="live")

    def counting(self) -> Self:
        """Return what enters numbers: live, counted, scored, of finished imports."""
        return self.planned().filter(unscored_reason="")

    def unscored(self) -> Self:
        """Return live verdicts that carry a reason instead of scores."""
        return self.planned().exclude(unscored_reason="")

    def by_humans(self) -> Self:
        """Return what people answered."""
        return self.filter(rater__kind="person")

    def by_judges(self) -> Self:
        """Return what LLM judges answered."""
        return self.filter(rater__kind="judge")

    def on_rubric(self, rubric: models.Model) -> Self:
        """Return answers to one rubric."""
        return self.filter(rubric=rubric)


class ScoreQuerySet(models.QuerySet[Any]):
    """Scores."""
