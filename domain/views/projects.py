"""The list of projects, a new one, and a project's home."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_safe

from domain.access import get_project, may
from domain.facts import gather
from domain.forms import ProjectForm
from domain.models import Membership, Project, Prompt, System
from domain.projects import create_project, may_create_projects
from domain.views.people import signed_in


@require_safe
@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """List the projects that this person may look into; who may only rate goes to the rating page."""
    user = signed_in(request)
    found = list(_with_sizes(Project.objects.open_for(user)))
    if not found and Project.objects.open_for(user, "annotate").exists() and (rate := _rating_home()):
        return redirect(rate)
    roles = dict(Membership.objects.filter(user=user).values_list("project_id", "role"))
    rows = [{"project": project, "role": roles.get(project.pk, "administrator")} for project in found]
    return render(request, "domain/projects.html", {"rows": rows, "may_create": may_create_projects(user)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_project(request: HttpRequest) -> HttpResponse:
    """Make a project and become its owner."""
    user = signed_in(request)
    if not may_create_projects(user):
        raise PermissionDenied
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = create_project(owner=user, **form.cleaned_data)
        messages.success(request, f"{project.name} is made. Bring in prompts and responses next.")
        return redirect("domain:project", project.slug)
    return render(request, "domain/project_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@login_required
def project(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is in, what runs, what is weak, and the next step."""
    found = get_project(request, slug)
    user = signed_in(request)
    facts = gather(found, user)
    context = {
        "project": found,
        "facts": facts,
        "next_step": facts.steps[0] if facts.steps else None,
        "events": found.events.select_related("user")[:8],
        "may_edit": may(user, "edit", found),
    }
    template = "domain/project.html" + ("#running" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


def _with_sizes(projects: QuerySet[Project]) -> QuerySet[Project]:
    def size(rows: QuerySet[Prompt] | QuerySet[System]) -> Subquery:
        counted = rows.filter(project=OuterRef("pk")).order_by().values("project").annotate(n=Count("pk"))
        return Subquery(counted.values("n"), output_field=IntegerField())

    return projects.annotate(n_prompts=size(Prompt.objects.visible()), n_systems=size(System.objects.visible()))


def _rating_home() -> str:
    try:
        return reverse("annotation:home")
    except NoReverseMatch:
        return ""
