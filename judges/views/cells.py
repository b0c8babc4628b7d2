"""Cells: one with everything that was said in it, its neighbours in the list, and asking again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from domain.access import Action, get_project, may
from domain.models import Project
from judges import engines, services
from judges.cell_filters import Wanted, cells_of
from judges.cell_page import result_of, sides_of, steps_of
from judges.models import Cell, Run
from judges.probes.items import probe_of
from judges.probes.scanner import in_words
from judges.services import WrongState
from judges.views.runs import tell_opened


@require_safe
@login_required
def cell(request: HttpRequest, slug: str, pk: int, cell_pk: int) -> HttpResponse:
    """Show one cell: what was asked in each step, what came back, what was understood, and what it cost."""
    project, found = _cell(request, slug, pk, cell_pk)
    wanted, sides = Wanted.of(request.GET), sides_of(found)
    steps = steps_of(found, sides)
    shown = cells_of(found.run, wanted).order_by("pk").values_list("pk", flat=True)
    context: dict[str, Any] = {
        "project": project,
        "run": found.run,
        "cell": found,
        "steps": steps,
        "sides": sides,
        "result": result_of(found, steps, sides),
        "attempts": found.ledger.order_by("pk"),
        "twin": _twin(found),
        "probe": probe_of(found),
        "flags": in_words(found.flags),
        "wanted": wanted,
        "previous": shown.filter(pk__lt=found.pk).last(),
        "next": shown.filter(pk__gt=found.pk).first(),
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "judges/cell.html", context)


@require_POST
@login_required
def retry_cell(request: HttpRequest, slug: str, pk: int, cell_pk: int) -> HttpResponse:
    """Ask one cell again that has no verdict."""
    project, found = _cell(request, slug, pk, cell_pk, "edit")
    _retry(request, found.run, Cell.objects.filter(pk=found.pk))
    return redirect("judges:cell", project.slug, found.run_id, found.pk)


@require_POST
@login_required
def retry_cells(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask all cells again that a state of the list shows and that have no verdict."""
    project = get_project(request, slug, "edit")
    run: Run = get_object_or_404(Run.objects.of(project).filter(version__isnull=False), pk=pk)
    wanted = Wanted.of(request.POST)
    _retry(request, run, cells_of(run, wanted))
    return redirect(reverse("judges:run", args=[project.slug, run.pk]))


def _retry(request: HttpRequest, run: Run, cells: Any) -> None:
    user: Any = request.user
    try:
        tell_opened(request, run, services.ask_again(run, engine=engines.usual(), among=cells, user=user))
    except WrongState as problem:
        messages.error(request, f"Nothing was changed: {problem}.")


def _cell(request: HttpRequest, slug: str, pk: int, cell_pk: int, action: Action = "view") -> tuple[Project, Cell]:
    project = get_project(request, slug, action)
    cells = Cell.objects.with_material().select_related("run__project", "run__version__rubric", "verdict", "prompt")
    found: Cell = get_object_or_404(cells, pk=cell_pk, run_id=pk, run__project=project)
    return project, found


def _twin(cell: Cell) -> Cell | None:
    """Return the same battle in the other order."""
    if cell.battle_id is None:
        return None
    same = Cell.objects.filter(run=cell.run_id, battle=cell.battle_id, criteria=cell.criteria, repeat=cell.repeat)
    return same.exclude(pk=cell.pk).with_material().first()
