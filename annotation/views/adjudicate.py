"""Deciding one item after the other: take, read, answer, and the next comes with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from annotation.answers import as_sent, from_form
from annotation.errors import BadAnswer, Incomplete
from annotation.models import Campaign, Review
from annotation.review import adjudicating, choosing
from annotation.review.calibrating import targets_of
from annotation.review.drafting import keep_draft
from annotation.review.page import settled_words, voices_of
from annotation.rubrics import spec_of
from annotation.views.common import PageRequest, as_json_errors
from annotation.views.reviewing import Wanted, arrive, card_context, for_reviewers, shows_names, to_queue
from domain.access import may

_HTMX = vary_on_headers("HX-Request")


@require_POST
@for_reviewers
def review_next(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """Take the most disputed item that nobody decides."""
    return _go_to(request, campaign, _next(request, campaign))


@require_POST
@for_reviewers
def review_take(request: PageRequest, campaign: Campaign, item: int) -> HttpResponse:
    """Take one item, also to change what was decided."""
    if not campaign.items.filter(pk=item).exists():
        raise Http404
    return _go_to(request, campaign, choosing.take(request.user, campaign, item))


@never_cache
@_HTMX
@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def adjudicate(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Show an item to who decides it and take the decision, which brings the next; once decided, show it to all."""
    found = _adjudication(campaign, review)
    if request.method == "POST":
        return _decide(request, campaign, found)
    if found.state != Review.State.DONE and (found.reviewer_id != request.user.pk or found.state != Review.State.OPEN):
        messages.info(request, "That item went back to the queue, or another reviewer is deciding it.")
        return to_queue(request, campaign)
    return _show(request, campaign, found, last=_last(request, campaign))


@require_POST
@for_reviewers
def review_open(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Open the annotators' answers before deciding; what is entered stays."""
    found = adjudicating.open_answers(request.user, campaign, _adjudication(campaign, review).pk)
    if not request.htmx:
        return redirect(_address(campaign, found) + Wanted.of(request, campaign).query)
    voices = voices_of(campaign, found, request.user, named=shows_names(request, campaign))
    return render(request, "annotation/_voices.html", {"voices": voices, "review": found})


@require_POST
@for_reviewers
@as_json_errors
def review_draft(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Keep what a reviewer has entered so far."""
    entered = from_form(request.POST.dict(), spec_of(campaign), campaign.task).as_json()
    keep_draft(request.user, choosing.adjudications(campaign), review, entered)
    return JsonResponse({"held": True})


@require_POST
@for_reviewers
def review_leave(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Give an item back and go to the queue."""
    choosing.give_back(request.user, campaign, _adjudication(campaign, review).pk)
    messages.info(request, "The item is back in the queue.")
    return to_queue(request, campaign)


def _adjudication(campaign: Campaign, pk: int) -> Review:
    rows = choosing.adjudications(campaign).select_related("reviewer", *adjudicating.MATERIAL)
    found: Review = get_object_or_404(rows, pk=pk)
    return found


def _next(request: PageRequest, campaign: Campaign) -> Review | None:
    wanted = Wanted.of(request, campaign)
    return choosing.take_next(request.user, campaign, criterion=wanted.criterion, only_disputed=wanted.only_disputed)


def _decide(request: PageRequest, campaign: Campaign, found: Review) -> HttpResponse:
    fields, spec = request.POST.dict(), spec_of(campaign)
    try:
        submission = from_form(fields, spec, campaign.task)
        named = shows_names(request, campaign)
        decided = adjudicating.decide(request.user, campaign, found.pk, submission, named=named).review
    except (Incomplete, BadAnswer) as error:
        missing = error.missing if isinstance(error, Incomplete) else {}
        sent = as_sent(fields, spec)
        return _show(request, campaign, found, sent=sent, problem=str(error), missing=missing, status=422)
    return _go_to(request, campaign, _next(request, campaign), decided)


def _go_to(request: PageRequest, campaign: Campaign, found: Review | None, last: Review | None = None) -> HttpResponse:
    """Go to an item; where there is none, back to the queue, which says so."""
    if found is None:
        messages.success(request, "Settled. No other item waits for you." if last else "No item waits for you.")
        return to_queue(request, campaign)
    address = _address(campaign, found) + Wanted.of(request, campaign).with_last(last)
    return arrive(request, address, lambda: _show(request, campaign, _adjudication(campaign, found.pk), last=last))


def _address(campaign: Campaign, found: Review) -> str:
    return reverse("annotation:adjudicate", args=[campaign.project.slug, campaign.pk, found.pk])


def _last(request: PageRequest, campaign: Campaign) -> Review | None:
    """Return what this reviewer decided just before, as the address says."""
    given = request.GET.get("last", "")
    if not (given.isascii() and given.isdigit() and len(given) < 12):
        return None
    mine = choosing.adjudications(campaign).filter(reviewer=request.user, state=Review.State.DONE)
    last: Review | None = mine.select_related("item").filter(pk=int(given)).first()
    return last


def _show(
    request: PageRequest,
    campaign: Campaign,
    found: Review,
    *,
    last: Review | None = None,
    sent: Mapping[str, Any] | None = None,
    problem: str = "",
    missing: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = card_context(request, campaign, found, sent=sent, problem=problem, missing=missing)
    if context["is_decided"] or found.opened_at is not None:
        context["voices"] = voices_of(campaign, found, request.user, named=context["named"])
    if context["is_decided"]:
        context["said"] = settled_words(campaign, found)
        context["may_edit"] = may(request.user, "edit", campaign.project)
        context["targets"] = list(targets_of(campaign))
    elif last is not None:
        voices = voices_of(campaign, last, request.user, named=False)
        context |= {"last": last, "last_agreeing": sum(bool(one.agrees) for one in voices), "last_n": len(voices)}
    template = "annotation/review_item.html" + ("#task-card" if request.htmx else "")
    return render(request, template, context, status=status)
