"""Coming in by a link, with a new account or one's own."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from annotation import services
from annotation.models import Campaign, Invite
from annotation.people_forms import JoinForm
from annotation.services import invites, workers
from annotation.views.common import PageRequest, my_campaign
from domain.views.people import signed_in

BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what taking part means, and let somebody in; every link that does not work gives the same answer."""
    try:
        if request.user.is_authenticated:
            return _with_account(request, secret)
        return _without_account(request, secret)
    except invites.NoSuchInvite:
        return render(request, "annotation/join_gone.html", status=404)


def _with_account(request: HttpRequest, secret: str) -> HttpResponse:
    user = signed_in(request)
    problem = ""
    if request.method == "POST":
        try:
            return _inside(invites.join(secret, user))
        except invites.MayNotJoin as error:
            problem = str(error)
    invite = invites.find_for(secret, user)
    return _page(request, invite, None, problem)


def _without_account(request: HttpRequest, secret: str) -> HttpResponse:
    invite = invites.find(secret)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = invites.register(
                secret, username=form.cleaned_data["username"], password=form.cleaned_data["password1"]
            )
        except invites.NameTaken:
            form.add_error("username", User._meta.get_field("username").error_messages["unique"])
        else:
            login(request, user, backend=BACKEND)
            return _inside(invite.campaign)
    return _page(request, invite, form)


def _page(request: HttpRequest, invite: Invite, form: JoinForm | None, problem: str = "") -> HttpResponse:
    context = {"name": invite.campaign.name, "form": form, "problem": problem}
    bad = bool(problem) or (form is not None and form.is_bound)
    return render(request, "annotation/join.html", context, status=422 if bad else 200)


def _inside(campaign: Campaign) -> HttpResponse:
    """Go to the campaign, or to the list while it is a draft: drafts do not exist for annotators."""
    if campaign.state == Campaign.State.DRAFT:
        return redirect("annotation:home")
    return redirect("annotation:campaign", pk=campaign.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def study(request: HttpRequest, secret: str) -> HttpResponse:
    """Let a recruiter's worker in by the numbers in the address, which no page repeats."""
    try:
        invite = workers.study_invite(secret)
        arrival = workers.read_arrival(invite.campaign.recruiter, request.GET.dict())
        if request.method == "POST" and not arrival.is_preview:
            login(request, workers.arrive(invite, arrival), backend=BACKEND)
            return _inside(invite.campaign)
    except invites.NoSuchInvite:
        return render(request, "annotation/join_gone.html", status=404)
    except (workers.BadArrival, invites.MayNotJoin) as error:
        return render(request, "annotation/study_refused.html", _refusal(error), status=422)
    context = {"name": invite.campaign.name, "is_preview": arrival.is_preview}
    return render(request, "annotation/study.html", context)


def _refusal(error: Exception) -> dict[str, str]:
    return {"parameter": str(error)} if isinstance(error, workers.BadArrival) else {"problem": str(error)}


@login_required
@require_POST
def finish(request: PageRequest, pk: int) -> HttpResponse:
    """Show a worker the code with which they go back."""
    campaign = my_campaign(request.user, pk)
    empty = services.why_empty(request.user, campaign)
    if workers.completion_of(request.user, campaign, empty.code) is not None:
        workers.finish(request.user, campaign)
    return redirect("annotation:campaign", pk=pk)
