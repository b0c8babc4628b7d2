"""What stands between two tasks: the feedback of training, and the news of having qualified."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import services
from annotation.guide import guide_for
from annotation.models import ROLES, Assignment, Participant
from annotation.quality.feedback import Feedback, feedback_on
from annotation.quality.words import qualified_words
from annotation.tasks import card_for, frame_for
from annotation.views.common import PageRequest, my_participation, my_task


def shown_between(request: PageRequest, task: Assignment) -> HttpResponse | None:
    """Return the page that follows an answer in place of the next task; None for all but training and the gate."""
    if task.item.role == ROLES.TRAINING:
        return _feedback(request, str(task.token))
    return _qualified(request, task) if task.has_qualified else None


@login_required
@never_cache
@require_safe
def feedback(request: PageRequest, token: str) -> HttpResponse:
    """Show once more what was said about a training task; every other task goes to its own page."""
    return _feedback(request, token) or redirect("annotation:task", token=token)


def _feedback(request: PageRequest, token: str) -> HttpResponse | None:
    task = my_task(request.user, token)
    participant = my_participation(request.user, task.campaign_id)
    said = feedback_on(task, participant)
    if said is None:
        return None
    if request.method == "POST" and not request.htmx:
        return redirect("annotation:feedback", token=token)
    return _shown(request, task, participant, said)


def _shown(request: PageRequest, task: Assignment, participant: Participant, said: Feedback) -> HttpResponse:
    context = {"card": card_for(task, participant), "feedback": said, "campaign_id": task.campaign_id}
    if not request.htmx:
        campaign = participant.campaign
        context |= {"frame": frame_for(campaign), "guide": guide_for(campaign, participant)}
        return render(request, "annotation/feedback.html", context)
    response = render(request, "annotation/feedback.html#task-card", context | {"swapped_in": True})
    response["HX-Replace-Url"] = reverse("annotation:feedback", args=[task.token])
    return response


def _qualified(request: PageRequest, task: Assignment) -> HttpResponse:
    title, text = qualified_words()
    participant = my_participation(request.user, task.campaign_id)
    context = {"title": title, "text": text, "name": participant.campaign.name, "campaign_id": task.campaign_id}
    if not request.htmx:
        return render(request, "annotation/qualified.html", context)
    context |= {"swapped_in": True, "progress": services.progress_of(participant)}
    response = render(request, "annotation/qualified.html#task-card", context)
    response["HX-Replace-Url"] = reverse("annotation:campaign", args=[task.campaign_id])
    return response
