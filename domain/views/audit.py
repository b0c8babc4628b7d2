"""A project's log: what was done, by whom, when."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from domain.access import get_project
from domain.audit import COLUMNS, AuditForm, rows_of
from domain.formats.streams import PIECES, TYPES
from domain.paging import page_of
from domain.services import log
from domain.views.people import signed_in


@require_safe
@login_required
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the log, newest first, filtered by action, person and date."""
    project = get_project(request, slug)
    form = AuditForm(request.GET, project=project)
    page = page_of(form.found(project), request.GET, newest_first=True)
    rows = [(event, [(name, _text(value)) for name, value in event.details.items()]) for event in page.rows]
    wanted = request.GET.copy()
    for place in ("after", "before"):
        wanted.pop(place, None)
    context = {"project": project, "form": form, "page": page, "rows": rows, "wanted": wanted.urlencode()}
    return render(request, "domain/audit.html", context, status=200 if form.is_valid() else 422)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@require_POST
@login_required
def audit_file(request: HttpRequest, slug: str, kind: str) -> StreamingHttpResponse:
    """Download what the page shows, all pages of it."""
    project = get_project(request, slug)
    if kind not in PIECES:
        raise Http404
    said = {name: value for name, value in request.GET.items() if name in AuditForm.base_fields and value}
    line = log(project, "export", signed_in(request), what="log", format=kind, **({"filter": said} if said else {}))
    events = AuditForm(request.GET, project=project).found(project).filter(pk__lt=line.pk)
    answer = StreamingHttpResponse(PIECES[kind](COLUMNS, rows_of(events)), content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{project.slug}-log.{kind}"'
    return answer
