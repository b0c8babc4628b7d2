"""Researcher pages of a project."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from domain.access import get_project
from domain.models import Project


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """List the projects that this person may look into."""
    return render(request, "domain/projects.html", {"projects": Project.objects.open_for(request.user).distinct()})


@login_required
def project(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one project: what is in, what runs, what is weak, what comes next."""
    return render(request, "domain/project.html", {"project": get_project(request, slug)})
