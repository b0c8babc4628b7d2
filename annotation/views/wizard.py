"""Setting a campaign up: one page, with a plan beside the form that follows what is entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotation.campaign_form import CampaignForm
from annotation.models import AnnotatorGroup, Campaign
from annotation.plan_inputs import Material, Past, material_of, past_of, usual_seconds
from annotation.planning import USUAL_AGREEMENT, CannotPlan, Plan, Study, plan
from annotation.rubrics import rubrics_for_people
from annotation.views.common import PageRequest
from domain.access import get_project, roles_that
from domain.models import Membership, Project, Rubric


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it was made from, for the page. Without a plan, ``reason`` says why."""

    material: Material
    past: Past
    study: Study | None = None
    plan: Plan | None = None
    currency: str = ""
    reason: str = ""
    alternatives: tuple[tuple[Study, Plan], ...] = ()

    @property
    def detectable_rate(self) -> float | None:
        """The smallest win rate of one system against another that the plan can tell from one half."""
        margin = self.plan.detectable.value if self.plan else None
        return None if margin is None else 0.5 + margin


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: PageRequest, slug: str) -> HttpResponse:
    """Set a campaign up, in draft. "Work out the plan" shows the plan and keeps everything as it was entered."""
    project = get_project(request, slug, "edit")
    only_plan = request.POST.get("show") == "plan"
    form = CampaignForm(request.POST or None, project=project)
    if request.method == "POST" and not only_plan and form.is_valid() and (made := form.save(request.user)):
        messages.success(request, f"{made.name} is set up with {made.live_count} items. Open it when you are ready.")
        return redirect("annotation:manage", slug=slug, pk=made.pk)
    if only_plan and not request.POST.get("name"):
        form.errors.pop("name", None)  # nobody has to name what they only plan
    context = {
        "project": project,
        "form": form,
        "has_rubrics": rubrics_for_people(project).exists(),
        "planned": planned_by(form, project),
        "raters": Membership.objects.filter(project=project, role__in=roles_that("annotate")).count(),
        "groups": AnnotatorGroup.objects.filter(project=project).count(),
    }
    return render(
        request, "annotation/new_campaign.html", context, status=422 if form.is_bound and form.errors else 200
    )


@login_required
@require_POST
def plan_campaign(request: PageRequest, slug: str) -> HttpResponse:
    """Work out the plan of what is entered so far."""
    project = get_project(request, slug, "edit")
    planned = planned_by(CampaignForm(request.POST, project=project), project)
    return render(request, "annotation/_plan.html", {"project": project, "planned": planned})


def planned_by(form: CampaignForm, project: Project) -> Planned | None:
    """Plan the valid part of a form; a fresh form is planned with its defaults. None without a rubric."""
    data = _entered(form)
    rubric = data.get("rubric") or _first_offered(form, project)
    if rubric is None:
        return None
    material = material_of(project, form.selection(), rubric, data.get("task") or "")
    past = past_of(rubric)
    try:
        study = _study(form, data, material, past, usual_seconds(material, rubric))
        alternatives = _alternatives(study, material)
    except CannotPlan as reason:
        return Planned(material, past, reason=str(reason))
    return Planned(material, past, study, plan(study), str(data.get("currency") or ""), "", alternatives)


def _entered(form: CampaignForm) -> dict[str, Any]:
    """Return what of a form can be read; of a fresh one, what it begins with."""
    if form.is_bound:
        form.is_valid()
    else:
        form.cleaned_data = {name: field.initial for name, field in form.fields.items() if name != "rubric"}
    return form.cleaned_data


def _first_offered(form: CampaignForm, project: Project) -> Rubric | None:
    """Return the rubric that a fresh form has chosen; none is chosen where what was sent is no rubric."""
    if form.is_bound:
        return None
    rubrics = rubrics_for_people(project)
    return rubrics.filter(pk=form.fields["rubric"].initial).first() or rubrics.first()


def _study(form: CampaignForm, data: dict[str, Any], material: Material, past: Past, guess: float) -> Study:
    assumed = form.assumed()
    items = min(data.get("size") or material.items, material.items)
    if items == 0:
        raise CannotPlan("No responses with a text match this choice; take more systems or tags.")
    pay = {name: float(data[name]) for name in ("pay_per_answer", "pay_per_hour") if data.get(name) is not None}
    return Study(
        items=items,
        per_item=data.get("overlap") or 1,
        systems=material.systems,
        shown=material.shown,
        best_worst=data.get("task") == Campaign.Task.BEST_WORST,
        people=assumed.people,
        seconds=assumed.seconds or past.seconds or guess,
        agreement=USUAL_AGREEMENT if assumed.agreement is None else assumed.agreement,
        sd=past.sd,
        checks=form.checks(),
        **pay,
    )


def _alternatives(study: Study, material: Material) -> tuple[tuple[Study, Plan], ...]:
    """Return about the same number of answers, spent on more items or on more people per item."""
    others = []
    for per_item in (1, 2, 3, 5):
        items = round(study.answers / per_item)
        if 1 <= items <= material.items:
            other = Study(
                items=items,
                per_item=per_item,
                systems=study.systems,
                shown=study.shown,
                best_worst=study.best_worst,
                agreement=study.agreement,
                sd=study.sd,
            )
            others.append((other, plan(other)))
    return tuple(others) if len(others) > 1 else ()
