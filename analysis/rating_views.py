"""The ratings page: selector, then function, then template."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis import selectors
from analysis.downloads import FILES, PICTURE_TYPES
from analysis.errors import Undefined, Why
from analysis.forms import RATER_WORDS, CriterionForm
from analysis.plots import FORMATS as PICTURES
from analysis.rating_board import RatingBoard, rating_board
from analysis.rating_page import MOST_PAIRED, rating_page
from analysis.rating_report import render_means
from analysis.ratings.options import RatingOptions
from domain.access import get_project
from domain.models import Project, Rater, Verdict
from domain.specs import Kind

ALL = ""
STANDARDISE_WORDS = {"none": "as they were given", "rater": "as z-scores of each rater"}


class RatingForm(CriterionForm):
    """Whose ratings to look at, and on which scale."""

    raters = forms.ChoiceField(required=False, label="From")
    standardise = forms.ChoiceField(required=False, label="Scale")

    def __init__(self, data: Any, *, criteria: dict[str, str], raters: dict[str, str]) -> None:
        super().__init__(data, criteria=criteria)
        self._offer("raters", raters)
        self._offer("standardise", STANDARDISE_WORDS)

    @property
    def colour(self) -> str:
        """Whose colour the pictures have."""
        return {"human": "people", "judge": "judge", "metric": "metric"}.get(self.chosen("raters"), "all")


@login_required
@require_safe
def ratings_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how systems are rated, criterion by criterion, and how severe each rater is."""
    project = get_project(request, slug)
    form = _form(request, project)
    context: dict[str, Any] = {"project": project, "form": form, "query": request.GET.urlencode()}
    try:
        board = _board(project, form)
    except Undefined as error:
        return render(request, "analysis/ratings.html", {**context, "reason": error.message})
    low = selectors.lower_is_better_of(project)
    shown = {
        "page": rating_page(board, kinds=selectors.rater_kinds(project), lower_is_better=low),
        "conventions": board.conventions | (board.severity[0].conventions if board.severity else {}),
        "confidence": f"{board.confidence:.0%}".replace("%", "\u202f%"),
        "command": _command(project, form),
        "formats": FILES,
        "pictures": PICTURES,
    }
    return render(request, "analysis/ratings.html", context | shown)


@login_required
@require_safe
def ratings_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the board of means out as a file."""
    project = get_project(request, slug)
    if kind not in FILES:
        raise Http404("There is no such file.")
    try:
        text = render_means(_board(project, _form(request, project)), kind)
    except Undefined as error:
        raise Http404(error.message) from None
    response = HttpResponse(text, content_type=FILES[kind])
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-ratings.{kind}"'
    return response


@login_required
@require_safe
def ratings_plot(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the distributions and means out as a picture."""
    from analysis.rating_plots import rating_plot

    project = get_project(request, slug)
    if kind not in PICTURES:
        raise Http404("There is no such file.")
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    try:
        drawn = rating_plot(_board(project, _form(request, project)), theme=theme, kind=kind)
    except Undefined as error:
        raise Http404(error.message) from None
    response = HttpResponse(drawn, content_type=PICTURE_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-ratings.{kind}"'
    return response


def _board(project: Project, form: RatingForm) -> RatingBoard:
    if not form.can_choose:
        raise Undefined(Why.EMPTY, "nobody has rated a response yet")
    ratings = selectors.ratings_of(project, criterion=form.chosen("criterion") or None, raters=form.chosen("raters"))
    few = ratings.system is not None and len(ratings.system.used().names) <= MOST_PAIRED  # pairs grow with the square
    options = RatingOptions(
        lower_is_better=selectors.lower_is_better_of(project),
        standardise=form.chosen("standardise"),
        severity="item",
        pairs=few,
    )
    return rating_board(ratings, options)


def _form(request: HttpRequest, project: Project) -> RatingForm:
    """Offer the criteria that were answered, and the kinds of raters that rated: people, judges, metrics, then all."""
    labels = sorted(set(selectors.criteria_of(project, Kind.SCORE).values()))
    rated = Verdict.objects.counting().filter(project=project, rater=OuterRef("pk"), response__isnull=False)
    kinds = set(Rater.objects.of(project).filter(Exists(rated)).order_by().values_list("kind", flat=True).distinct())
    present = [word for word, kind in selectors.RATER_KINDS.items() if kind in kinds]
    words = {word: RATER_WORDS[word].replace("verdicts", "ratings") for word in [*present, "all"]}
    criteria = {ALL: "all criteria"} | {label: label for label in labels} if labels else {}
    return RatingForm(request.GET, criteria=criteria, raters=words)


def _command(project: Project, form: RatingForm) -> str:
    """Return the command that gives the same board."""
    words = ["jurybox", "leaderboard", project.slug, "--method", "mean", "--severity", "item"]
    usual = {"raters": "all", "criterion": ALL, "standardise": "none"}
    words += [f"--{name} {form.chosen(name)}" for name, value in usual.items() if form.chosen(name) != value]
    return " ".join([*words, "--pairs"])
