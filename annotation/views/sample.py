"""Expert review of a sample: draw it, look at one answer after the other, say whether it stands."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from annotation.answers import Submission, as_sent, from_form
from annotation.errors import BadAnswer, Incomplete
from annotation.models import Campaign, Review
from annotation.review import sampling
from annotation.review.adjudicating import MATERIAL, NOTE
from annotation.review.drafting import keep_draft
from annotation.review.page import settled_words, voice_of
from annotation.rubrics import spec_of
from annotation.views.common import PageRequest, as_json_errors
from annotation.views.reviewing import arrive, card_context, for_reviewers, shows_names, to_queue

_HTMX = vary_on_headers("HX-Request")
STANDS = {"yes": True, "no": False}
OWN = ("answers", "ranks", "best", "worst")  # of a draft: whether an answer of the reviewer's own is begun


@require_POST
@for_reviewers
def review_sample(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """Draw a sample: so many answers, or such a share of them."""
    left, _ = sampling.left_to_draw(campaign)
    seed = request.POST.get("seed", "").strip()
    try:
        n = _size(request.POST.get("size", ""), left)
        number = int(seed) if seed.isascii() and seed.isdigit() and len(seed) < 10 else secrets.randbelow(10**9)
        drawn = sampling.draw_sample(campaign, n, seed=number, by=request.user)
    except sampling.BadSample as error:
        messages.error(request, f"No sample was drawn: {error}.")
        return to_queue(request, campaign)
    messages.success(request, f"{drawn} answers are drawn, with the seed {number}.")
    return to_queue(request, campaign)


def _size(text: str, left: int) -> int:
    """Read "20" or "10 %"; of a share, the next whole number."""
    number = text.replace("%", "").strip()
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise sampling.BadSample(f"{text[:20]!r} is no size; give a number of answers, or a share such as 10 %")
    return -(-left * int(number) // 100) if "%" in text else int(number)


@require_POST
@for_reviewers
def review_sample_next(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """Take the next drawn answer."""
    return _go_to(request, campaign, sampling.next_answer(request.user, campaign))


@never_cache
@_HTMX
@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def review_answer(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Show one answer of the sample and take what the reviewer says, which brings the next."""
    found = _drawn(campaign, review)
    if request.method == "POST":
        return _judge(request, campaign, found)
    if found.state != Review.State.DONE and found.reviewer_id != request.user.pk:
        messages.info(request, "Another reviewer looks at that answer now, or nobody has taken it.")
        return to_queue(request, campaign)
    return _show(request, campaign, found)


@require_POST
@for_reviewers
@as_json_errors
def review_answer_draft(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Keep what a reviewer has entered so far about an answer."""
    fields = request.POST.dict()
    entered = from_form(fields, spec_of(campaign), campaign.task).as_json() | _judgement(fields)
    keep_draft(request.user, sampling.samples(campaign), review, entered)
    return JsonResponse({"held": True})


@require_POST
@for_reviewers
def review_answer_leave(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Leave an answer to other reviewers and go to the queue."""
    sampling.leave_answer(request.user, campaign, _drawn(campaign, review).pk)
    messages.info(request, "The answer is left to other reviewers.")
    return to_queue(request, campaign)


@require_POST
@for_reviewers
def review_answer_again(request: PageRequest, campaign: Campaign, review: int) -> HttpResponse:
    """Look again at an answer that this reviewer has judged."""
    return _go_to(request, campaign, sampling.judge_again(request.user, campaign, _drawn(campaign, review).pk))


def _drawn(campaign: Campaign, pk: int) -> Review:
    rows = sampling.samples(campaign).select_related("reviewer", "assignment__annotator", *MATERIAL)
    found: Review = get_object_or_404(rows, pk=pk)
    return found


def _judge(request: PageRequest, campaign: Campaign, found: Review) -> HttpResponse:
    fields, spec = request.POST.dict(), spec_of(campaign)
    said = _judgement(fields)
    try:
        own = _own(from_form(fields, spec, campaign.task))
        if said["stands"] is None:
            raise Incomplete({":stands": "whether it stands"})
        judged = sampling.judge_answer(
            request.user,
            campaign,
            found.pk,
            agrees=said["stands"],
            note=said["note"],
            own=own,
            named=shows_names(request, campaign),
        )
    except (Incomplete, BadAnswer) as error:
        missing = error.missing if isinstance(error, Incomplete) else {}
        return _show(
            request, campaign, found, sent=as_sent(fields, spec), problem=str(error), missing=missing, said=said
        )
    return _go_to(request, campaign, sampling.next_answer(request.user, campaign), judged)


def _judgement(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form says of the answer itself: whether it stands, and the note."""
    note = fields.get("note", "").replace("\0", "").strip()[:NOTE]
    return {"stands": STANDS.get(fields.get("stands", "")), "note": note}


def _own(submission: Submission) -> Submission | None:
    """Return what the reviewer would have answered, None where nothing of it is entered."""
    said = (submission.answers, submission.remarks, submission.ranks, submission.best, submission.worst)
    return submission if any(said) else None


def _go_to(request: PageRequest, campaign: Campaign, found: Review | None, last: Review | None = None) -> HttpResponse:
    if found is None:
        what = "All of the sample is reviewed, or other reviewers look at the rest."
        messages.success(request, what if last else "No answer of a sample waits for you.")
        return to_queue(request, campaign)
    address = reverse("annotation:review_answer", args=[campaign.project.slug, campaign.pk, found.pk])
    return arrive(request, address, lambda: _show(request, campaign, _drawn(campaign, found.pk), last=last))


def _show(
    request: PageRequest,
    campaign: Campaign,
    found: Review,
    *,
    last: Review | None = None,
    sent: Mapping[str, Any] | None = None,
    problem: str = "",
    missing: Mapping[str, str] | None = None,
    said: Mapping[str, Any] | None = None,
) -> HttpResponse:
    context = card_context(request, campaign, found, sent=sent, problem=problem, missing=missing)
    context |= {"voice": voice_of(campaign, found, request.user, named=context["named"]), "last": last}
    said = said or found.draft or {"stands": found.agrees, "note": found.note}
    context |= {"stands": said["stands"], "note": said["note"], "said": settled_words(campaign, found)}
    context["has_own"] = bool(problem) or any(said.get(name) for name in OWN)
    template = "annotation/review_answer.html" + ("#task-card" if request.htmx else "")
    return render(request, template, context, status=422 if problem else 200)
