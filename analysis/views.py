"""The leaderboard and the agreement of raters: selector, then function, then template."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis import selectors
from analysis.agreement_page import CriterionSection, criterion_section, document_of, on_one_axis, table_of
from analysis.board_page import board_page
from analysis.counts import tally
from analysis.data import Battles
from analysis.drawing import Axis
from analysis.errors import Undefined, Why
from analysis.forms import BoardForm, CriterionForm
from analysis.leaderboard import Leaderboard, board_from_counts, leaderboard
from analysis.notes import Coverage
from analysis.plots import FORMATS as PICTURES
from analysis.report import render as report
from analysis.win_rates import win_rates
from analysis.writers import as_csv, as_html, as_markdown
from domain.access import get_project
from domain.models import Project
from domain.specs import Kind

FILES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "html": "text/plain; charset=utf-8",  # a fragment to paste; shown as text, never run as a page of ours
}
PICTURE_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@login_required
@require_safe
def leaderboard_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show which system is best, and how sure that is."""
    project = get_project(request, slug)
    form = _board_form(request, project)
    context: dict[str, Any] = {"project": project, "form": form, "query": request.GET.urlencode()}
    try:
        battles = _battles(project, form)
        counts = tally(battles)
        board = board_from_counts(counts, form.options(), unscored=battles.unscored)
    except Undefined as error:
        return render(request, "analysis/leaderboard.html", {**context, "reason": error.message})
    shown = {
        "page": board_page(board, counts),
        "conventions": [(_worded(name), text) for name, text in board.conventions.items()],
        "confidence": f"{board.confidence:.0%}".replace("%", "\u202f%"),
        "command": _board_command(project, form),
        "formats": FILES,
        "pictures": PICTURES,
    }
    return render(request, "analysis/leaderboard.html", context | shown)


@login_required
@require_safe
def leaderboard_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the leaderboard out as a file."""
    project = get_project(request, slug)
    return _file(
        report(_board(project, _board_form(request, project)), _known(kind, FILES)), project, "leaderboard", kind
    )


@login_required
@require_safe
def leaderboard_plot(request: HttpRequest, slug: str, picture: str, kind: str) -> HttpResponse:
    """Hand the interval plot or the win-rate heatmap out as a picture."""
    from analysis import plots

    project = get_project(request, slug)
    form = _board_form(request, project)
    theme = _theme(request)
    board = _board(project, form)
    if _known(picture, ("intervals", "win-rates")) == "intervals":
        drawn = plots.leaderboard_plot(board, theme=theme, kind=_known(kind, PICTURES))
    else:
        rates = win_rates(tally(_battles(project, form)), both_bad=board.both_bad)
        order = [row.system for row in board.rows]
        drawn = plots.win_rate_heatmap(rates, order, theme=theme, kind=_known(kind, PICTURES))
    return _picture(drawn, project, picture, kind)


@login_required
@require_safe
def agreement_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how far raters agree: people with people, and each judge with people."""
    project = get_project(request, slug)
    form = _criterion_form(request, project)
    found = _sections(project, form.chosen("criterion") or None)
    context = {
        "project": project,
        "form": form,
        "query": request.GET.urlencode(),
        "sections": found.sections,
        "axis": found.axis,
        "coverage": found.coverage,
        "sentence": agreement_sentence(found.sections),
        "reason": "no rating has been given yet",
        "conventions": _AGREEMENT_CONVENTIONS,
        "command": f"jurybox agreement {project.slug}",
        "formats": FILES,
        "pictures": PICTURES,
    }
    return render(request, "analysis/agreement.html", context)


def agreement_sentence(sections: list[CriterionSection]) -> str:
    """Answer the page's question in one line: on what people agree best and least."""
    known = [
        (section.criterion, section.lines[0].coefficient.value)
        for section in sections
        if section.lines[0].coefficient.value is not None
    ]
    if not known:
        return "Agreement between people cannot be measured yet"
    if len(known) == 1:
        return f"People agree on {known[0][0]} with alpha {known[0][1]:.2f}"
    best, least = max(known, key=lambda one: one[1]), min(known, key=lambda one: one[1])
    return f"People agree best on {best[0]} (alpha {best[1]:.2f}) and least on {least[0]} ({least[1]:.2f})"


@dataclass(frozen=True, slots=True)
class _Found:
    sections: list[CriterionSection]
    coverage: Coverage
    axis: Axis | None


