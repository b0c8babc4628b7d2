"""The agreement of raters: selector, then function, then template."""

from __future__ import annotations

import json
from dataclasses import dataclass
from shlex import quote

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis import selectors
from analysis.agreement_details import Details, details_of
from analysis.agreement_page import CriterionSection, criterion_section, document_of, on_one_axis, table_of
from analysis.data import Ratings
from analysis.downloads import FILES, one_of, picture_file, report_file, theme_of
from analysis.drawing import Axis
from analysis.errors import Why
from analysis.forms import CriterionForm
from analysis.management.project_tables import tag_slices
from analysis.notes import Coverage
from analysis.plots import FORMATS as PICTURES
from analysis.writers import as_csv, as_html, as_markdown
from domain.access import get_project
from domain.models import Project
from domain.specs import Kind


@login_required
@require_safe
def agreement_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how far raters agree: people with people, and each judge with people."""
    project = get_project(request, slug)
    form = _criterion_form(request, project)
    found = _sections(project, form.chosen("criterion") or None)
    details = _details(project, found)
    context = {
        "project": project,
        "form": form,
        "query": request.GET.urlencode(),
        "sections": found.sections,
        "details": details,
        "has_judges": any(line.kind == "judge" for section in found.sections for line in section.lines),
        "axis": found.axis,
        "coverage": found.coverage,
        "sentence": agreement_sentence(found.sections),
        "reason": "no rating has been given yet",
        "conventions": _AGREEMENT_CONVENTIONS,
        "command": _command(project, form.chosen("criterion"), details),
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
    tables: list[Ratings]
    kinds: dict[str, str]
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
    return _Found(sections, tables, kinds, selectors.coverage_of(project), axis)


def _details(project: Project, found: _Found) -> Details | None:
    """Return raters and slices where the page is about one question; of several they would be too much to read."""
    if len(found.sections) != 1:
        return None
    [section] = found.sections
    [table] = [one for one in found.tables if one.criterion and section.criterion in one.criterion.used().names]
    [slices] = tag_slices(project, [table])
    return details_of(table, section.criterion, level=section.level, kinds=found.kinds, slices=slices)


def _command(project: Project, criterion: str, details: Details | None) -> str:
    """Return the command that says the same of people; what a judge adds, it has of its own: certify."""
    asked = f" --criterion {quote(criterion)}" if criterion else ""
    words = f"jurybox agreement {project.slug}{asked} --raters human"
    if details is None:
        return words
    return f"{words} --per-rater --matrix{' --by tag' if details.slices else ''}"


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
    if one_of(kind, FILES) == "json":
        return report_file(json.dumps(document_of(sections), indent=2, ensure_ascii=False), project, "agreement", kind)
    write = {"csv": as_csv, "md": as_markdown, "html": as_html}[kind]
    return report_file(write(table_of(sections)), project, "agreement", kind)


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
        marks, axis="Agreement beyond chance, 95 % interval", theme=theme_of(request), kind=one_of(kind, PICTURES)
    )
    return picture_file(drawn, project, "agreement", kind)


@login_required
@require_safe
def agreement_matrix(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the rater matrix of one question out as a picture."""
    from analysis.matrix_plot import matrix_plot

    project = get_project(request, slug)
    found = _sections(project, _criterion_form(request, project).chosen("criterion") or None)
    details = _details(project, found)
    if details is None or details.matrix is None:
        raise Http404("There is no rater matrix of this.")
    drawn = matrix_plot(details.matrix.made, theme=theme_of(request), kind=one_of(kind, PICTURES))
    return picture_file(drawn, project, "raters", kind)


_AGREEMENT_CONVENTIONS = (
    ("people with people", "Krippendorff’s alpha at the criterion’s level of measurement: people are exchangeable"),
    ("judge with people", "Cohen’s kappa over all pairs of a judge’s and a person’s answer to one item; quadratic "
     "weights above the nominal level; expected disagreement from each side’s own distribution"),
    ("same answer", "share of those pairs that are equal, not corrected for chance"),
    ("repeats", "one answer per rater and item: equal repeats count once, contradictory ones are an abstention, "
     "numbers on interval and ratio scales are averaged"),
    ("intervals", "percentile bootstrap over items, 1 000 rounds, seed 0, 95 %; of raters by the item jackknife"),
    ("rater by rater", "a person beside the other people, a judge beside the people, on the items both rated; alpha "
     "without is Krippendorff’s alpha of the others"),
    ("tags", "people with people; intervals by Bonferroni over the tags, the test against all other prompts by Holm"),
)  # fmt: skip


def _criterion_form(request: HttpRequest, project: Project) -> CriterionForm:
    labels = _labels(project, Kind.SCORE) | _labels(project, Kind.CHOICE)
    return CriterionForm(request.GET, criteria={"": "all questions"} | labels if labels else {})


def _labels(project: Project, kind: Kind) -> dict[str, str]:
    return {label: label for label in sorted(set(selectors.criteria_of(project, kind).values()))}
