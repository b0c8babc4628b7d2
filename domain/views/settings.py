"""A project's settings: its name, its members and their roles."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from domain.access import get_project, may
from domain.forms import MemberForm, ProjectDetailsForm, RoleForm
from domain.models import Project
from domain.models.projects import Role
from domain.projects import LastOwner, create_account, remove_member, set_role
from domain.services import log
from domain.views.people import signed_in


@require_safe
@login_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the settings; only an owner gets the forms."""
    return _page(request, get_project(request, slug))


@require_POST
@login_required
def details(request: HttpRequest, slug: str) -> HttpResponse:
    """Change name and description."""
    project = get_project(request, slug, "manage")
    form = ProjectDetailsForm(request.POST, instance=project)
    if not form.is_valid():
        return _page(request, Project.objects.get(pk=project.pk), status=422, details_form=form)
    form.save()
    log(project, "project.changed", signed_in(request), fields=form.changed_data)
    messages.success(request, "Saved.")
    return redirect("domain:settings", slug)


@never_cache
@require_POST
@login_required
def add_member(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a person, with a new account where asked; its password is in this one answer and nowhere else."""
    project = get_project(request, slug, "manage")
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _page(request, project, status=422, member_form=form)
    user, password = form.cleaned_data["user"], ""
    if user is None:
        user, password = create_account(form.cleaned_data["username"])
    try:
        set_role(project=project, user=user, role=form.cleaned_data["role"], by=signed_in(request))
    except LastOwner as problem:
        form.add_error("role", str(problem))
        return _page(request, project, status=422, member_form=form)
    if password:
        return _page(request, project, new_account=user, new_password=password)
    messages.success(request, f"{user.get_username()} is {form.cleaned_data['role']} now.")
    return redirect("domain:settings", slug)


@require_POST
@login_required
def change_member(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Change a member's role, or take them out."""
    project = get_project(request, slug, "manage")
    user = get_object_or_404(User, memberships__project=project, pk=user_id)
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            remove_member(project=project, user=user, by=signed_in(request))
            messages.success(request, f"{user.get_username()} is out of this project. What they said stays.")
        elif form.is_valid():
            set_role(project=project, user=user, role=form.cleaned_data["role"], by=signed_in(request))
            messages.success(request, f"{user.get_username()} is {form.cleaned_data['role']} now.")
        else:
            messages.error(request, f"{request.POST.get('role', '')!r} is not a role. Nothing was changed.")
    except LastOwner as problem:
        messages.error(request, f"{problem}. Nothing was changed.")
    # Who took themselves out, or down, may not see the settings any more.
    return redirect("domain:settings", slug) if may(signed_in(request), "view", project) else redirect("home")


def _page(request: HttpRequest, project: Project, *, status: int = 200, **more: Any) -> HttpResponse:
    manages = may(signed_in(request), "manage", project)
    context = {
        "project": project,
        "manages": manages,
        "members": project.memberships.select_related("user").order_by("user__username"),
        "roles": Role.choices,
        "details_form": ProjectDetailsForm(instance=project),
        "member_form": MemberForm(initial={"role": Role.ANNOTATOR}),
        **more,
    }
    return render(request, "domain/settings.html", context, status=status)
