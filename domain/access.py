"""Who may do what in a project. A page asks for a project by what it is about to do; a stranger finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.http import Http404, HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from domain.models import Project

Action = Literal["view", "annotate", "review", "edit", "manage"]

# An annotator must not see the data pages: they name the systems, and blind means blind.
_ALLOWED: dict[Action, tuple[str, ...]] = {
    "view": ("owner", "researcher", "reviewer", "viewer"),
    "annotate": ("owner", "researcher", "reviewer", "annotator"),
    "review": ("owner", "researcher", "reviewer"),
    "edit": ("owner", "researcher"),
    "manage": ("owner",),
}


def roles_that(action: Action) -> tuple[str, ...]:
    """Return the roles that may do this."""
    return _ALLOWED[action]


def get_project(request: HttpRequest, slug: str, action: Action = "view") -> Project:
    """Return the project, or answer 404 when it does not exist or this person may not do this in it."""
    from domain.models import Project

    project: Project | None = Project.objects.open_for(request.user, action).filter(slug=slug).first()
    if project is None:
        raise Http404("No such project, or you are not in it.")
    return project


def may(user: AbstractBaseUser | AnonymousUser, action: Action, project: Project) -> bool:
    """Say whether this person may do this here: what a page offers, never what protects it."""
    from domain.models import Project

    return Project.objects.open_for(user, action).filter(pk=project.pk).exists()
