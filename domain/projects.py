"""Making projects, and who may be in them."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import slugify

from domain.access import roles_that
from domain.models import Membership, Project
from domain.models.projects import Role
from domain.services import log

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # without what is read for another sign


class LastOwner(ValueError):
    """A project keeps at least one owner, or nobody could manage it."""


def may_create_projects(user: User) -> bool:
    """Administrators may, and who already edits a project. Annotators come to rate."""
    if user.is_superuser or user.is_staff:
        return True
    return Membership.objects.filter(user=user, role__in=roles_that("edit")).exists()


@transaction.atomic
def create_project(*, owner: User, name: str, slug: str = "", description: str = "") -> Project:
    """Make a project with its first owner; the slug comes from the name unless it is given."""
    project = Project.objects.create(name=name, slug=slug or free_slug(name), description=description)
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    log(project, "project.created", owner, name=name)
    return project


def free_slug(name: str) -> str:
    """Return an unused slug for a name."""
    base = slugify(name)[:50] or "project"
    taken = set(Project.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(f"{base}-{number}" for number in range(2, len(taken) + 3) if f"{base}-{number}" not in taken)


@transaction.atomic
def set_role(*, project: Project, user: User, role: str, by: User) -> None:
    """Give a person a role, whether or not they are in the project; the last owner stays one."""
    if role != Role.OWNER:
        _keep_an_owner(project, user)
    Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    log(project, "member.set", by, member=user.get_username(), role=role)


@transaction.atomic
def remove_member(*, project: Project, user: User, by: User) -> None:
    """Take a person out of a project. What they said stays; the last owner stays too."""
    _keep_an_owner(project, user)
    Membership.objects.filter(project=project, user=user).delete()
    log(project, "member.removed", by, member=user.get_username())


def _keep_an_owner(project: Project, user: User) -> None:
    # Locked, so that two owners who leave at the same time cannot both be "not the last".
    owners = list(
        Membership.objects.select_for_update()
        .filter(project=project, role=Role.OWNER)
        .values_list("user_id", flat=True)
    )
    if owners == [user.pk]:
        raise LastOwner(f"{user.get_username()} is the only owner; make somebody else an owner first")


def create_account(username: str) -> tuple[User, str]:
    """Make an account with a random password, to be shown once and changed by its owner."""
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    return User.objects.create_user(username, password=password), password
