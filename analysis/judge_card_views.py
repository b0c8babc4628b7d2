"""Which judges may stand in for people, and the card of each: selector, then function, then template."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis import selectors
from analysis.certification import Certification, answered_by, certify, questions_of
from analysis.certification_report import render_certification
from analysis.certify_command import EPSILON
from analysis.comparison.estimates import Sampling
from analysis.downloads import FILES, one_of, picture_file, report_file, theme_of
from analysis.errors import Undefined, Why
from analysis.forms import CriterionForm
from analysis.judge_card import deciding_tests
from analysis.judge_card_page import Tried, Verdict, card_page, list_sentence
from analysis.judge_sides import Demands
from analysis.judging_plots import PICTURES as DRAWN
from analysis.judging_plots import draw
from analysis.management.probe_reports import report_on
from analysis.management.project_tables import questions_about
from analysis.plots import FORMATS as PICTURES
from domain.access import get_project
from domain.models import Criterion, Project, System
from domain.models import Verdict as Given
from domain.probing import prober
from domain.specs import Kind

UNSAID = ""
WORDS = {"skilled": "skilled annotators", "experts": "experts", "crowd": "crowd workers"}


class PeopleForm(CriterionForm):
    """Who the people are, which says how far behind them a judge may be."""

    annotators = forms.ChoiceField(required=False, label="The people are")

    def __init__(self, data: Any, *, criteria: dict[str, str]) -> None:
        super().__init__(data, criteria=criteria)
        self._offer("annotators", WORDS)

    @property
    def epsilon(self) -> float:
        """How far behind a judge may be."""
        return EPSILON[self.chosen("annotators")]


class CardForm(PeopleForm):
    """The question, the people, and the judge's own family where systems have one."""

    family = forms.ChoiceField(required=False, label="Its own family")

    def __init__(self, data: Any, *, criteria: dict[str, str], families: list[str]) -> None:
        super().__init__(data, criteria=criteria)
        self.families = families
        self._offer("family", {UNSAID: "no system here"} | {family: family for family in families})


@login_required
@require_safe
def judge_cards(request: HttpRequest, slug: str) -> HttpResponse:
    """Show each judge's verdict on every question that it answered."""
    project = get_project(request, slug)
    form = PeopleForm(request.GET, criteria={})
    judges = _tried(project, Demands(epsilon=form.epsilon, sampling=Sampling(ci="none")))
    context = {"project": project, "form": form, "judges": judges, "sentence": list_sentence(judges)}
    return render(request, "analysis/judge_cards.html", context | {"query": request.GET.urlencode()})


@login_required
@require_safe
def judge_card(request: HttpRequest, slug: str, rater: int) -> HttpResponse:
    """Show one judge's card on one question."""
    project = get_project(request, slug)
    asked = _asked(request, project, rater)
    context = {
        "project": project,
        "judge": asked.judge,
        "rater": rater,
        "form": asked.form,
        "query": request.GET.urlencode(),
        "command": asked.command(project),
        "formats": FILES,
        "pictures": PICTURES,
    }
    try:
        made = _certified(project, asked)
    except Undefined as error:
        return render(request, "analysis/judge_card.html", context | {"reason": error.message})
    shown = {"page": card_page(made.cards[0], asked.judge, made.probes), "conventions": made.conventions}
    return render(request, "analysis/judge_card.html", context | shown)


@login_required
@require_safe
def judge_card_file(request: HttpRequest, slug: str, rater: int, kind: str) -> HttpResponse:
    """Hand the card out as a file."""
    project = get_project(request, slug)
    made = _certified_or_404(request, project, rater)
    text = render_certification(made, one_of(kind, FILES), every=True)
    return report_file(text, project, "judge-card", kind)


@login_required
@require_safe
def judge_card_plot(request: HttpRequest, slug: str, rater: int, picture: str, kind: str) -> HttpResponse:
    """Hand one of the card's pictures out."""
    project = get_project(request, slug)
    what = one_of(picture, DRAWN)
    card = _certified_or_404(request, project, rater).cards[0]
    try:
        drawn = draw(card, what, theme=theme_of(request), kind=one_of(kind, PICTURES))
    except ValueError as error:
        raise Http404(str(error)) from None
    return picture_file(drawn, project, what, kind)


def _tried(project: Project, demands: Demands) -> list[Tried]:
    """Test every judge on every question, without intervals; the answers are read once for all of them."""
    kinds, levels = selectors.rater_kinds(project), selectors.levels_of(project)
    people = {name for name, kind in kinds.items() if kind == "person"}
    questions = [question for table in selectors.tables_of(project) for question in questions_of(table, levels=levels)]
    found = []
    for key, name in selectors.rater_names(project).items():
        own = answered_by(questions, name) if kinds[name] == "judge" else []
        tests = ((one.criterion or "", deciding_tests(one.among({*people, name}), name, demands)) for one in own)
        verdicts = [Verdict(criterion, *made) for criterion, made in tests]
        if verdicts:
            found.append(Tried(key, name, verdicts))
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a card is asked for."""

    judge: str
    form: CardForm
    own: tuple[str, ...]

    @property
    def criterion(self) -> str:
        return self.form.chosen("criterion")

    def command(self, project: Project) -> str:
        """Return the command that gives the same card."""
        words = ["jurybox", "certify", project.slug, "--judge", self.judge, "--criterion", self.criterion]
        if self.form.chosen("annotators") != "skilled":
            words += ["--annotators", self.form.chosen("annotators")]
        if probing := prober().latest(project, self.judge):
            words += ["--probes", "--probe-items", str(probing.items)]
            words += ["--seed", str(probing.seed)] if probing.seed else []
        return shlex.join([*words, *(["--own", ",".join(self.own)] if self.own else [])])


def _asked(request: HttpRequest, project: Project, rater: int) -> _Asked:
    judge = selectors.rater_names(project).get(rater)
    if judge is None or selectors.rater_kinds(project)[judge] != "judge":
        raise Http404("No such judge in this project.")
    families: dict[str, list[str]] = {}
    for name, family in System.objects.filter(project=project).exclude(family="").values_list("name", "family"):
        families.setdefault(family, []).append(name)
    criteria = {label: label for label in sorted(_answered(project, rater))}
    form = CardForm(request.GET, criteria=criteria, families=sorted(families))
    return _Asked(judge, form, tuple(sorted(families.get(form.chosen("family"), []))))


def _answered(project: Project, rater: int) -> set[str]:
    """Return the labels of the criteria that this rater has answered."""
    labels = selectors.criteria_of(project, Kind.SCORE) | selectors.criteria_of(project, Kind.CHOICE)
    given = Given.objects.planned().filter(project=project, rater=rater, unscored_reason="").order_by()
    asked = Criterion.objects.filter(rubric__in=given.values("rubric").distinct()).values_list("pk", flat=True)
    return {labels[pk] for pk in asked if pk in labels}


def _certified(project: Project, asked: _Asked) -> Certification:
    if not asked.criterion:
        raise Undefined(Why.EMPTY, "this judge has not answered anything yet")
    questions = questions_about(project, asked.judge, "human", criterion=asked.criterion)
    probing = prober().latest(project, asked.judge)
    probes = None if probing is None else report_on(probing)
    return certify(questions, asked.judge, Demands(epsilon=asked.form.epsilon, own=asked.own), probes)


def _certified_or_404(request: HttpRequest, project: Project, rater: int) -> Certification:
    try:
        return _certified(project, _asked(request, project, rater))
    except Undefined as error:
        raise Http404(error.message) from None
