"""Sending a comment: a reviewer's about somebody's answer, and the annotator's reply. htmx swaps the thread."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from annotation.comments import BadComment, Thread, annotators_threads, reviewers_thread, say
from annotation.models import Assignment
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project


@login_required
@require_POST
def comment(request: PageRequest, slug: str, pk: int, turn: int) -> HttpResponse:
    """Write to an annotator about an answer of theirs."""
    project = get_project(request, slug, "review")
    campaign = project_campaign(project, pk)
    rows = Assignment.objects.filter(campaign=campaign, answered_at__isnull=False)
    about = get_object_or_404(rows.select_related("campaign__project", "annotator"), pk=turn)
    problem = _said(request, about, is_reviewer=True)
    thread = reviewers_thread(about, request.user, slug=slug)
    person = get_object_or_404(campaign.participants, user=about.annotator_id)
    here = reverse("annotation:rater", args=[slug, pk, person.pk])
    return _answer(request, thread, problem, f"{here}?answer={turn}")


@login_required
@require_POST
def reply(request: PageRequest, token: str) -> HttpResponse:
    """Answer a reviewer's comment on one's own answer."""
    mine = Assignment.objects.of_person(request.user).select_related("campaign__project")
    about = get_object_or_404(mine, token=token)
    problem = _said(request, about, is_reviewer=False)
    thread = annotators_threads([about], request.user)[about.pk]
    return _answer(request, thread, problem, reverse("annotation:answers", args=[about.campaign_id]))


def _said(request: PageRequest, about: Assignment, *, is_reviewer: bool) -> str:
    """Record what was sent; return what is wrong with it, or nothing."""
    try:
        say(about, request.POST.get("text", ""), by=request.user, is_reviewer=is_reviewer)
    except BadComment as error:
        return str(error)
    return ""


def _answer(request: PageRequest, thread: Thread, problem: str, otherwise: str) -> HttpResponse:
    if request.htmx:
        text = request.POST.get("text", "") if problem else ""
        thread = replace(thread, problem=problem, text=text)
        return render(request, "annotation/_comments.html", {"thread": thread}, status=422 if problem else 200)
    if problem:
        messages.error(request, problem)
    return _back(request, otherwise, thread)


def _back(request: PageRequest, otherwise: str, thread: Thread) -> HttpResponseRedirect:
    """Go back to the page on which it was written, where that is one of ours."""
    here = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(here, {request.get_host()}, require_https=request.is_secure())
    return redirect(f"{(here if is_ours else otherwise).split('#')[0]}#comments-{thread.name}")
