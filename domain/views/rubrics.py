"""Rubrics: the list, one rubric, a new one, a new version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from domain.access import get_project, may
from domain.models import Project, Rubric, Verdict
from domain.rubric_editor import RubricEditor, name_is_taken
from domain.rubric_forms import scale_text
from domain.services import create_rubric, log
from domain.specs import Kind
from domain.views.people import signed_in


@require_safe
@login_required
def rubrics(request: HttpRequest, slug: str) -> HttpResponse:
    """List the rubrics, the newest version of each first."""
    project = get_project(request, slug)
    context = {
        "project": project,
        "rubrics": Rubric.objects.of(project),
        "may_edit": may(signed_in(request), "edit", project),
    }
    return render(request, "domain/rubrics.html", context)


@require_safe
@login_required
def rubric(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show what raters are asked, and whether it can still change."""
    project = get_project(request, slug)
    found = get_object_or_404(Rubric.objects.of(project), pk=pk)
    context = {
        "project": project,
        "rubric": found,
        "criteria": [{"criterion": row, "scale": _scale(row.spec())} for row in found.criteria.all()],
        "remarks": found.spec().remarks,
        "versions": Rubric.objects.filter(project=project, name=found.name),
        "n_verdicts": Verdict.objects.counting().filter(project=project, rubric=found).count(),
        "may_edit": may(signed_in(request), "edit", project),
    }
    return render(request, "domain/rubric.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_rubric(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a rubric: for single responses, or with ``?kind=choice`` for pairs."""
    project = get_project(request, slug, "edit")
    kind = Kind.CHOICE if request.GET.get("kind") == Kind.CHOICE else Kind.SCORE
    editor = RubricEditor(kind, request.POST or None)
    if _is_sent(request) and editor.is_valid():
        if not name_is_taken(project, editor.spec().name):
            return _save(request, project, editor)
        editor.form.add_error("name", "There is a rubric of this name; open it to make a new version.")
    return _edit_page(request, project, editor)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_version(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Write the next version of a rubric; answers to the earlier one stay with the earlier one."""
    project = get_project(request, slug, "edit")
    earlier = get_object_or_404(Rubric.objects.of(project), pk=pk)
    editor = RubricEditor(Kind(earlier.kind), request.POST or None, earlier)
    if _is_sent(request) and editor.is_valid():
        return _save(request, project, editor)
    return _edit_page(request, project, editor, earlier=earlier)


def _is_sent(request: HttpRequest) -> bool:
    """Say whether the form is to be saved; the button that adds a criterion only makes room."""
    return request.method == "POST" and "add" not in request.POST


def _save(request: HttpRequest, project: Project, editor: RubricEditor) -> HttpResponse:
    made = create_rubric(project=project, spec=editor.spec())
    log(project, "rubric.created", signed_in(request), rubric=made.pk, name=made.name, version=made.version)
    messages.success(request, f"{made} is saved.")
    return redirect("domain:rubric", project.slug, made.pk)


def _edit_page(request: HttpRequest, project: Project, editor: RubricEditor, **more: Any) -> HttpResponse:
    context = {"project": project, "editor": editor, "is_choice": editor.kind is Kind.CHOICE, **more}
    return render(request, "domain/rubric_edit.html", context, status=422 if _is_sent(request) else 200)


def _scale(spec: Any) -> dict[str, Any]:
    if spec.kind is Kind.CHOICE:
        return {"outcomes": [outcome.value for outcome in spec.outcomes], "strengths": spec.strengths}
    points = [(value, spec.anchors.get(value, "")) for value in spec.values]
    ends = sorted(spec.anchors.items())
    return {"text": scale_text(spec), "points": points, "anchors": ends}
