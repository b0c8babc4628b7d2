"""Reports and pictures as files to download."""

from __future__ import annotations

from collections.abc import Container

from django.http import Http404, HttpRequest, HttpResponse

from domain.models import Project

FILES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "html": "text/plain; charset=utf-8",  # a fragment to paste; shown as text, never run as a page of ours
}
PICTURE_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def one_of(name: str, allowed: Container[str]) -> str:
    """Return the name, or answer 404 where nothing is called so."""
    if name not in allowed:
        raise Http404("There is no such file.")
    return name


def theme_of(request: HttpRequest) -> str:
    """Return the theme of a picture."""
    return "dark" if request.GET.get("theme") == "dark" else "light"


def report_file(text: str, project: Project, what: str, kind: str) -> HttpResponse:
    """Return a report as a file of this kind."""
    response = HttpResponse(text, content_type=FILES[kind])
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{what}.{kind}"'
    return response


def picture_file(drawn: bytes, project: Project, what: str, kind: str) -> HttpResponse:
    """Return a picture as a file of this kind."""
    response = HttpResponse(drawn, content_type=PICTURE_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{what}.{kind}"'
    return response
