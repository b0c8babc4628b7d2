"""Judges: the versions of a project, one of them, and a new one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from domain.access import get_project, may
from judges import presets, versions
from judges.asking import Asker
from judges.estimates import sample_items
from judges.forms import JudgeForm
from judges.keys import problem_with
from judges.metric_runs import rubrics_for_judges
from judges.model_facts import warning_about
from judges.models import JudgeVersion, StoredKey
from judges.panel_forms import LEAST, PanelForm, panel_judges
from judges.planning import Selection, usual_pairs
from judges.queue import Lease


@require_safe
@login_required
def judges(request: HttpRequest, slug: str) -> HttpResponse:
    """List the judges, each with what it runs on."""
    project = get_project(request, slug)
    context = {
        "project": project,
        "versions": JudgeVersion.objects.of(project).annotate(run_count=Count("runs")),
        "may_edit": may(request.user, "edit", project),
        "has_rubrics": rubrics_for_judges(project).exists(),
        "may_sit": panel_judges(project).count() >= LEAST,
    }
    return render(request, "judges/judges.html", context)


@require_safe
@login_required
def judge(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one version: what it is made of, and what it would be asked about a real item."""
    project = get_project(request, slug)
    version = get_object_or_404(JudgeVersion.objects.of(project), pk=pk)
    items = sample_items(version, Selection(pairs=usual_pairs(project)), how_many=1)
    nobody = Lease(0, 0, None, None, 0, 0, 0, None)
    context = {
        "project": project,
        "version": version,
        "preset": presets.find(version.preset) if version.preset else None,
        "members": versions.judges_of(version) if version.combination else [],
        "question": Asker(versions.judges_of(version)[0]).question(0, nobody, items[0]) if items else None,
        "runs": version.runs.order_by("-pk")[:20],
        "problem": problem_with(version),
        "warnings": [words for judge in versions.judges_of(version) if (words := warning_about(judge))],
        "key_kept": StoredKey.objects.filter(project=project, name=version.key_name).exists(),
        "other": _to_compare(version),
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "judges/judge.html", context)


def _to_compare(version: JudgeVersion) -> int | None:
    """Return the version that one would set it beside: the one before of its name, else any other of its rubric."""
    others = JudgeVersion.objects.filter(project=version.project_id).exclude(pk=version.pk)
    earlier = others.filter(name=version.name, number__lt=version.number).order_by("-number")
    same = others.filter(rubric=version.rubric_id).order_by("-pk")
    found = earlier.first() or same.first()
    return found.pk if found else None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_judge(request: HttpRequest, slug: str) -> HttpResponse:
    """Describe a judge and put its version on record."""
    project = get_project(request, slug, "edit")
    form = JudgeForm(project, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        version, is_new = versions.get_or_create_version(project, form.draft(), request.user)  # type: ignore[arg-type]
        if not is_new:
            messages.info(request, f"This judge is on record already, as {version.label}.")
        return redirect("judges:judge", project.slug, version.pk)
    context = {"project": project, "form": form, "has_rubrics": rubrics_for_judges(project).exists()}
    return render(request, "judges/new_judge.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_panel(request: HttpRequest, slug: str) -> HttpResponse:
    """Put judges on record together, as a jury or a cascade."""
    project = get_project(request, slug, "edit")
    form = PanelForm(project, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        panel, is_new = versions.get_or_create_panel(project, form.draft(), request.user)  # type: ignore[arg-type]
        if not is_new:
            messages.info(request, f"This panel is on record already, as {panel.label}.")
        return redirect("judges:judge", project.slug, panel.pk)
    context = {"project": project, "form": form, "may_sit": panel_judges(project).count() >= LEAST}
    return render(request, "judges/new_panel.html", context, status=422 if form.is_bound else 200)
