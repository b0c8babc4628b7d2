"""What reviewers' pages share: who may, what the queue is asked for, and whether names are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from annotation.errors import TaskError
from annotation.guide import guide_for
from annotation.models import Campaign, Participant, Review
from annotation.review.adjudicating import task_of
from annotation.review.queue import Standing
from annotation.rubrics import spec_of
from annotation.tasks import card_for, frame_for
from annotation.views.common import PageRequest, View, project_campaign
from domain.access import get_project

NAMES = "review_names"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the queue is asked for in an address: ``criterion``, ``state``, and ``all``, also where all agree."""

    criterion: str
    state: str
    only_disputed: bool

    @classmethod
    def of(cls, request: PageRequest, campaign: Campaign) -> Wanted:
        """Read it; what is unknown is the default: every criterion, the open items on which people disagree."""
        criterion, state = request.GET.get("criterion", ""), request.GET.get("state", "")
        return cls(
            criterion=criterion if criterion in {one.key for one in spec_of(campaign).criteria} else "",
            state=state if state in {*Standing, "all"} else Standing.OPEN.value,
            only_disputed=request.GET.get("all") != "1",
        )

    @property
    def standing(self) -> Standing | None:
        """The one standing that is asked for, None for all."""
        return None if self.state == "all" else Standing(self.state)

    @property
    def query(self) -> str:
        """Write it for an address, without the state: what comes next is open."""
        return self.with_last(None)

    def with_last(self, last: Review | None) -> str:
        """Write it with the item that was decided before."""
        fields = {"criterion": self.criterion, "all": "" if self.only_disputed else "1"}
        fields |= {"last": str(last.pk)} if last else {}
        found = urlencode({name: value for name, value in fields.items() if value})
        return f"?{found}" if found else ""


def for_reviewers(view: View) -> View:
    """Hand a view its project and campaign; what a service refuses is said on the queue's page."""

    @login_required
    @wraps(view)
    def answered(request: PageRequest, slug: str, pk: int, **kwargs: Any) -> HttpResponse:
        project = get_project(request, slug, "review")
        campaign = project_campaign(project, pk)
        try:
            return view(request, campaign, **kwargs)
        except TaskError as error:
            messages.error(request, str(error))
            return to_queue(request, campaign)

    return answered


def to(request: PageRequest, address: str) -> HttpResponse:
    """Go to another page, the whole of it also where htmx asked for a part."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def to_queue(request: PageRequest, campaign: Campaign) -> HttpResponse:
    """Go back to the queue as it was asked for."""
    address = reverse("annotation:review", args=[campaign.project.slug, campaign.pk])
    return to(request, address + Wanted.of(request, campaign).query)


def arrive(request: PageRequest, address: str, show: Callable[[], HttpResponse]) -> HttpResponse:
    """Go to an item: by a redirect, or for htmx with its card at once, under its own address."""
    if not request.htmx:
        return redirect(address)
    response = show()
    response["HX-Replace-Url"] = address
    return response


def shows_names(request: PageRequest, campaign: Campaign) -> bool:
    """Say whether this reviewer wants to see whose answers they are; by default not."""
    return campaign.pk in request.session.get(NAMES, [])


def whole(request: PageRequest, name: str) -> int:
    """Return a field that holds a number, 0 where it does not."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def card_context(
    request: PageRequest,
    campaign: Campaign,
    found: Review,
    *,
    sent: Mapping[str, Any] | None = None,
    problem: str = "",
    missing: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what surrounds one item on a reviewer's page, with the card that annotators see."""
    reader = Participant(campaign=campaign, user=request.user)
    task = task_of(found, campaign)
    return {
        "project": campaign.project,
        "campaign": campaign,
        "review": found,
        "card": card_for(task, reader, sent=sent, problem=problem, missing=missing or {}),
        "frame": frame_for(campaign),
        "guide": guide_for(campaign, None),
        "wanted": Wanted.of(request, campaign),
        "named": shows_names(request, campaign),
        "is_decided": found.state == Review.State.DONE,
    }
