"""Researchers' pages about quality: the people of a campaign with their flags, one rater's card, and decisions."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from annotation.comments import reviewers_threads
from annotation.errors import TaskError
from annotation.mine import MyPage, my_answers
from annotation.models import Campaign, Participant
from annotation.quality import decisions
from annotation.quality.card import card_of
from annotation.quality.changing import set_policy
from annotation.quality.consensus import add_consensus_items
from annotation.quality.errors import Undefined
from annotation.quality.flags import Flag, agreement_flags, quality_flags
from annotation.quality.page import path_of, policy_words, rows_of
from annotation.quality.pairs import pairs_of
from annotation.quality.pilot import suggested_floor
from annotation.quality.policy import BadPolicy, Policy
from annotation.quality.record import tally
from annotation.review.figures import review_rows
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project, may
from domain.models import Project
from domain.parsers import BadJSON, strict_json


@login_required
@require_safe
def quality(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """List who rates in a campaign: standing, checks, and what raised an alarm."""
    project = get_project(request, slug)
    campaign = project_campaign(project, pk)
    return _quality_page(request, project, campaign)


@login_required
@require_POST
def policy(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Change a campaign's policy, written as JSON; a mistake comes back with what was written."""
    project = get_project(request, slug, "edit")
    campaign, text = project_campaign(project, pk), request.POST.get("policy", "")
    try:
        set_policy(campaign, strict_json(text), by=request.user)
    except (BadPolicy, BadJSON) as error:
        return _quality_page(request, project, campaign, written=text, problem=str(error))
    messages.success(request, "The policy is saved. It holds from the next answer on.")
    return redirect("annotation:quality", slug=slug, pk=pk)


@login_required
@require_POST
def calibrate(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Make calibration items of what experts agree on."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    given = request.POST.get("experts", "")
    try:
        made = add_consensus_items(
            campaign, int(given) if given.isascii() and given.isdigit() else 0, user=request.user
        )
    except (TaskError, ValueError) as error:
        messages.error(request, str(error))
    else:
        found = f"{made} calibration item{'s' * (made != 1)} added."
        nothing = (
            "No item outside of this campaign has so many experts in agreement. Ask experts in a campaign of theirs."
        )
        messages.success(request, found) if made else messages.info(request, nothing)
    return redirect("annotation:quality", slug=slug, pk=pk)


def _quality_page(
    request: PageRequest, project: Project, campaign: Campaign, *, written: str = "", problem: str = ""
) -> HttpResponse:
    context = {
        "project": project,
        "campaign": campaign,
        "lines": _lines(campaign),
        "pairs": pairs_of(campaign),
        "checks": campaign.item_count - campaign.live_count,
        "policy": written or json.dumps(Policy.from_json(campaign.quality).as_json(), indent=2),
        "problem": problem,
        "floor": _floor(campaign),
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "annotation/quality.html", context, status=422 if problem else 200)


def _lines(campaign: Campaign) -> list[dict[str, Any]]:
    flags: dict[int, list[Flag]] = {}
    for flag in [*quality_flags(campaign), *agreement_flags(campaign)]:
        flags.setdefault(flag.participant_id, []).append(flag)
    people = campaign.participants.select_related("user").order_by("user__username")
    lines = [
        {"person": person, "calibration": tally(person.quality, "calibration"), "flags": flags.get(person.pk, [])}
        for person in people
    ]
    return sorted(lines, key=lambda line: -len(line["flags"]))


def _floor(campaign: Campaign) -> str:
    """Say which speed floor the answers so far suggest."""
    try:
        return f"The answers so far suggest a speed floor of {suggested_floor(campaign):,} ms."
    except Undefined as error:
        return f"No speed floor can be suggested: {error}."


@login_required
@require_safe
def rater(request: PageRequest, slug: str, pk: int, participant: int) -> HttpResponse:
    """Show one rater's card."""
    project = get_project(request, slug)
    person = _person(project, pk, participant)
    card, policy = card_of(person), Policy.from_json(person.campaign.quality)
    may_review = may(request.user, "review", project)
    context = {
        "project": project,
        "campaign": person.campaign,
        "person": person,
        "card": card,
        "rows": [*rows_of(card), *review_rows(person)],
        "path": path_of(card.outcomes, policy.calibration),
        "policy": policy_words(policy),
        "history": decisions.history(person),
        "moves": decisions.moves_from(person),
        "answers": _answers(request, person, slug) if may_review else None,
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "annotation/rater.html", context)


def _answers(request: PageRequest, person: Participant, slug: str) -> MyPage:
    """Return what somebody said, with the threads of comments as reviewers read them; no system is named."""
    turn, viewer = request.GET.get("answer", ""), request.user
    return my_answers(
        person.user,
        person.campaign,
        older_than=request.GET.get("older_than", "")[:43],
        from_turn=int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 19 else None,
        threads=lambda turns: reviewers_threads(turns, viewer, slug=slug),
    )


@login_required
@require_POST
def decide(request: PageRequest, slug: str, pk: int, participant: int) -> HttpResponse:
    """Warn, pause, stop, exclude or reinstate somebody, with a reason."""
    person = _person(get_project(request, slug, "edit"), pk, participant)
    move, reason = request.POST.get("move", ""), request.POST.get("reason", "").replace("\0", "").strip()
    try:
        decisions.decide(person, move, reason=reason[:500], by=request.user)
    except (TaskError, ValueError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{person.user.get_username()}: {decisions.MOVES[move].done}")
    return redirect("annotation:rater", slug=slug, pk=pk, participant=participant)


def _person(project: Project, pk: int, participant: int) -> Participant:
    """Return somebody who takes part in a campaign of a project, or answer 404."""
    campaign = project_campaign(project, pk)
    rows = Participant.objects.filter(campaign=campaign).select_related("user", "campaign__project", "campaign__rubric")
    person: Participant = get_object_or_404(rows, pk=participant)
    return person
