"""What a person can look up beside the task: the guidelines, and their own answers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.comments import annotators_threads
from annotation.guide import guide_for, mark_seen
from annotation.mine import my_answers
from annotation.models import Assignment, Campaign, Participant
from annotation.services.changing import LAST, reopen
from annotation.tasks import frame_for
from annotation.views.common import PageRequest, as_page_errors, my_campaign
from annotation.views.home import ENDED


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guidelines(request: PageRequest, pk: int) -> HttpResponse:
    """Show the guidelines: as a page, or for the panel beside a task. Sending the form says that they were read."""
    campaign = my_campaign(request.user, pk)
    participant = Participant.objects.active(request.user).filter(campaign=pk).first()
    guide = guide_for(campaign, participant)
    context: dict[str, Any] = {"frame": frame_for(campaign), "guide": guide}
    if request.method != "POST":
        return render(request, "annotation/guidelines.html", context)
    if participant is not None:
        mark_seen(participant, guide)
    if not request.htmx:
        return _back_to_work(request, pk)
    return render(request, "annotation/_guidelines_opened.html", context)


def _back_to_work(request: PageRequest, pk: int) -> HttpResponse:
    """Go on where the guidelines were read: beside a task, or on their own page."""
    mine = Assignment.objects.of_person(request.user).filter(campaign=pk, token=request.POST.get("task", "")[:43])
    if task := mine.first():
        return redirect("annotation:task", token=task.token)
    return redirect("annotation:guidelines", pk=pk)


@login_required
@never_cache
@require_safe
def answers(request: PageRequest, pk: int) -> HttpResponse:
    """List what this person has answered in a campaign, and what of it they can still change."""
    campaign = my_campaign(request.user, pk)
    before, user = request.GET.get("older_than", "")[:43], request.user
    page = my_answers(user, campaign, older_than=before, threads=lambda turns: annotators_threads(turns, user))
    has_ended = Participant.objects.filter(user=user, campaign=campaign, standing__in=ENDED).exists()
    may_go_on = campaign.state == Campaign.State.OPEN and not has_ended
    context = {"campaign": campaign, "page": page, "last": LAST, "may_go_on": may_go_on}
    return render(request, "annotation/answers.html", context)


@login_required
@require_POST
@as_page_errors
def change(request: PageRequest, token: str) -> HttpResponse:
    """Go back to one of this person's last answers."""
    return redirect("annotation:task", token=reopen(request.user, token).token)
