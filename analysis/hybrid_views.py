"""The hybrid page: people's verdicts and one judge's, in one ranking."""

from __future__ import annotations

import shlex
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis import selectors
from analysis.downloads import FILES, one_of, picture_file, report_file, theme_of
from analysis.errors import Undefined, Why
from analysis.forms import CriterionForm
from analysis.hybrid.board import HybridBoard, hybrid_board
from analysis.hybrid.rows import HybridOptions
from analysis.hybrid_page import hybrid_page
from analysis.hybrid_report import hybrid_plot as draw
from analysis.hybrid_report import render_hybrid
from analysis.management.hybrid import hybrid_tables
from analysis.management.project_tables import raters_named
from analysis.plots import FORMATS as PICTURES
from domain.access import get_project
from domain.models import Project, Rater, Verdict
from domain.specs import Kind

METHOD_WORDS = {
    "bradley-terry": "Bradley-Terry",
    "win-rate": "win rate",
    "mean": "mean rating",
}
CLUSTER_WORDS = {"none": "independent", "prompt": "together where they share a prompt"}


class HybridForm(CriterionForm):
    """Which judge helps, and how systems are ranked."""

    judge = forms.ChoiceField(required=False, label="Judge")
    method = forms.ChoiceField(required=False, label="Ranked by")
    baseline = forms.ChoiceField(required=False, label="Against")
    cluster = forms.ChoiceField(required=False, label="Battles are")

    def __init__(
        self, data: Any, *, choices: list[str], scores: list[str], judges: list[str], systems: list[str]
    ) -> None:
        methods = {name: words for name, words in METHOD_WORDS.items() if (scores if name == "mean" else choices)}
        method = data.get("method") if data.get("method") in methods else next(iter(methods), "")
        labels = {"": "all criteria"} | dict.fromkeys(scores) if method == "mean" else dict.fromkeys(choices)
        super().__init__(data, criteria={label: words or label for label, words in labels.items()} if methods else {})
        self._offer("judge", {name: name for name in judges})
        self._offer("method", methods)
        self._offer("baseline", {"": "every other system"} | {name: name for name in systems})
        self._offer("cluster", CLUSTER_WORDS)
        self.ranked_by = method

    def options(self) -> HybridOptions:
        """Return the options that the sentence says."""
        battles = self.ranked_by != "mean"
        return HybridOptions(
            method=self.ranked_by,
            baseline=self.chosen("baseline") or None if self.ranked_by == "win-rate" else None,
            cluster=self.chosen("cluster") if battles else "none",
        )

    def command(self, project: str) -> str:
        """Return the command that gives the same board."""
        words = ["jurybox", "leaderboard", project, "--hybrid", self.chosen("judge")]
        options = self.options()
        words += ["--method", options.method] if options.method != "bradley-terry" else []
        words += ["--baseline", options.baseline] if options.baseline else []
        words += ["--cluster", options.cluster] if options.cluster != "none" else []
        words += ["--criterion", self.chosen("criterion")] if self.has_questions and self.chosen("criterion") else []
        return shlex.join(words)

    @property
    def can_rank(self) -> bool:
        """Whether there are answers to rank by, and a judge to help."""
        return bool(self.ranked_by and self._choices("judge"))


@login_required
@require_safe
def hybrid(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how people would rank systems, helped by a judge, beside their own answers alone."""
    project = get_project(request, slug)
    form = _form(request, project)
    context: dict[str, Any] = {"project": project, "form": form, "query": request.GET.urlencode()}
    try:
        board = _board(project, form)
    except ValueError as error:  # Undefined among them: what the answers do not allow
        return render(request, "analysis/hybrid.html", {**context, "reason": str(error)})
    shown = {
        "page": hybrid_page(board),
        "command": form.command(project.slug),
        "confidence": f"{board.confidence:.0%}".replace("%", "\u202f%"),
        "formats": FILES,
        "pictures": PICTURES,
    }
    return render(request, "analysis/hybrid.html", context | shown)


@login_required
@require_safe
def hybrid_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the hybrid board out as a file."""
    project = get_project(request, slug)
    text = render_hybrid(_board_or_404(request, project), one_of(kind, FILES))
    return report_file(text, project, "hybrid", kind)


@login_required
@require_safe
def hybrid_plot(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Hand the interval plot out as a picture."""
    project = get_project(request, slug)
    drawn = draw(_board_or_404(request, project), theme=theme_of(request), kind=one_of(kind, PICTURES))
    return picture_file(drawn, project, "hybrid", kind)


def _board_or_404(request: HttpRequest, project: Project) -> HybridBoard:
    try:
        return _board(project, _form(request, project))
    except ValueError as error:
        raise Http404(str(error)) from None


def _board(project: Project, form: HybridForm) -> HybridBoard:
    if not form.can_rank:
        raise Undefined(Why.EMPTY, "no judge has answered anything yet")
    judge, people = form.chosen("judge"), raters_named(project, "human")
    if not people:
        raise Undefined(Why.EMPTY, "no person has answered anything yet")
    criterion = form.chosen("criterion") or None
    table = hybrid_tables(project, judge, people, method=form.ranked_by, criterion=criterion)
    low = selectors.lower_is_better_of(project)
    return hybrid_board(table, judge, people, form.options(), lower_is_better=low)


def _form(request: HttpRequest, project: Project) -> HybridForm:
    answered = Verdict.objects.planned().filter(project=project, rater=OuterRef("pk"), unscored_reason="")
    judges = Rater.objects.of(project).filter(Exists(answered), kind="judge").values_list("pk", flat=True)
    names = selectors.rater_names(project)
    return HybridForm(
        request.GET,
        choices=sorted(set(selectors.criteria_of(project, Kind.CHOICE).values())),
        scores=sorted(set(selectors.criteria_of(project, Kind.SCORE).values())),
        judges=sorted(names[pk] for pk in judges),
        systems=list(project.systems.order_by("name").values_list("name", flat=True)),
    )
