"""Imports: what came in, what was refused and why, and a new one."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from domain import browsing
from domain.access import get_project, may
from domain.import_forms import ImportForm, for_the_form
from domain.imports import BadOption, Busy, Plan, cancel_import, plan, start_in_background
from domain.models import Project
from domain.paging import page_of
from domain.uploads import Gone, Upload, keep
from domain.views.people import signed_in

ERRORS_SHOWN = 20
ERRORS_IN_PAGE = 1_000  # that the answer to a check carries for download
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
    name = f"{project.slug}-import-{job.pk}-errors.csv"
    return HttpResponse(
        _csv(job.errors),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Take files in and check them: say what an import would bring, or what is wrong, and write nothing."""
    project = get_project(request, slug, "edit")
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = keep(form.cleaned_data["chosen"], form.options())
        try:
            found = plan(project, upload.sources, upload.options)
        except BadOption as problem:
            upload.discard()
            form.add_error(None, for_the_form(str(problem)))
        else:
            return _checked(request, project, form, upload, found)
    return _form_page(request, project, form)


def _checked(request: HttpRequest, project: Project, form: ImportForm, upload: Upload, found: Plan) -> HttpResponse:
    """Offer the import, or show what is wrong above the form; files with something wrong are not kept."""
    if found.is_ok:
        context = {"project": project, "plan": found, "ticket": upload.ticket(project, signed_in(request))}
        return render(request, "domain/import_check.html", context)
    upload.discard()
    errors = [problem.as_dict() | {"reason": for_the_form(problem.reason)} for problem in found.errors]
    address = "data:text/csv;charset=utf-8," + quote(_csv(errors[:ERRORS_IN_PAGE]))
    return _form_page(request, project, form, plan=found, errors=errors[:ERRORS_SHOWN], csv=address)


def _form_page(request: HttpRequest, project: Project, form: ImportForm, **more: Any) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "domain/import_new.html", {"project": project, "form": form, **more}, status=status)


@require_POST
@login_required
def start_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Load the files that were checked; the import's own page shows how far it is."""
    project, user = get_project(request, slug, "edit"), signed_in(request)
    try:
        upload = Upload.of_ticket(request.POST.get("ticket", ""), project, user)
    except Gone:
        messages.error(request, "These files are no longer kept. Choose them again.")
        return redirect("domain:new_import", slug)
    files = upload.files()
    try:
        job = start_in_background(project=project, uploads=files, options=upload.options, user=user)
    except Busy as problem:
        messages.error(request, f"Nothing was started: {problem}.")
        return redirect("domain:imports", slug)
    finally:
        for file in files:
            file.close()
    upload.discard()
    return redirect("domain:import", slug, job.pk)


@require_POST
@login_required
def stop_import(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Cancel an import that is loading; nothing of it stays."""
    project = get_project(request, slug, "edit")
    job = get_object_or_404(project.imports, pk=pk)
    if cancel_import(job):
        messages.success(request, f"Import {job.pk} is cancelled. What it had loaded is taken back.")
    return redirect("domain:import", slug, pk)


def _csv(errors: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(ERROR_COLUMNS)
    writer.writerows([_inert(str(error.get(name, ""))) for name in ERROR_COLUMNS] for error in errors)
    return text.getvalue()


def _inert(cell: str) -> str:
    """Keep a spreadsheet from running a stranger's cell as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