def _sections(project: Project, criterion: str | None) -> _Found:
    levels, kinds = selectors.levels_of(project), selectors.rater_kinds(project)
    tables = selectors.tables_of(project, criterion=criterion)
    found = [
        criterion_section(table, name, level=levels[name], kinds=kinds)
        for table in tables
        if table.criterion is not None
        for name in table.criterion.used().names
    ]
    sections, axis = on_one_axis([section for section in found if _says_something(section)])
    return _Found(sections, selectors.coverage_of(project), axis)


def _says_something(section: CriterionSection) -> bool:
    """Leave out what only metrics have answered: a length is nothing to agree with."""
    people, *others = section.lines
    return people.coefficient.reason != Why.EMPTY or any(line.kind == "judge" for line in others)


@login_required
@require_safe
def agreement_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand every coefficient of the page out as a file."""
    project = get_project(request, slug)
    sections = _sections(project, _criterion_form(request, project).chosen("criterion") or None).sections
    if _known(kind, FILES) == "json":
        return _file(json.dumps(document_of(sections), indent=2, ensure_ascii=False), project, "agreement", kind)
    write = {"csv": as_csv, "md": as_markdown, "html": as_html}[kind]
    return _file(write(table_of(sections)), project, "agreement", kind)


@login_required
@require_safe
def agreement_plot(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the forest plot out as a picture."""
    from analysis.plots import Mark, interval_plot

    project = get_project(request, slug)
    sections = _sections(project, _criterion_form(request, project).chosen("criterion") or None).sections
    marks = [
        Mark(f"{section.criterion}: {line.who}", one.value, one.lower, one.upper, one.reason or "")
        for section in sections
        for line, one in ((line, line.coefficient) for line in section.lines)
    ]
    drawn = interval_plot(
        marks, axis="Agreement beyond chance, 95 % interval", theme=_theme(request), kind=_known(kind, PICTURES)
    )
    return _picture(drawn, project, "agreement", kind)


_AGREEMENT_CONVENTIONS = (
    ("people with people", "Krippendorff’s alpha at the criterion’s level of measurement: people are exchangeable"),
    ("judge with people", "Cohen’s kappa over all pairs of a judge’s and a person’s answer to one item; quadratic "
     "weights above the nominal level; expected disagreement from each side’s own distribution"),
    ("same answer", "share of those pairs that are equal, not corrected for chance"),
    ("repeats", "one answer per rater and item: equal repeats count once, contradictory ones are an abstention, "
     "numbers on interval and ratio scales are averaged"),
    ("intervals", "percentile bootstrap over items, 1 000 rounds, seed 0, 95 %"),
)  # fmt: skip


def _board(project: Project, form: BoardForm) -> Leaderboard:
    try:
        return leaderboard(_battles(project, form), form.options())
    except Undefined as error:
        raise Http404(error.message) from None


def _battles(project: Project, form: BoardForm) -> Battles:
    criterion = form.chosen("criterion")
    if not criterion:
        raise Undefined(Why.EMPTY, "nobody has compared two responses yet")
    return selectors.battles_of(project, criterion=criterion, raters=form.chosen("raters"))


def _board_form(request: HttpRequest, project: Project) -> BoardForm:
    return BoardForm(request.GET, criteria=_labels(project, Kind.CHOICE))


def _criterion_form(request: HttpRequest, project: Project) -> CriterionForm:
    labels = _labels(project, Kind.SCORE) | _labels(project, Kind.CHOICE)
    return CriterionForm(request.GET, criteria={"": "all questions"} | labels if labels else {})


def _labels(project: Project, kind: Kind) -> dict[str, str]:
    return {label: label for label in sorted(set(selectors.criteria_of(project, kind).values()))}


def _board_command(project: Project, form: BoardForm) -> str:
    """Return the command that gives the same board."""
    words = ["jurybox", "leaderboard", project.slug]
    usual = {"method": "bradley-terry", "raters": "all", "ci": "default"}
    words += [f"--{name} {form.chosen(name)}" for name, value in usual.items() if form.chosen(name) != value]
    return " ".join(words)


def _known(name: str, allowed: Container[str]) -> str:
    if name not in allowed:
        raise Http404("There is no such file.")
    return name


def _theme(request: HttpRequest) -> str:
    return "dark" if request.GET.get("theme") == "dark" else "light"


def _worded(name: str) -> str:
    return name.replace("_", " ")


def _file(text: str, project: Project, what: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=FILES[kind])
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{what}.{kind}"'
    return response


def _picture(drawn: bytes, project: Project, what: str, kind: str) -> HttpResponse:
    response = HttpResponse(drawn, content_type=PICTURE_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{what}.{kind}"'
    return response
