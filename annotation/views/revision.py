"""Researchers' pages about revising what people go by: the guidelines and their versions, and the rubric."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotation.errors import TaskError
from annotation.listings import problem_with
from annotation.models import Campaign, GuidelineVersion
from annotation.own_words import in_words, names_in
from annotation.revision.checks import checks_on
from annotation.revision.forms import GuidelinesForm, RubricForm, what_was_shown
from annotation.revision.publishing import Revised, move_to_rubric, problem_with_undo, publish_guidelines, undo_revision
from annotation.revision.scope import Effect, effect_of
from annotation.revision.wording import differences
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project
from domain.models import Project, Rubric

SHOWN = 100
LOOK_FIRST = "Look at what it takes back, below. Then publish it."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guideline_versions(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """List the versions of a campaign's guidelines, compare two, and publish a new one."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = GuidelinesForm(request.POST or None, campaign=campaign)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        scope = form.scope()
        effect = effect_of(campaign, scope)
        text, note = form.cleaned_data["text"], form.cleaned_data["note"]
        named = in_words(names_in(campaign, the_guidelines=text, what_changed=note))
        if _is_agreed(request, what_was_shown(scope, effect), effect):
            try:
                done = publish_guidelines(
                    campaign, text=text, note=note, scope=scope, by=request.user, expected=effect.answers
                )
            except TaskError as error:
                context["problem"] = str(error)
            else:
                return _published(request, done, slug, pk, named)
        context |= _preview(request, campaign, effect, what_was_shown(scope, effect))
        context["named"] = named
        context["checks"] = checks_on(campaign, scope.lost)
        context["changes"] = differences(campaign.guidelines, text)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(
        request, "annotation/guideline_versions.html", _page(request, project, campaign) | context, status=status
    )


def _is_agreed(request: PageRequest, shown: str, effect: Effect) -> bool:
    """Return whether somebody wants to publish it, knowing what it takes back now; nothing needs no look."""
    if request.POST.get("do") != "publish":
        return False
    return request.POST.get("shown") == shown or not (effect.answers or effect.carried)


def _preview(request: PageRequest, campaign: Campaign, effect: Effect, shown: str) -> dict[str, Any]:
    problem = LOOK_FIRST if request.POST.get("do") == "publish" else ""
    return {"effect": effect, "shown": shown, "problem": problem}


def _published(request: PageRequest, done: Revised, slug: str, pk: int, named: str = "") -> HttpResponse:
    number, effect = done.version.number, done.effect
    taken = f" {effect.set_aside} answers are set aside, and their items are asked again." if effect.set_aside else ""
    messages.success(request, f"Version {number} is in force. Annotators are told before their next task.{taken}")
    if named:
        messages.warning(request, named)
    return redirect("annotation:guideline_versions", slug=slug, pk=pk)


def _page(request: PageRequest, project: Project, campaign: Campaign) -> dict[str, Any]:
    rows = GuidelineVersion.objects.filter(campaign=campaign).select_related("created_by", "campaign")
    versions = list(rows.order_by("-number")[:SHOWN])
    before, after = _compared(request, versions)
    rubrics = {rubric.pk: rubric for rubric in _versions_of(campaign)}
    return {
        "project": project,
        "campaign": campaign,
        "may_edit": True,
        "lines": [_line(version, rubrics) for version in versions],
        "before": before,
        "after": after,
        "differences": differences(before.text, after.text) if before and after else (),
        "other_rubrics": [rubric for rubric in rubrics.values() if rubric.pk != campaign.rubric_id],
    }


def _compared(
    request: PageRequest, versions: list[GuidelineVersion]
) -> tuple[GuidelineVersion | None, GuidelineVersion | None]:
    """Return the two versions asked for, else the last two."""
    by_number = {str(version.number): version for version in versions}
    after = by_number.get(request.GET.get("to", ""), versions[0] if versions else None)
    earlier = [version for version in versions if after and version.number < after.number]
    before = by_number.get(request.GET.get("from", ""), earlier[0] if earlier else None)
    return before, after


def _line(version: GuidelineVersion, rubrics: dict[int, Rubric]) -> dict[str, Any]:
    moved = version.scope.get("rubric") or {}
    takes_back = bool(moved or version.scope.get("criteria"))
    return {
        "version": version,
        "rubric": rubrics.get(moved.get("to", 0)),
        "carried": version.revised.filter(is_set_aside=False).count() if takes_back else 0,
        "undone": bool(version.scope.get("undone")),
        "may_undo": takes_back and not problem_with_undo(version),
    }


def _versions_of(campaign: Campaign) -> list[Rubric]:
    """Return the versions of a campaign's rubric that its kind of task can ask, the newest first."""
    rubric = campaign.rubric
    rows = Rubric.objects.filter(project=campaign.project_id, name=rubric.name, kind=rubric.kind).order_by("-version")
    return [row for row in rows if row.pk == rubric.pk or not problem_with(campaign.task, row)]


@login_required
@require_POST
def undo(request: PageRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Take back what a revision did to earlier answers."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    version = get_object_or_404(GuidelineVersion.objects.select_related("campaign"), campaign=campaign, number=number)
    try:
        done = undo_revision(version, by=request.user)
    except TaskError as error:
        messages.error(request, str(error))
    else:
        late = f" {done.surplus} stay as they are: others have answered in their place." if done.surplus else ""
        messages.success(request, f"{done.answers} answers count again as they did before version {number}.{late}")
    return redirect("annotation:guideline_versions", slug=slug, pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revise_rubric(request: PageRequest, slug: str, pk: int, to: int) -> HttpResponse:
    """Compare a campaign's rubric with another version of it, and go on with that one."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    target = get_object_or_404(Rubric, pk=to, pk__in=[row.pk for row in _versions_of(campaign)])
    form = RubricForm(request.POST or None, campaign=campaign, to=target)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        scope = form.scope()
        effect = effect_of(campaign, scope)
        if _is_agreed(request, what_was_shown(scope, effect), effect):
            note = form.cleaned_data["note"]
            try:
                done = move_to_rubric(
                    campaign, to=target, note=note, scope=scope, by=request.user, expected=effect.answers
                )
            except TaskError as error:
                context["problem"] = str(error)
            else:
                return _published(request, done, slug, pk)
        context |= _preview(request, campaign, effect, what_was_shown(scope, effect))
        context["checks"] = checks_on(campaign, scope.lost)
    context |= {"project": project, "campaign": campaign, "may_edit": True, "to": target}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "annotation/revise_rubric.html", context, status=status)
