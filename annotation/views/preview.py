"""A campaign's tasks as annotators see them, for who sets it up: the same cards, and nothing is recorded.

The addresses are those of a task whose token says "preview", so that the page's own links and forms lead here.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.guide import guide_for
from annotation.models import ROLES, Assignment, Campaign, Item, Participant
from annotation.services import SKIP_REASONS
from annotation.tasks import card_for, frame_for
from annotation.views.common import PageRequest
from domain.models import Project

MATERIAL = (
    "battle__prompt", "battle__response_a", "battle__response_b", "response__prompt", "prompt",
)  # fmt: skip


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: PageRequest, pk: int, n: int) -> HttpResponse:
    """Show the n-th item; an answer leads to the next and goes nowhere else."""
    campaign = _campaign(request, pk)
    if request.method == "POST":
        return _go(request, campaign, n + 1)
    return _show(request, campaign, n)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview_step(request: PageRequest, pk: int, n: int, what: str) -> HttpResponse:
    """Stand in for what surrounds a task: skipping leads on, undo leads back, and the rest does nothing."""
    campaign = _campaign(request, pk)
    if request.method != "POST":
        return redirect("annotation:preview", pk=pk, n=n)
    if what in ("draft", "heartbeat"):
        return JsonResponse({"held": True})
    if what == "flag" and request.htmx:
        return HttpResponse(status=204)
    return _go(request, campaign, max(0, n + {"skip": 1, "undo": -1}.get(what, 0)))


def _campaign(request: PageRequest, pk: int) -> Campaign:
    seen = Project.objects.open_for(request.user, "view")
    found = Campaign.objects.filter(project__in=seen.values("pk")).select_related("project", "rubric")
    campaign: Campaign = get_object_or_404(found, pk=pk)
    return campaign


def _go(request: PageRequest, campaign: Campaign, n: int) -> HttpResponse:
    """Show another item, from the first again after the last."""
    n = n if n < campaign.live_count else 0
    return _show(request, campaign, n) if request.htmx else redirect("annotation:preview", pk=campaign.pk, n=n)


def _show(request: PageRequest, campaign: Campaign, n: int) -> HttpResponse:
    items = campaign.items.filter(role=ROLES.LIVE).select_related(*MATERIAL).order_by("position")
    item = items[n : n + 1].first() if n < campaign.live_count else None
    if item is None:
        raise Http404
    participant = Participant(campaign=campaign, user=request.user)
    context: dict[str, Any] = {
        "card": card_for(_task(campaign, item, n), participant),
        "skip_reasons": SKIP_REASONS,
        "guide": guide_for(campaign, None),
        "preview": {"n": n + 1, "of": campaign.live_count, "campaign": campaign},
    }
    if request.htmx:
        response = render(request, "annotation/task.html#task-card", context)
        response["HX-Replace-Url"] = _address(campaign, n)
        return response
    return render(request, "annotation/preview.html", context | {"frame": frame_for(campaign)})


def _task(campaign: Campaign, item: Item, n: int) -> Assignment:
    """Return a task that is in no table."""
    return Assignment(
        campaign=campaign,
        item=item,
        state=Assignment.State.LEASED,
        token=f"preview-{campaign.pk}-{n}",
        swapped=bool(item.battle_id and n % 2),
        seed=secrets.randbits(31),
    )


def _address(campaign: Campaign, n: int) -> str:
    return reverse("annotation:preview", kwargs={"pk": campaign.pk, "n": n})
