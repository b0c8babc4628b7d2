"""Changing a campaign that was set up: its settings, how many people, what comes first, and going on after a pilot."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from annotation import services
from annotation.errors import NotOpen
from annotation.models import ROLES, Campaign, Item
from annotation.services.pilots import go_on as add_the_rest
from annotation.services.running import change_campaign, raise_overlap
from annotation.settings_forms import OverlapForm, PriorityForm, SettingsForm
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project
from domain.models import Project, Prompt


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Change what may change while people work; every change is logged."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = SettingsForm(request.POST or None, instance=project_campaign(project, pk))
    if request.method == "POST" and form.is_valid():
        change_campaign(campaign, {name: form.cleaned_data[name] for name in form.changed_data}, by=request.user)
        messages.success(request, "Saved.")
        return redirect("annotation:settings", slug=slug, pk=pk)
    return _page(request, project, campaign, form=form, status=422 if form.is_bound else 200)


@login_required
@require_POST
def overlap(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Ask more people about each item."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = OverlapForm(request.POST)
    if not form.is_valid():
        return _page(request, project, campaign, overlap_form=form, status=422)
    try:
        changed = raise_overlap(campaign, form.cleaned_data["overlap"], by=request.user)
        messages.success(request, f"{changed.overlap} people are asked about each item now.")
    except NotOpen as error:
        messages.error(request, str(error))
    return redirect("annotation:settings", slug=slug, pk=pk)


@login_required
@require_POST
def priority(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Ask about prompts with a tag sooner or later than about the others."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = PriorityForm(request.POST, campaign=campaign)
    if not form.is_valid():
        return _page(request, project, campaign, priority_form=form, status=422)
    changed = services.set_priority(
        campaign, _tagged(campaign, form.cleaned_data["tag"]), form.cleaned_data["priority"], user=request.user
    )
    messages.success(request, f"{changed} items changed their place in the queue.")
    return redirect("annotation:settings", slug=slug, pk=pk)


@login_required
@require_POST
def go_on(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Add the rest of the draw that a pilot began with."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    try:
        rest = add_the_rest(campaign, by=request.user)
    except NotOpen as error:
        messages.error(request, str(error))
    else:
        changed = "" if rest.same_draw else " Texts were added or removed since, so the rest is of a new draw."
        messages.success(request, f"{rest.added} items are added to those of the pilot.{changed}")
    return redirect("annotation:manage", slug=slug, pk=pk)


def _tagged(campaign: Campaign, tag: str) -> list[Item]:
    """Return the live items whose prompts carry a tag."""
    prompts = {pk for pk, tags in Prompt.objects.of(campaign.project).values_list("pk", "tags") if tag in tags}
    live = campaign.items.filter(role=ROLES.LIVE).select_related("battle", "response").defer("response__content")
    return [item for item in live if _prompt_of(item) in prompts]


def _prompt_of(item: Item) -> int | None:
    if item.battle is not None:
        return item.battle.prompt_id
    return item.response.prompt_id if item.response is not None else item.prompt_id


def _page(
    request: PageRequest, project: Project, campaign: Campaign, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "project": project,
        "campaign": campaign,
        "form": SettingsForm(instance=campaign),
        "overlap_form": OverlapForm(initial={"overlap": campaign.overlap + 1}),
        "priority_form": PriorityForm(campaign=campaign),
        "may_edit": True,
        **more,
    }
    return render(request, "annotation/settings.html", context, status=status)
