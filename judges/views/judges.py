"""Judges: the versions of a project, one of them, and a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from domain.access import get_project, may
from domain.models import Project
from domain.paging import page_of
from judges import presets, versions
from judges.asking import Asker
from judges.cell_page import read_answers
from judges.estimates import sample_items
from judges.forms import JudgeForm
from judges.keys import problem_with
from judges.leases import Lease
from judges.metric_runs import rubrics_for_judges
from judges.model_facts import warning_about
from judges.models import JudgeVersion, StoredKey, TrialCall
from judges.panel_forms import LEAST, PanelForm, panel_judges
from judges.planning import Selection, usual_pairs
from judges.preview import preview_of, prompts_to_choose
from judges.probes.rates import rates_of
from judges.probes.runs import probe_runs
from judges.texts import storable
from judges.trials import NoTrial, ask_once


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
        "n_trials": TrialCall.objects.filter(project=project).count(),
    }
    return render(request, "judges/judges.html", context)


@require_safe
@login_required
def judge(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one version: what it is made of, and what it would be asked about a real item."""
    project = get_project(request, slug)
    version = get_object_or_404(JudgeVersion.objects.of(project), pk=pk)
    items = sample_items(version, Selection(pairs=usual_pairs(project)), how_many=1)
    probed = probe_runs(version).first()
    nobody = Lease(0, 0, None, None, 0, 0, 0, None)
    context = {
        "project": project,
        "version": version,
        "preset": presets.find(version.preset) if version.preset else None,
        "members": versions.judges_of(version) if version.combination else [],
        "question": Asker(versions.judges_of(version)[0]).question(0, nobody, items[0]) if items else None,
        "runs": version.runs.order_by("-pk")[:20],
        "probed": probed,
        "rates": rates_of(probed, version) if probed else None,
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_judge(request: HttpRequest, slug: str) -> HttpResponse:
    """Describe a judge and put its version on record. ``look`` shows what it would ask, ``try`` asks it once."""
    project = get_project(request, slug, "edit")
    looking = "look" in request.POST or "try" in request.POST
    form = JudgeForm(project, request.POST if request.method == "POST" else None)
    if form.is_bound and not looking and form.is_valid():
        version, is_new = versions.get_or_create_version(project, form.draft(), request.user)  # type: ignore[arg-type]
        if not is_new:
            messages.info(request, f"This judge is on record already, as {version.label}.")
        return redirect("judges:judge", project.slug, version.pk)
    context = {
        "project": project,
        "form": form,
        "has_rubrics": rubrics_for_judges(project).exists(),
        "item": _item(request.POST),
        **(_looked_at(request, project) if looking else {}),
    }
    if request.headers.get("HX-Target") == "preview":
        return render(request, "judges/new_judge.html#preview", context)
    if trial := context.get("trial"):  # loading the page again must not ask, and pay, again
        return redirect("judges:trial", project.slug, trial.pk)
    wrong = form.is_bound and not looking and bool(form.errors)
    return render(request, "judges/new_judge.html", context, status=422 if wrong else 200)


def _item(data: QueryDict) -> str:
    """Return the id of the prompt that was typed, as far as a database can be asked for it."""
    return storable(data.get("item", ""))[:200]


def _looked_at(request: HttpRequest, project: Project) -> dict[str, Any]:
    """Return what the described judge would ask, and its answer where a trial is wanted; or what stands against it."""
    data = request.POST.copy()
    for name, stand_in in (("name", "unnamed"), ("model", "unnamed")):
        data[name] = data.get(name, "").strip() or stand_in
    form = JudgeForm(project, data)
    if not form.is_valid():
        return {"problems": [str(error) for errors in form.errors.values() for error in errors]}
    version = versions.unsaved_version(project, form.draft())
    found = preview_of(version, _item(data))
    context = {"preview": found, "choices": prompts_to_choose(version), "has_model": data["model"] != "unnamed"}
    if found is None or "try" not in data or not context["has_model"]:
        return context
    agreed = data.get("agreed", "")
    agreed_nusd = int(agreed) if agreed.isdecimal() and len(agreed) < 19 else None
    try:
        trial = ask_once(found, agreed_nusd=agreed_nusd, user=request.user)  # type: ignore[arg-type]
    except NoTrial as problem:
        return context | {"no_trial": str(problem)}
    return context | {"trial": trial, "answers": read_answers(trial)}


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


@require_safe
@login_required
def trials(request: HttpRequest, slug: str) -> HttpResponse:
    """List the calls that were made to try judges: they are paid for, and in no number."""
    project = get_project(request, slug)
    found = TrialCall.objects.filter(project=project)
    sums = found.aggregate(n=Count("pk"), spent=Sum("cost_nusd", default=0), told=Count("cost_nusd"))
    trials = found.select_related("about", "created_by")
    context = {"project": project, "page": page_of(trials, request.GET, newest_first=True), **sums}
    return render(request, "judges/trials.html", context)


@require_safe
@login_required
def trial(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one trial: what was asked, what came back, and what it cost."""
    project = get_project(request, slug)
    found = get_object_or_404(TrialCall.objects.select_related("about", "created_by"), project=project, pk=pk)
    return render(request, "judges/trial.html", {"project": project, "trial": found, "answers": read_answers(found)})
