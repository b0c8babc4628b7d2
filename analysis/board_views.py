"""The leaderboard page: selector, then function, then template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis import selectors
from analysis.board_form import BoardForm
from analysis.board_page import board_page
from analysis.board_sections import pair_section, tag_section
from analysis.boards_by import BoardsBy, boards_by
from analysis.boards_report import render_boards
from analysis.counts import tally
from analysis.data import Battles
from analysis.downloads import FILES, one_of, picture_file, report_file, theme_of
from analysis.errors import Undefined, Why
from analysis.leaderboard import Leaderboard, leaderboard
from analysis.management.project_tables import with_tags
from analysis.notes import Note
from analysis.options import Options
from analysis.orders import settled
from analysis.plots import FORMATS as PICTURES
from analysis.report import render as report
from analysis.win_rates import win_rates
from domain.access import get_project
from domain.models import Project, Prompt, System
from domain.specs import Kind

MOST_TAGS = 24  # boards on the page; files have them all
MOST_TAG_SETS = 500  # read to find the tags on offer
MOST_PAIRS = 300  # rows of the table of pairs; files have them all


@dataclass(frozen=True, slots=True)
class Ranked:
    """The battles that the form chose and what was made of them: one board, or one for each tag beside it."""

    battles: Battles
    options: Options
    board: Leaderboard
    by: BoardsBy | None
    is_as_asked: bool = True


@login_required
@require_safe
def leaderboard_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show which system is best, and how sure that is."""
    project = get_project(request, slug)
    form = _form(request, project)
    context: dict[str, Any] = {"project": project, "form": form, "query": request.GET.urlencode()}
    try:
        found = _ranked(project, form, most=MOST_TAGS)
    except Undefined as error:
        return render(request, "analysis/leaderboard.html", {**context, "reason": error.message})
    board = found.board
    shown = {
        "page": board_page(board, tally(found.battles)),
        "pairs": None if board.differences is None else pair_section(board, board.differences),
        "tags": None if found.by is None else tag_section(found.by),
        "most_pairs": MOST_PAIRS,
        "conventions": [(name.replace("_", " "), text) for name, text in board.conventions.items()],
        "confidence": f"{board.confidence:.0%}".replace("%", "\u202f%"),
        "asked_robustness": found.options.robustness,
        "command": form.command(project.slug) if found.is_as_asked else f"jurybox leaderboard {project.slug}",
        "formats": FILES,
        "pictures": PICTURES,
    }
    return render(request, "analysis/leaderboard.html", context | shown)


@login_required
@require_safe
def leaderboard_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the leaderboard out as a file, with whatever the page shows below it."""
    project = get_project(request, slug)
    form = _form(request, project)
    found = _ranked_or_404(project, form)
    written = report(found.board, one_of(kind, FILES)) if found.by is None else render_boards(found.by, kind)
    return report_file(written, project, "leaderboard", kind)


@login_required
@require_safe
def leaderboard_plot(request: HttpRequest, slug: str, picture: str, kind: str) -> HttpResponse:
    """Hand the interval plot or the win-rate heatmap out as a picture."""
    from analysis import plots

    project = get_project(request, slug)
    found = _ranked_or_404(project, _form(request, project))
    theme, board = theme_of(request), found.board
    if one_of(picture, ("intervals", "win-rates")) == "intervals":
        drawn = plots.leaderboard_plot(board, theme=theme, kind=one_of(kind, PICTURES))
    else:
        rates = win_rates(tally(found.battles), rule=board.ties, both_bad=board.both_bad)
        order = [row.system for row in board.rows]
        drawn = plots.win_rate_heatmap(rates, order, theme=theme, kind=one_of(kind, PICTURES))
    return picture_file(drawn, project, picture, kind)


def _ranked_or_404(project: Project, form: BoardForm) -> Ranked:
    try:
        return _ranked(project, form)
    except Undefined as error:
        raise Http404(error.message) from None


def _ranked(project: Project, form: BoardForm, *, most: int | None = None) -> Ranked:
    """Rank as the form says; what the battles cannot give is named on the page, and the usual board shown."""
    battles, notes = settled(_battles(project, form), form.chosen("flips"))
    try:
        return _noted(_made(project, battles, form.options(), form.chosen("by"), most), notes)
    except ValueError as error:  # Undefined among them
        if not len(battles):
            raise Undefined(Why.EMPTY, "there are no scored battles to rank") from error
        form.add_error(None, str(error))
        return replace(_noted(_made(project, battles, Options(), "", most), notes), is_as_asked=False)


def _noted(found: Ranked, notes: tuple[Note, ...]) -> Ranked:
    said = {note.code: note.message for note in notes}
    conventions = found.board.conventions | said
    return replace(found, board=replace(found.board, warnings=(*notes, *found.board.warnings), conventions=conventions))


def _made(project: Project, battles: Battles, options: Options, by: str, most: int | None) -> Ranked:
    if not by:
        return Ranked(battles, options, leaderboard(battles, options), None)
    made = boards_by(battles, options, by=by, tagged=with_tags(project, battles, by), most=most)
    return Ranked(battles, options, made.overall, made)


def _battles(project: Project, form: BoardForm) -> Battles:
    criterion = form.chosen("criterion")
    if not criterion:
        raise Undefined(Why.EMPTY, "nobody has compared two responses yet")
    raters = form.chosen("raters")
    return selectors.battles_of(project, criterion=criterion, raters=raters, details=form.needs_details, orders=True)


def _form(request: HttpRequest, project: Project) -> BoardForm:
    labels = sorted(set(selectors.criteria_of(project, Kind.CHOICE).values()))
    systems = System.objects.filter(project=project).order_by("name").values_list("name", flat=True)
    return BoardForm(
        request.GET, criteria={label: label for label in labels}, systems=list(systems), tags=_tags(project)
    )


def _tags(project: Project) -> list[str]:
    """Return by what prompts can be told apart: all their tags, and the KEY of those that read KEY:value."""
    sets = Prompt.objects.filter(project=project).order_by().values_list("tags", flat=True).distinct()[:MOST_TAG_SETS]
    tags = {tag for found in sets for tag in found or []}
    keys = {tag.partition(":")[0] for tag in tags if ":" in tag}
    return ["tag", *sorted(keys - {"tag"})] if tags else []
