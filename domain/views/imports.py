"""Imports: what came in, what was refused and why, and a new one."""

from __future__ import annotations

import csv

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from domain import browsing
from domain.access import get_project, may
from domain.paging import page_of
from domain.views.people import signed_in

ERRORS_SHOWN = 20
ERROR_COLUMNS = ("file", "line", "column", "value", "reason")


@require_safe
@login_required
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """List the imports, the latest first."""
    project = get_project(request, slug)
    page = page_of(project.imports.select_related("user"), request.GET, newest_first=True)
    context = {
        "project": project,
        "part": "imports",
        "page": page,
        "sizes": browsing.sizes(project),
        "may_edit": may(signed_in(request), "edit", project),
    }
    return render(request, "domain/imports.html", context)


@require_safe
@login_required
def one_import(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one import: how far it is, what it brought, what it refused; htmx asks for this part while it loads."""
    project = get_project(request, slug)
    job = get_object_or_404(project.imports.select_related("user"), pk=pk)
    context = {
        "project": project,
        "job": job,
        "errors": job.errors[:ERRORS_SHOWN],
        "may_edit": may(signed_in(request), "edit", project),
    }
    template = "domain/import.html" + ("#state" if request.headers.get("HX-Target") == "state" else "")
    return render(request, template, context)


@require_safe
@login_required
def import_errors(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Download the refused rows that were kept, as CSV."""
    project = get_project(request, slug)
    job = get_object_or_404(project.imports, pk=pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-import-{job.pk}-errors.csv"'
    writer = csv.writer(response)
    writer.writerow(ERROR_COLUMNS)
    writer.writerows([_inert(str(error.get(name, ""))) for name in ERROR_COLUMNS] for error in job.errors)
    return response


def _inert(cell: str) -> str:
    """Keep a spreadsheet from running a stranger's cell as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@login_required
def new_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Take files in: read them first, show what they hold, then load them."""
    return render(request, "domain/import_new.html", {"project": get_project(request, slug, "edit")})
