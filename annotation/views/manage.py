"""Researchers' pages: a project's campaigns, a new one, and one of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation import services
from annotation.dashboard import live_of, people_of
from annotation.errors import NotOpen
from annotation.own_words import in_words, names_written
from annotation.quality.flags import quality_flags
from annotation.report import flags_of, lines_of
from annotation.views.common import PageRequest, project_campaign
from annotation.views.reports import AnswersForm
from domain.access import get_project, may
from domain.models import Rubric

MOVES = {
    "open": services.open_campaign,
    "pause": services.pause_campaign,
    "close": services.close_campaign,
}
DONE = {
    "open": "is open. Its annotators find it on their rating page.",
    "pause": "is paused. Nobody is handed a task until you open it again.",
    "close": "is closed.",
}


@login_required
@require_safe
def campaigns(request: PageRequest, slug: str) -> HttpResponse:
    """List a project's campaigns with their progress."""
    project = get_project(request, slug)
    context = {
        "project": project,
        "lines": lines_of(project),
        "has_rubrics": Rubric.objects.filter(project=project).exists(),
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "annotation/campaigns.html", context)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def manage(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Show one campaign: how far it is, who answers, and what can be done with it. htmx asks for what changes alone."""
    project = get_project(request, slug)
    campaign = project_campaign(project, pk)
    context: dict[str, Any] = {"project": project, "campaign": campaign, "live": live_of(campaign)}
    if request.htmx:
        return render(request, "annotation/_dashboard.html", context)
    alarms = quality_flags(campaign)
    people = people_of(campaign, alarms)
    context |= {
        "people": people,
        "gone": sum(person.gone for person in people),
        "alarms": alarms,
        "flags": flags_of(campaign),
        "answers_form": AnswersForm(),
        "may_edit": may(request.user, "edit", project),
        "may_name": may(request.user, "manage", project),
    }
    return render(request, "annotation/manage.html", context)


@login_required
@require_POST
def change_state(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Open, pause or close a campaign."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    move = request.POST.get("move", "")
    if move in MOVES:
        try:
            MOVES[move](campaign, user=request.user)
            messages.success(request, f"{campaign.name} {DONE[move]}")
            if move == "open" and (named := in_words(names_written(campaign))):
                messages.warning(request, named)
        except NotOpen as error:
            messages.error(request, str(error))
    return redirect("annotation:manage", slug=slug, pk=pk)
