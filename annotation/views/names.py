"""Where texts say who wrote them: what was found, what is hidden, and what was a false alarm."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from annotation.errors import BadItem
from annotation.models import Campaign, Item
from annotation.naming_page import by_system, places
from annotation.own_words import names_written
from annotation.services.finding_names import hides_in_prompts
from annotation.services.naming import judge_name, set_masking
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project, may
from domain.paging import page_of

WANTED = {  # what a button asks for: whether names are hidden, in prompts too, and what that is in words
    "hide": (True, None, "Names are hidden"),
    "show": (False, None, "Names are shown"),
    "hide_in_prompts": (True, True, "Names are hidden in prompts and references too"),
    "show_in_prompts": (True, False, "Names are shown in prompts and references"),
}


@login_required
@require_safe
def names(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """List the names that were found in the texts of a campaign, by system and one by one."""
    project = get_project(request, slug)
    campaign = project_campaign(project, pk)
    page = page_of(campaign.items.exclude(identifies=[]), request.GET)
    context = {
        "project": project,
        "campaign": campaign,
        "lines": by_system(campaign),
        "page": page,
        "places": places(page.rows),
        "written": names_written(campaign),
        "in_prompts": hides_in_prompts(campaign),
        "may_edit": may(request.user, "edit", project),
        "is_closed": campaign.state == Campaign.State.CLOSED,
    }
    return render(request, "annotation/names.html", context)


@login_required
@require_POST
def hide_names(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Hide the names from now on, or show them again; what people have seen stays as it was."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    hides, in_prompts, said = WANTED.get(request.POST.get("names", ""), WANTED["show"])
    changed, seen = set_masking(campaign, hides, in_prompts=in_prompts, by=request.user)
    messages.success(request, f"{said} from now on. {_changes(changed, seen)}")
    return redirect("annotation:names", slug=slug, pk=pk)


@login_required
@require_POST
def judge(request: PageRequest, slug: str, pk: int, item: int) -> HttpResponse:
    """Say of one name that it is a false alarm, or that it does tell who wrote the text."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    found: Item = get_object_or_404(campaign.items.select_related("campaign"), pk=item)
    at = request.POST.get("at", "")
    try:
        number = int(at) if at.isascii() and at.isdigit() and len(at) < 6 else -1
        changed, seen = judge_name(found, number, request.POST.get("names", ""), by=request.user)
    except BadItem as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Noted. {_changes(changed, seen)}")
    return redirect("annotation:names", slug=slug, pk=pk)


def _changes(changed: int, seen: int) -> str:
    said = f"{changed} item{'s' * (changed != 1)} updated."
    return f"{said} {seen} had been shown to somebody and stay{'s' * (seen == 1)} as seen." if seen else said
