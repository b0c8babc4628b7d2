"""The addresses of a project's pages."""

from __future__ import annotations

from django.urls import reverse

from domain.models import Project


def url(name: str, project: Project, *args: object) -> str:
    return reverse(f"domain:{name}", args=[project.slug, *args])
