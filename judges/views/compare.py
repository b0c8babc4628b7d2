"""Two judge versions on the same items."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from domain.access import get_project
from domain.models import Criterion
from judges import comparing, differences
from judges.compare_forms import CompareForm
from judges.comparing import Comparison
from judges.estimates import sample_items
from judges.models import Cell, JudgeVersion
from judges.planning import Selection, usual_pairs

SIZE = 50


@require_safe
@login_required
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how two versions agree, where they differ, what each cost, and what makes them different."""
    project = get_project(request, slug)
    versions = JudgeVersion.objects.of(project).prefetch_related("rubric__criteria")
    form = CompareForm(versions, request.GET if "a" in request.GET else None)
    context: dict[str, Any] = {"project": project, "form": form, "n_versions": versions.count()}
    if form.is_bound and form.is_valid():
        context |= _compared(request, form.cleaned_data["a"], form.cleaned_data["b"])
    return render(request, "judges/compare.html", context, status=422 if form.is_bound and form.errors else 200)


def _compared(request: HttpRequest, first: JudgeVersion, second: JudgeVersion) -> dict[str, Any]:
    rows = differences.settings_of_both(first, second)
    items = sample_items(first, Selection(pairs=usual_pairs(first.project)), how_many=1)
    context = {
        "a": first,
        "b": second,
        "changed": [row for row in rows if row.differs],
        "unchanged": [row for row in rows if not row.differs],
        "texts": differences.prompts_of_both(first, second, items[0] if items else None),
    }
    if JudgeVersion.Protocol.LISTWISE in (first.protocol, second.protocol):
        return context | {"why_not": "Judges that rank lists have no answers that could be set beside each other."}
    shared = comparing.common_criteria(first, second)
    if not shared:
        return context | {"why_not": "They have no criterion in common: same key, same scale."}
    chosen = next((pair for pair in shared if pair[0].key == request.GET.get("criterion")), shared[0])
    found = comparing.compare(first, second, chosen)
    return context | {
        "criteria": [mine for mine, _ in shared],
        "criterion": chosen[0],
        "found": found,
        "sides": list(zip((first, second), found.coverage, strict=True)),
        **_differing(request, found, chosen),
    }


def _differing(request: HttpRequest, found: Comparison, criteria: tuple[Criterion, Criterion]) -> dict[str, Any]:
    """Return one page of the items on which they differ, each with both cells."""
    wanted = request.GET.get("page", "1")
    pages = max(1, -(-len(found.differing) // SIZE))
    number = min(pages, max(1, int(wanted))) if wanted.isdecimal() and len(wanted) < 10 else 1
    shown = found.differing[(number - 1) * SIZE : number * SIZE]
    cells = Cell.objects.with_material().select_related("run").in_bulk([pk for pair in shown for pk in pair])
    said = _said(Cell.objects.filter(pk__in=cells), criteria)
    rows = [
        {"first": cells[one], "second": cells[other], "first_said": said[one], "second_said": said[other]}
        for one, other in shown
    ]
    return {"rows": rows, "number": number, "pages": pages}


def _said(cells: QuerySet[Cell], criteria: tuple[Criterion, Criterion]) -> dict[int, str]:
    """Return what cells say about a criterion, with the system that won."""
    names = ("pk", "verdict__scores__outcome", "verdict__scores__value", "battle__response_a__system__name",
             "battle__response_b__system__name")  # fmt: skip
    rows = cells.filter(verdict__scores__criterion__in=criteria).values_list(*names)
    words = {"tie": "tie", "both_bad": "both bad"}
    return {
        pk: f"{value:g}" if outcome is None else {"A": a, "B": b, **words}[outcome] for pk, outcome, value, a, b in rows
    }
