"""What the annotator's pages share: their own things or 404, and errors as answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from annotation.errors import NoSuchTask, TaskError, TooFast
from annotation.models import Assignment, Campaign, Participant
from annotation.pace import keep_pace
from annotation.reads import own_card, own_participation, rated_campaign
from domain.models import Project

View = Callable[..., HttpResponse]
T = TypeVar("T")


class PageRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


def my_campaign(user: User, pk: int) -> Campaign:
    """Return a campaign in which this person may rate, or answer 404."""
    return _or_404(rated_campaign(user, pk))


def project_campaign(project: Project, pk: int) -> Campaign:
    """Return a campaign of a project, or answer 404."""
    campaign: Campaign = get_object_or_404(Campaign.objects.of(project).select_related("project"), pk=pk)
    return campaign


def my_task(user: User, token: str) -> Assignment:
    """Return one of this person's own tasks with its material, or answer 404."""
    return _or_404(own_card(user, token))


def my_participation(user: User, campaign_id: int) -> Participant:
    """Return this person's row in a campaign, or answer 404."""
    return _or_404(own_participation(user, campaign_id))


def _or_404(found: T | None) -> T:
    if found is None:
        raise Http404
    return found


def slow_down(error: TooFast, *, as_json: bool = False) -> HttpResponse:
    """Say that something came too fast, and when it may come again; the page shows it beside what was entered."""
    headers = {"Retry-After": str(error.retry_after)}
    if as_json:
        return JsonResponse({"detail": str(error), "code": error.code}, status=error.status, headers=headers)
    return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8", headers=headers)


def as_page_errors(view: View) -> View:
    """Answer what a service refuses with the page as things stand now; a task that is not there is a 404."""

    @wraps(view)
    def answered(request: PageRequest, **kwargs: Any) -> HttpResponse:
        try:
            if request.method == "POST":
                keep_pace(request.user)
            return view(request, **kwargs)
        except NoSuchTask as error:
            raise Http404 from error
        except TooFast as error:
            return slow_down(error)
        except TaskError:
            name = "annotation:task" if "token" in kwargs else "annotation:campaign"
            here = redirect(name, **kwargs)
            return HttpResponseClientRedirect(here.url) if request.htmx else here

    return answered


def as_json_errors(view: View) -> View:
    """Answer what a service refuses as JSON, for our script."""

    @wraps(view)
    def answered(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            keep_pace(request.user)
            return view(request, *args, **kwargs)
        except TooFast as error:
            return slow_down(error, as_json=True)
        except TaskError as error:
            return JsonResponse({"detail": str(error), "code": error.code}, status=error.status)

    return answered
