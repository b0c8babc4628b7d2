"""The annotator's pages: each action is one service call. htmx swaps the card; a plain form post goes round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from annotation import services
from annotation.answers import as_sent, from_form
from annotation.errors import BadAnswer, Incomplete, TaskError, TooFast
from annotation.guide import guide_for
from annotation.models import Assignment, Campaign, Participant
from annotation.pace import answers_pace, keep_pace
from annotation.rubrics import spec_of
from annotation.services import SKIP_REASONS
from annotation.services.workers import completion_of
from annotation.tasks import card_for, frame_for
from annotation.views.common import (
    PageRequest,
    as_json_errors,
    as_page_errors,
    my_campaign,
    my_participation,
    my_task,
    slow_down,
)
from annotation.views.home import ENDED, overview
from annotation.views.training import shown_between

ANSWERABLE = (Assignment.State.LEASED, Assignment.State.LAPSED, Assignment.State.REOPENED)
_HTMX = vary_on_headers("HX-Request")


@login_required
@never_cache
@require_safe
def home(request: PageRequest) -> HttpResponse:
    """Show what there is to rate, how far this person is, and the button to go on."""
    return render(request, "annotation/home.html", {"campaigns": overview(request.user)})


@login_required
@never_cache
@require_safe
def campaign(request: PageRequest, pk: int) -> HttpResponse:
    """Say how a campaign stands for this person, and why there is no task when there is none."""
    return _no_task(request, my_campaign(request.user, pk))


@login_required
@require_POST
def rest(request: PageRequest, pk: int) -> HttpResponse:
    """Take a break: the task that is held waits as long as its lease."""
    services.take_break(request.user, my_campaign(request.user, pk))
    return redirect("annotation:home")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: PageRequest, pk: int) -> HttpResponse:
    """Leave a campaign for good, with one's answers or without them."""
    current = my_campaign(request.user, pk)
    choice = request.POST.get("answers", "")
    if request.method == "POST" and choice in ("keep", "erase"):
        services.withdraw_myself(request.user, current, keep_answers=choice == "keep")
        return redirect("annotation:campaign", pk=pk)
    mine = Participant.objects.active(request.user).filter(campaign=current).first()
    context = {"campaign": current, "done": mine.done if mine else 0, "problem": request.method == "POST"}
    return render(request, "annotation/leave.html", context, status=422 if context["problem"] else 200)


@login_required
@require_POST
@as_page_errors
def start(request: PageRequest, pk: int) -> HttpResponse:
    """Go to this person's task in a campaign."""
    return _go_to(services.claim(request.user, my_campaign(request.user, pk)), pk)


@login_required
@never_cache
@_HTMX
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: PageRequest, token: str) -> HttpResponse:
    """Show one task, and take its answer."""
    assignment = my_task(request.user, token)
    if request.method == "POST":
        return _submit(request, assignment)
    if assignment.state not in ANSWERABLE:
        return render(request, "annotation/answered.html", _about(assignment))
    return _show(request, assignment)


def _submit(request: PageRequest, assignment: Assignment) -> HttpResponse:
    key = _text(request, "key")[:200] or "none"
    fields, spec = request.POST.dict(), spec_of(assignment.campaign)
    try:
        keep_pace(request.user)
        submission = from_form(fields, spec, assignment.campaign.task)
        outcome = services.submit(
            request.user,
            str(assignment.token),
            submission,
            key=key,
            guidelines=_version(request),
            pace=answers_pace(),
        )
    except (Incomplete, BadAnswer) as error:
        missing = error.missing if isinstance(error, Incomplete) else {}
        return _show(request, assignment, sent=as_sent(fields, spec), problem=str(error), missing=missing, status=422)
    except TooFast as error:
        if request.htmx:
            return slow_down(error)
        return _show(request, assignment, sent=as_sent(fields, spec), problem=str(error), status=error.status)
    except TaskError:  # answered in another tab, skipped, closed: the page as it stands now says which
        return HttpResponseClientRefresh() if request.htmx else redirect("annotation:task", token=assignment.token)
    return shown_between(request, outcome.task) or _next(request, outcome.next, assignment.campaign)


def _version(request: PageRequest) -> int | None:
    """Return the version of the guidelines that the page was made under; None where it does not say."""
    said = request.POST.get("guidelines", "")[:9]
    return int(said) if said.isascii() and said.isdigit() else None


def _text(request: PageRequest, name: str) -> str:
    """Return a field without NULs: nobody types one, and PostgreSQL cannot store it."""
    return request.POST.get(name, "").replace("\0", "")


@login_required
@require_POST
@as_json_errors
def draft(request: PageRequest, token: str) -> HttpResponse:
    """Keep what is entered so far."""
    assignment = my_task(request.user, token)
    submission = from_form(request.POST.dict(), spec_of(assignment.campaign), assignment.campaign.task)
    lease = services.save_draft(request.user, token, submission.as_json())
    return JsonResponse({"held": lease.held})


