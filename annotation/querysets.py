"""Named reads of annotation; who may see what is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from domain.access import Action
from domain.models import Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def _projects(user: User, action: Action) -> models.QuerySet[Any]:
    return Project.objects.open_for(user, action).values("pk")


class CampaignQuerySet(models.QuerySet[Any]):
    """Campaigns."""

    def of(self, project: Project) -> Self:
        """Return one project's campaigns with their rubrics."""
        return self.filter(project=project).select_related("rubric")

    def rated_by(self, user: User) -> Self:
        """Return the campaigns in which this person may rate, now or later; drafts do not exist for them."""
        from annotation.models import CampaignGroup, Participant

        mine = Participant.objects.filter(campaign=OuterRef("pk"), user=user.pk)
        groups = CampaignGroup.objects.filter(campaign=OuterRef("pk"))
        is_asked = ~Exists(groups) | Exists(groups.filter(group__members=user.pk))
        # A recruiter's workers are paid for the study to which their link led, and for no other of the project.
        hired = Participant.objects.filter(user=user.pk, campaign__project=OuterRef("project"))
        is_hired = Exists(hired.filter(external__has_key="recruiter"))
        is_open = Q(open_to_members=True) & ~Exists(mine) & is_asked & ~is_hired
        return (
            self.filter(project__in=_projects(user, "annotate"))
            .exclude(state="draft")
            .filter(Exists(mine.filter(is_active=True)) | is_open)
            .select_related("rubric", "project")
        )


class ParticipantQuerySet(models.QuerySet[Any]):
    """People in campaigns."""

    def active(self, user: User) -> Self:
        """Return a person's own participations, inside the walls of today."""
        return self.filter(user=user.pk, is_active=True, campaign__project__in=_projects(user, "annotate"))

    def staying(self, user: User) -> Self:
        """Return those of them that this person has not withdrawn from."""
        return self.active(user).exclude(standing="withdrawn")


class ItemQuerySet(models.QuerySet[Any]):
    """Items."""


class AssignmentQuerySet(models.QuerySet[Any]):
    """Assignments."""

    def with_material(self) -> Self:
        """Bring along what a page shows and what counterbalancing needs, in the same statement."""
        return self.select_related(
            "item__battle__prompt",
            "item__battle__response_a",
            "item__battle__response_b",
            "item__response__prompt",
            "item__prompt",
        )

    def of_person(self, user: User) -> Self:
        """Return a person's own turns, inside the walls of today."""
        from annotation.models import Participant

        taking_part = Participant.objects.staying(user).filter(campaign=OuterRef("campaign"))
        return self.filter(Exists(taking_part), annotator=user.pk)
