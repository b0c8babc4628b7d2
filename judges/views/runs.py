"""Runs: all of a project's, one of them as it goes, and launching."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from domain.access import get_project, may
from domain.paging import page_of
from judges import engines, figures, metric_runs, planning, services
from judges.cell_filters import WITHOUT_VERDICT, Wanted, cells_of, counts
from judges.drift import models_seen
from judges.estimates import Estimate, estimate_for
from judges.forms import MetricsForm, RunForm, new_key
from judges.keys import problem_with
from judges.launching import StillLaunching, launch
from judges.metrics import METRICS
from judges.models import JudgeVersion, Run
from judges.money import dollars
from judges.services import WrongState
from judges.worker import alive_workers

ACTIONS = {"pause": services.pause, "cancel": services.cancel}


@require_safe
@login_required
def runs(request: HttpRequest, slug: str) -> HttpResponse:
    """List the runs, the latest first."""
    project = get_project(request, slug)
    context = {
        "project": project,
        "page": page_of(Run.objects.of(project), request.GET, newest_first=True),
        "may_edit": may(request.user, "edit", project),
        "has_judges": JudgeVersion.objects.filter(project=project).exists(),
    }
    return render(request, "judges/runs.html", context)


@never_cache
@require_safe
@login_required
def run(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one run; htmx asks for its progress alone while it goes."""
    project = get_project(request, slug)
    found: Run = get_object_or_404(Run.objects.of(project), pk=pk)
    by_workers = found.engine != Run.Engine.COMMAND
    context: dict[str, Any] = {
        "project": project,
        "run": found,
        "moves": found.state in (Run.State.RUNNING, Run.State.PLANNING),
        "rate": figures.rate_per_second(found),
        "ends_at": figures.ends_at(found),
        "workers": alive_workers(found.engine) if by_workers else None,
        "silent": services.is_silent(found),
        "batches": found.batches.all() if found.mode == Run.Mode.BATCH else (),
        "may_edit": may(request.user, "edit", project),
    }
    context |= {"phase": _phase(context), "tenth": 10 * found.done // max(1, found.planned)}
    if request.headers.get("HX-Target") == "run-progress":
        return _progress(request, context)
    pairwise = found.version is not None and found.version.protocol == JudgeVersion.Protocol.PAIRWISE
    context |= {
        "swaps": figures.swaps(found) if pairwise and not found.is_of_probes else None,
        "longer": figures.longer_wins(found) if pairwise and not found.is_of_probes else None,
        "repeats": figures.repeats(found) if found.version and not found.is_of_probes else None,
        "drift": models_seen(found),
        **_cells(found, request),
        "choices": [item["key"] for item in found.metrics],
    }
    return render(request, "judges/run.html", context)


def _phase(context: dict[str, Any]) -> str:
    """Return what decides which buttons and notices a run's page has."""
    return f"{context['run'].state}-{context['silent']:d}-{context['workers'] == 0:d}"


def _progress(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Answer with what moves, and have the page loaded again when its buttons are no longer the right ones.

    Readers of the screen are told at every tenth and not at every change.
    """
    context |= {"fragment": True, "says": request.GET.get("tenth") != str(context["tenth"])}
    response = render(request, "judges/run.html#run-progress", context)
    if not context["moves"] or request.GET.get("phase", context["phase"]) != context["phase"]:
        response["HX-Refresh"] = "true"
    return response


def _cells(found: Run, request: HttpRequest) -> dict[str, Any]:
    """Return the list of cells in the state that the address asks for."""
    if found.version is None:
        return {}
    wanted = Wanted.of(request.GET)
    filters = list(counts(found, wanted.typed))
    shown = {show: n for show, _, n in filters}
    again = shown[wanted.show] if wanted.show in WITHOUT_VERDICT else 0
    return {
        "page": page_of(cells_of(found, wanted), request.GET),
        "filters": [(Wanted(show, wanted.typed), label, n) for show, label, n in filters],
        "wanted": wanted,
        "again": again if found.state != Run.State.PLANNING else 0,
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Launch a judge. ``look`` asks only what the run would take, and htmx asks that at every change."""
    project = get_project(request, slug, "edit")
    sent = request.POST.copy()
    if "suggest" in sent:
        sent["budget"] = request.POST.get("suggest", "")
    form = RunForm(project, sent if request.method == "POST" else None, initial={"version": request.GET.get("judge")})
    looking = "look" in sent or "suggest" in sent
    notices: dict[str, Any] = {"status": 200}
    if form.is_bound and not looking and form.is_valid():
        try:
            return redirect("judges:run", project.slug, _launched(request, form).pk)
        except planning.IdempotencyConflict as conflict:  # what is sent next is a launch of its own
            form = RunForm(project, _with_new_key(sent))
            notices = {"status": 422, "already": conflict.run}
        except StillLaunching:
            notices = {"status": 409, "under_way": True}
    context = {
        "project": project,
        "form": form,
        "has_judges": JudgeVersion.objects.filter(project=project).exists(),
        "workers": alive_workers(engines.usual()),
        **_estimated(form),
        **notices,
    }
    if request.headers.get("HX-Target") == "estimate":
        return render(request, "judges/new_run.html#estimate", context)
    status = 422 if form.is_bound and form.errors else notices["status"]
    return render(request, "judges/new_run.html", context, status=status)


def _launched(request: HttpRequest, form: RunForm) -> Run:
    """Return the run of a form, put on record for a worker to plan and drain where it is new."""
    data = form.cleaned_data
    return launch(
        project=form.project,
        key=data["key"],
        user=request.user,  # type: ignore[arg-type]  # signed in
        version=data["version"],
        selection=form.selection(),
        budget_nusd=form.budget_nusd(),
        engine=engines.usual(),
        concurrency=data["concurrency"],
        reuse=data["reuse"],
        mode=Run.Mode.BATCH if data["batch"] else Run.Mode.CALLS,
    )


def _with_new_key(sent: QueryDict) -> QueryDict:
    """Return what a form sent under a key that nothing was launched with."""
    fresh = sent.copy()
    fresh["key"] = new_key()
    return fresh


def _estimated(form: RunForm) -> dict[str, Any]:
    """Return what the form's run would take, or why that cannot be said."""
    version, selection = _wanted(form)
    if version is None or selection is None:
        return {"estimate": None}
    batch = form.is_bound and bool(form.cleaned_data.get("batch"))
    found: Estimate = estimate_for(version, selection, batch=batch)
    return {
        "estimate": found,
        "version": version,
        "batch": batch,
        "key_problem": problem_with(version),
        "budgets": _budgets(found),
    }


def _budgets(found: Estimate) -> list[tuple[Decimal, str]]:
    """Return budgets that make sense for a run, in dollars, and what each is good for."""
    if not found.cost_nusd or found.at_most_nusd is None:
        return []
    likely, most = _round_up(found.cost_nusd * 3 // 2), _round_up(found.at_most_nusd)
    covers_all = (most, "enough whatever happens")
    return [covers_all] if likely >= most else [(likely, "what is likely, and half as much again"), covers_all]


def _round_up(nusd: int) -> Decimal:
    """Return dollars with two digits, or as many as a budget has, and never less than the amount."""
    amount = dollars(nusd)
    return amount.quantize(Decimal(1).scaleb(max(-4, min(0, amount.adjusted() - 1))), ROUND_CEILING)


def _wanted(form: RunForm) -> tuple[JudgeVersion | None, planning.Selection | None]:
    if form.is_bound:
        ok = form.is_valid() or not {"version", "limit", "repeats", "pairs"} & form.errors.keys()
        version = form.cleaned_data.get("version") if ok else None
        return version, form.selection() if version else None
    judges = JudgeVersion.objects.of(form.project)
    asked = str(form.initial.get("version") or "")
    is_id = asked.isdecimal() and len(asked) < 20  # Python refuses to read a very long number
    version = (judges.filter(pk=int(asked)).first() if is_id else None) or judges.first()
    return version, planning.Selection(pairs=form.initial["pairs"])


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


@require_POST
@login_required
def act(request: HttpRequest, slug: str, pk: int, action: str) -> HttpResponse:
    """Pause, cancel, resume or retry a run."""
    project = get_project(request, slug, "edit")
    found: Run = get_object_or_404(Run.objects.of(project), pk=pk)
    user: Any = request.user
    try:
        if action in ACTIONS:
            ACTIONS[action](found, user)
        else:
            opened = services.retry(found, user=user) if action == "retry" else 1
            if opened:
                services.start(found, engine=engines.usual(), user=user)
    except WrongState as problem:
        messages.error(request, f"Nothing was changed: {problem}.")
    return redirect("judges:run", project.slug, found.pk)
