"""The reviewers' page of a campaign: where people disagree, how their answers hold up, and what comes of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation.models import Campaign, Review
from annotation.review.calibrating import add_adjudicated_items, targets_of
from annotation.review.disagreement import measure_of
from annotation.review.figures import figures_of
from annotation.review.page import people_rows, rows_of
from annotation.review.queue import Standing, queue_of
from annotation.review.sampling import left_to_draw, samples
from annotation.rubrics import spec_of
from annotation.views.common import PageRequest
from annotation.views.reviewing import NAMES, Wanted, for_reviewers, shows_names, to_queue, whole
from domain.access import get_project, may
from domain.services import log

SAMPLE_SHARE = 10  # one in so many is what the page suggests


@never_cache
@require_safe
@for_reviewers
def review(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """List where people disagree, and say how their answers hold up."""
    wanted, named = Wanted.of(request, campaign), shows_names(request, campaign)
    queue = queue_of(
        campaign,
        request.user,
        criterion=wanted.criterion,
        standing=wanted.standing,
        only_disputed=wanted.only_disputed,
    )
    criteria, figures = spec_of(campaign).criteria, figures_of(campaign)
    left, people = left_to_draw(campaign, queue.answers)
    context = {
        "project": campaign.project,
        "campaign": campaign,
        "wanted": wanted,
        "states": [(each.value, queue.counts[each]) for each in Standing],
        "total": sum(queue.counts.values()),
        "open": queue.counts[Standing.OPEN],
        "settled": queue.counts[Standing.SETTLED],
        "page": rows_of(campaign, queue, request.GET.get("page", 1)),
        "criteria": criteria,
        "measures": sorted({measure_of(one, is_list=campaign.is_listwise).value for one in criteria}),
        "figures": figures,
        "people": people_rows(campaign, figures, named=named),
        "named": named,
        "waiting": samples(campaign).filter(state=Review.State.OPEN).count(),
        "left": left,
        "left_people": people,
        "suggested": min(left, max(people, round(left / SAMPLE_SHARE))),
        "targets": list(targets_of(campaign)),
        "may_edit": may(request.user, "edit", campaign.project),
    }
    return render(request, "annotation/review.html", context)


@require_POST
@for_reviewers
def review_names(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """Show whose answers they are, or hide it again; the log says so."""
    shown = request.POST.get("show") == "1"
    others = [pk for pk in request.session.get(NAMES, []) if pk != campaign.pk]
    request.session[NAMES] = [*others, campaign.pk] if shown else others
    log(campaign.project, f"review names {'shown' if shown else 'hidden'}", request.user, campaign=campaign.pk)
    return redirect("annotation:review", slug=campaign.project.slug, pk=campaign.pk)


@require_POST
@for_reviewers
def review_calibrate(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """Ask settled items in another campaign as calibration items."""
    get_project(request, campaign.project.slug, "edit")
    target = targets_of(campaign).filter(pk=whole(request, "campaign")).first()
    if target is None:
        messages.error(request, "Choose a campaign with the same rubric that is not closed to put the items into.")
        return to_queue(request, campaign)
    items = [whole(request, "item")] if request.POST.get("item") else None
    made = add_adjudicated_items(campaign, target, items=items, user=request.user)
    if made:
        messages.success(request, f"{made} calibration item{'s' * (made != 1)} added to {target.name}.")
    else:
        messages.info(request, f"Nothing was added: {target.name} asks about all of them already.")
    return to_queue(request, campaign)
