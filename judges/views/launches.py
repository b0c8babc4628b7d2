"""Launching: a judge, probes of a judge, or metrics, each with what it would take beside the form."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from domain.access import get_project
from judges import engines, metric_runs, planning, services
from judges.commandline import BadCall
from judges.estimates import Estimate, estimate_for
from judges.forms import MetricsForm
from judges.keys import problem_with
from judges.launch_forms import LaunchForm, ProbeForm, RunForm, new_key
from judges.launching import StillLaunching, launch
from judges.metrics import METRICS
from judges.models import JudgeVersion, Run
from judges.money import dollars
from judges.probes.pack import PACK
from judges.probes.runs import probe_runs, probe_selection
from judges.withholding import withheld_lines
from judges.worker import alive_workers


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Launch a judge."""
    project = get_project(request, slug, "edit")
    asked = {"version": request.GET.get("judge")}
    context = {"project": project, "has_judges": JudgeVersion.objects.filter(project=project).exists()}
    return _launching(request, "judges/new_run.html", lambda data: RunForm(project, data, initial=asked), context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_probes(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Launch probes of a judge."""
    project = get_project(request, slug, "edit")
    version = get_object_or_404(JudgeVersion.objects.of(project).select_related("project"), pk=pk)
    context = {"project": project, "judge": version, "kinds": PACK}
    try:
        probe_selection(version)
    except BadCall as problem:
        return render(request, "judges/new_probes.html", {**context, "problem": problem})
    return _launching(request, "judges/new_probes.html", lambda data: ProbeForm(version, data), context)


def _launching(
    request: HttpRequest, template: str, make: Callable[[QueryDict | None], LaunchForm], context: dict[str, Any]
) -> HttpResponse:
    """Launch what a form orders. ``look`` asks only what the run would take, and htmx asks that at every change."""
    sent = request.POST.copy()
    if "suggest" in sent:
        sent["budget"] = request.POST.get("suggest", "")
    form = make(sent if request.method == "POST" else None)
    status = 200
    if form.is_bound and not {"look", "suggest"} & sent.keys() and form.is_valid():
        try:
            return redirect("judges:run", form.project.slug, _launched(request, form).pk)
        except planning.IdempotencyConflict as conflict:  # what is sent next is a launch of its own
            form = make(_with_new_key(sent))
            status, context["already"] = 422, conflict.run
        except StillLaunching:
            status, context["under_way"] = 409, True
    context |= {"form": form, "here": request.path, "workers": alive_workers(engines.usual()), **_estimated(form)}
    if request.headers.get("HX-Target") == "estimate":
        return render(request, "judges/_estimate.html", context)
    return render(request, template, context, status=422 if form.is_bound and form.errors else status)


def _launched(request: HttpRequest, form: LaunchForm) -> Run:
    """Return the run of a form, put on record for a worker to plan and drain where it is new."""
    user: Any = request.user  # signed in
    key = form.cleaned_data["key"]
    return launch(project=form.project, key=key, user=user, engine=engines.usual(), **form.order())


def _with_new_key(sent: QueryDict) -> QueryDict:
    """Return what a form sent under a key that nothing was launched with."""
    fresh = sent.copy()
    fresh["key"] = new_key()
    return fresh


def _estimated(form: LaunchForm) -> dict[str, Any]:
    """Return what the form's run would take, or why that cannot be said."""
    if form.is_bound and not form.is_valid() and form.non_field_errors():
        return {"estimate": None}
    wanted = form.wanted()
    if wanted is None:
        return {"estimate": None}
    version, selection = wanted
    found: Estimate = estimate_for(version, selection, batch=form.in_batches)
    same = (run for run in probe_runs(version) if run.selection == selection.as_json())
    return {
        "estimate": found,
        "version": version,
        "batch": form.in_batches,
        "key_problem": problem_with(version),
        "withheld": withheld_lines(version),
        "budgets": _budgets(found),
        "earlier": next(same, None) if selection.probes else None,
    }


def _budgets(found: Estimate) -> list[tuple[Decimal, str]]:
    """Return budgets that make sense for a run, in dollars, and what each is good for."""
    if not found.cost_nusd or found.at_most_nusd is None:
        return []
    likely, most = _round_up(found.cost_nusd * 3 // 2), _round_up(found.at_most_nusd)
    covers_all = (most, "enough for every answer at its longest")
    return [covers_all] if likely >= most else [(likely, "what is likely, and half as much again"), covers_all]


def _round_up(nusd: int) -> Decimal:
    """Return dollars and cents, more digits below ten cents, and never less than the amount."""
    amount = dollars(nusd)
    return amount.quantize(Decimal(1).scaleb(max(-4, min(-2, amount.adjusted() - 1))), ROUND_CEILING)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_metric_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Launch metrics: they need no key and cost nothing."""
    project = get_project(request, slug, "edit")
    form = MetricsForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        created = metric_runs.create_metric_run(
            project,
            form.chosen,
            user=request.user,  # type: ignore[arg-type]
            engine=engines.usual(),
        )
        services.start(created, user=request.user)  # type: ignore[arg-type]
        return redirect("judges:run", project.slug, created.pk)
    responses = planning.responses_to_judge(project).count()
    context = {"project": project, "form": form, "responses": responses, "metrics": METRICS.values()}
    return render(request, "judges/new_metric_run.html", context, status=422 if form.is_bound else 200)
