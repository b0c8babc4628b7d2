"""Runs: all of a project's, one of them as it goes, and launching."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from domain.access import get_project, may
from domain.paging import page_of
from judges import engines, figures, services
from judges.cell_filters import WITHOUT_VERDICT, Wanted, cells_of, counts
from judges.drift import models_seen
from judges.models import JudgeVersion, Run
from judges.probes.rates import rates_of
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
    workers = alive_workers(found.engine) if by_workers else None
    context: dict[str, Any] = {
        "project": project,
        "run": found,
        "moves": found.state in (Run.State.RUNNING, Run.State.PLANNING),
        "rate": figures.rate_per_second(found),
        "ends_at": figures.ends_at(found),
        "waiting": figures.waiting(found) if found.state == Run.State.RUNNING else None,
        "workers": workers,
        "deserted": workers == 0 and not services.is_resting(found),
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
        "rates": rates_of(found, found.version) if found.version and found.is_of_probes else None,
        **_cells(found, request),
        "choices": [item["key"] for item in found.metrics],
    }
    return render(request, "judges/run.html", context)


def _phase(context: dict[str, Any]) -> str:
    """Return what decides which buttons and notices a run's page has."""
    return f"{context['run'].state}-{context['silent']:d}-{context['deserted']:d}"


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


def tell_opened(request: HttpRequest, run: Run, opened: int) -> None:
    """Say how many cells will be asked again, and what has to happen before."""
    if opened:
        when = "" if run.state == Run.State.RUNNING else " once the run is resumed, with all others that are left"
        messages.success(request, f"{opened} will be asked again{when}.")


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
        elif action == "retry":
            tell_opened(request, found, services.ask_again(found, engine=engines.usual(), user=user))
        else:
            services.start(found, engine=engines.usual(), user=user)
    except WrongState as problem:
        messages.error(request, f"Nothing was changed: {problem}.")
    return redirect("judges:run", project.slug, found.pk)
