"""Cells: the list under a run, and one with everything that was said."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from domain.access import get_project, may
from domain.models import Project
from judges import engines, figures, services
from judges.models import Cell, Run
from judges.services import WrongState

FILTERS = {
    "": "All",
    "verdict": "Verdict",
    "refused": "Refused",
    "unreadable": "Unreadable",
    "transport": "No answer",
    "flips": "Flips",
    "waiting": "Not answered yet",
}


def cells_of(run: Run, show: str) -> QuerySet[Cell]:
    """Return the cells of a run that a filter shows."""
    cells: QuerySet[Cell] = Cell.objects.filter(run=run).with_material()
    if show == "flips":
        return figures.flipped(cells)
    if show == "waiting":
        return cells.filter(due_at__isnull=False)
    return cells.filter(outcome=show) if show in FILTERS and show else cells


@require_safe
@login_required
def cell(request: HttpRequest, slug: str, pk: int, cell_pk: int) -> HttpResponse:
    """Show one cell: what was asked, what came back, what was understood, and what it cost."""
    project, found = _cell(request, slug, pk, cell_pk)
    exchange = found.exchanges.last()
    context: dict[str, Any] = {
        "project": project,
        "run": found.run,
        "cell": found,
        "exchange": exchange,
        "sides": _sides(found),
        "reading": _reading(found, exchange.reading if exchange else {}),
        "attempts": found.ledger.order_by("pk"),
        "twin": _twin(found),
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "judges/cell.html", context)


@require_POST
@login_required
def retry_cell(request: HttpRequest, slug: str, pk: int, cell_pk: int) -> HttpResponse:
    """Ask one cell again that has no verdict."""
    project, found = _cell(request, slug, pk, cell_pk, "edit")
    user: Any = request.user
    try:
        if services.retry(found.run, cell=found, user=user) and found.run.state != Run.State.RUNNING:
            services.start(found.run, engine=engines.usual(), user=user)
    except WrongState as problem:
        messages.error(request, f"Nothing was changed: {problem}.")
    return redirect("judges:cell", project.slug, found.run_id, found.pk)


def _cell(request: HttpRequest, slug: str, pk: int, cell_pk: int, action: Any = "view") -> tuple[Project, Cell]:
    project = get_project(request, slug, action)
    cells = Cell.objects.with_material().select_related("run__project", "run__version__rubric")
    found: Cell = get_object_or_404(cells, pk=cell_pk, run_id=pk, run__project=project)
    return project, found


def _sides(cell: Cell) -> list[tuple[str, Any]]:
    """Return the responses by the names that the judge knew them by."""
    if cell.battle is None:
        return [("", cell.response)]
    shown = [cell.battle.response_a, cell.battle.response_b]
    return list(zip("AB", shown[::-1] if cell.order else shown, strict=True))


def _reading(cell: Cell, reading: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was understood, by criterion, with the system that a side stands for."""
    names = {criterion.key: criterion.name for criterion in cell.run.version.rubric.criteria.all()}  # type: ignore[union-attr]
    systems = {side: response.system.name for side, response in _sides(cell)}
    rows = []
    for key, said in reading.items():
        outcome = said.get("outcome")
        answer = outcome if outcome is not None else said.get("value")
        rows.append(
            {
                "name": names.get(key, key),
                "answer": {"tie": "a tie", "both_bad": "both bad"}.get(str(answer), answer),
                "system": systems.get(str(outcome), ""),
                "strength": said.get("strength"),
                "reasons": said.get("reasons", ""),
            }
        )
    return rows


def _twin(cell: Cell) -> Cell | None:
    """Return the same battle in the other order."""
    if cell.battle_id is None:
        return None
    same = Cell.objects.filter(run=cell.run_id, battle=cell.battle_id, criteria=cell.criteria, repeat=cell.repeat)
    return same.exclude(pk=cell.pk).first()