@login_required
@require_POST
@as_json_errors
def heartbeat(request: PageRequest, token: str) -> HttpResponse:
    """Keep the task."""
    return JsonResponse({"held": services.heartbeat(request.user, token).held})


@login_required
@never_cache
@_HTMX
@require_http_methods(["GET", "HEAD", "POST"])
@as_page_errors
def skip(request: PageRequest, token: str) -> HttpResponse:
    """Leave a task to another person, with a reason."""
    assignment = my_task(request.user, token)
    if request.method == "POST":
        reason, note = request.POST.get("reason", ""), _text(request, "note")
        following = services.skip(request.user, token, reason=reason, note=note)
        return _next(request, following, assignment.campaign)
    return render(request, "annotation/skip.html", _about(assignment))


@login_required
@never_cache
@_HTMX
@require_http_methods(["GET", "HEAD", "POST"])
@as_page_errors
def flag(request: PageRequest, token: str) -> HttpResponse:
    """Ask the researchers to look at an item; the task goes on."""
    assignment = my_task(request.user, token)
    if request.method == "POST":
        services.flag(request.user, token, _text(request, "note"))
        if request.htmx:
            return HttpResponse(status=204)
        return redirect("annotation:task", token=token)
    return render(request, "annotation/flag.html", _about(assignment))


@login_required
@require_POST
@as_page_errors
def undo(request: PageRequest, token: str) -> HttpResponse:
    """Go back to this person's last answer in the campaign of a task."""
    current = my_task(request.user, token).campaign
    return _next(request, services.undo(request.user, current), current)


@login_required
@require_POST
@as_page_errors
def undo_last(request: PageRequest, pk: int) -> HttpResponse:
    """Go back to this person's last answer from where there is no task."""
    current = my_campaign(request.user, pk)
    return _next(request, services.undo(request.user, current), current)


@login_required
@require_POST
@as_page_errors
def keep(request: PageRequest, token: str) -> HttpResponse:
    """Leave a reopened answer as it was."""
    current = my_task(request.user, token).campaign
    return _next(request, services.keep(request.user, token), current)


def _show(
    request: PageRequest,
    assignment: Assignment,
    *,
    sent: Mapping[str, Any] | None = None,
    problem: str = "",
    missing: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    participant = my_participation(request.user, assignment.campaign_id)
    card = card_for(assignment, participant, sent=sent, problem=problem, missing=missing or {})
    guide = guide_for(participant.campaign, participant)
    context: dict[str, Any] = {"card": card, "skip_reasons": SKIP_REASONS, "guide": guide}
    context |= {"break_due": services.break_due(participant), "campaign_id": participant.campaign_id}
    services.mark_shown(assignment)
    if request.htmx:
        response = render(request, "annotation/task.html#task-card", context | {"swapped_in": True}, status=status)
        response["HX-Replace-Url"] = reverse("annotation:task", args=[assignment.token])
        return response
    context["frame"] = frame_for(participant.campaign)
    return render(request, "annotation/task.html", context, status=status)


def _next(request: PageRequest, following: Assignment | None, current: Campaign) -> HttpResponse:
    """Bring the next task: as the new card for htmx, by a redirect without it."""
    if not request.htmx:
        return _go_to(following, current.pk)
    if following is None:
        return _no_task(request, current)
    return _show(request, following)


def _go_to(following: Assignment | None, pk: int) -> HttpResponseRedirect:
    if following is None:
        return redirect("annotation:campaign", pk=pk)
    return redirect("annotation:task", token=following.token)


def _no_task(request: PageRequest, current: Campaign) -> HttpResponse:
    current.refresh_from_db(fields=["state", "slot_count"])
    empty = services.why_empty(request.user, current)
    mine = Participant.objects.filter(campaign=current, user=request.user).first()
    is_open = current.state == "open" and (mine is None or mine.standing not in ENDED)
    about = {"pk": current.pk, "name": current.name, "is_open": is_open, "has_answers": bool(mine and mine.done)}
    context: dict[str, Any] = {"campaign": about, "empty": empty}
    context["completion"] = completion_of(request.user, current, empty.code)
    if not request.htmx:
        return render(request, "annotation/campaign.html", context)
    context["progress"] = services.progress_of(my_participation(request.user, current.pk))
    response = render(request, "annotation/campaign.html#task-card", context)
    response["HX-Replace-Url"] = reverse("annotation:campaign", args=[current.pk])
    return response


def _about(assignment: Assignment) -> dict[str, Any]:
    """Return what the small pages around a task show."""
    return {
        "token": assignment.token,
        "state": assignment.state,
        "campaign_id": assignment.campaign_id,
        "name": assignment.campaign.name,
        "skip_reasons": SKIP_REASONS,
        "is_open": assignment.campaign.state == Campaign.State.OPEN,
    }
