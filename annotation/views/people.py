"""Researchers' pages about who is asked: people and links of a campaign, and the groups of a project."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import services
from annotation.comments import unread_replies
from annotation.models import AnnotatorGroup, Campaign, Invite
from annotation.people_forms import AnnotatorsForm, GroupForm, InvitesForm, QuotasForm, RecruiterForm, StudyLinkForm
from annotation.services import groups as group_services
from annotation.services.invites import NewLink, create_invites, revoke_invite
from annotation.services.running import change_campaign
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project, may
from domain.models import Project

SHOWN = 200
# What a recruiter puts in the place of these words is how it tells us who comes.
PARAMETERS = {
    Campaign.Recruiter.PROLIFIC: {
        "PROLIFIC_PID": "{{%PROLIFIC_PID%}}",
        "STUDY_ID": "{{%STUDY_ID%}}",
        "SESSION_ID": "{{%SESSION_ID%}}",
    },
    Campaign.Recruiter.MTURK: {},
}


@login_required
@require_safe
def people(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Show who may rate in a campaign, by which links they come, and how a recruiter sends its workers."""
    project = get_project(request, slug)
    return _page(request, project, project_campaign(project, pk))


@login_required
@require_POST
def annotators(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Say who may rate in a campaign."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = AnnotatorsForm(request.POST, project=project)
    if form.is_valid():
        chosen = None if form.cleaned_data["everyone"] else form.cleaned_data["people"]
        services.set_annotators(campaign, chosen, user=request.user)
        messages.success(request, "Saved who may rate.")
    else:
        messages.error(request, "Choose among the members of this project.")
    return redirect("annotation:people", slug=slug, pk=pk)


@login_required
@require_POST
def campaign_groups(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Say which groups may rate in a campaign, and up to how many answers."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = QuotasForm(request.POST, campaign=campaign)
    if not form.is_valid():
        return _page(request, project, campaign, status=422, quotas=form)
    try:
        group_services.set_campaign_groups(campaign, form.quotas(), by=request.user)
        messages.success(request, "Saved which groups may rate.")
    except group_services.QuotaTooSmall as error:
        messages.error(request, f"{error} Nothing was changed.")
    return redirect("annotation:people", slug=slug, pk=pk)


@login_required
@never_cache
@require_POST
def new_invites(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Make links; their secrets are in this one answer and nowhere else."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = InvitesForm(request.POST, project=project)
    if not form.is_valid():
        return _page(request, project, campaign, status=422, invites_form=form)
    data = form.cleaned_data
    made = create_invites(
        campaign,
        by=request.user,
        expires_at=timezone.now() + timedelta(days=data["days"]),
        links=data["links"],
        max_uses=data["max_uses"],
        group=data["group"],
        note=data["note"],
    )
    addresses = [_address(request, "join", link) for link in made]
    return _page(request, project, campaign, new_links=addresses)


@login_required
@require_POST
def revoke(request: PageRequest, slug: str, pk: int, invite: int) -> HttpResponse:
    """Let nobody in by a link any more."""
    campaign = project_campaign(get_project(request, slug, "edit"), pk)
    found: Invite = get_object_or_404(campaign.invites.select_related("campaign__project"), pk=invite)
    revoke_invite(found, by=request.user)
    messages.success(request, f"The link {found.hint}… lets nobody in any more. Who came in by it stays.")
    return redirect("annotation:people", slug=slug, pk=pk)


@login_required
@require_POST
def recruiter(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Say which recruiter sends workers, and with which codes they go back."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = RecruiterForm(request.POST, instance=project_campaign(project, pk))
    if not form.is_valid():
        return _page(request, project, campaign, status=422, recruiter_form=form)
    change_campaign(campaign, form.cleaned_data, by=request.user)
    messages.success(request, "Saved how workers come and go.")
    return redirect("annotation:people", slug=slug, pk=pk)


@login_required
@never_cache
@require_POST
def study_link(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Make the link for a recruiter's workers; its secret is in this one answer."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = StudyLinkForm(request.POST)
    if not form.is_valid() or not campaign.recruiter:
        return _page(request, project, campaign, status=422, study_form=form)
    expires = timezone.now() + timedelta(days=form.cleaned_data["days"])
    uses = form.cleaned_data["max_uses"]
    (made,) = create_invites(campaign, by=request.user, expires_at=expires, max_uses=uses, is_study_link=True)
    address = _address(request, "study", made)
    if parameters := PARAMETERS[Campaign.Recruiter(campaign.recruiter)]:
        address += "?" + urlencode(parameters, safe="{}%")
    return _page(request, project, campaign, new_study_link=address)


@login_required
@require_safe
def groups(request: PageRequest, slug: str) -> HttpResponse:
    """Show the groups of a project."""
    project = get_project(request, slug)
    return _groups_page(request, project, GroupForm(project=project))


@login_required
@require_POST
def new_group(request: PageRequest, slug: str) -> HttpResponse:
    """Make a group."""
    project = get_project(request, slug, "edit")
    form = GroupForm(request.POST, project=project)
    if not form.is_valid():
        return _groups_page(request, project, form, status=422)
    _save(form, request)
    return redirect("annotation:groups", slug=slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Change a group's name and members, or remove it."""
    project = get_project(request, slug, "edit")
    found: AnnotatorGroup = get_object_or_404(AnnotatorGroup, project=project, pk=pk)
    if request.method == "POST" and "remove" in request.POST:
        return _remove(request, found, slug)
    initial = {"name": found.name, "members": list(found.members.values_list("pk", flat=True))}
    form = GroupForm(request.POST or None, project=project, group=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        _save(form, request)
        return redirect("annotation:groups", slug=slug)
    context = {"project": project, "group": found, "form": form}
    return render(request, "annotation/group.html", context, status=422 if form.is_bound else 200)


def _groups_page(request: PageRequest, project: Project, form: GroupForm, *, status: int = 200) -> HttpResponse:
    context = {
        "project": project,
        "groups": AnnotatorGroup.objects.filter(project=project).prefetch_related("members", "campaign_groups"),
        "form": form,
        "may_edit": may(request.user, "edit", project),
    }
    return render(request, "annotation/groups.html", context, status=status)


def _save(form: GroupForm, request: PageRequest) -> None:
    data = form.cleaned_data
    saved = group_services.save_group(
        form.project, name=data["name"], members=data["members"], by=request.user, group=form.group
    )
    messages.success(request, f"{saved.name} is saved.")


def _remove(request: PageRequest, found: AnnotatorGroup, slug: str) -> HttpResponse:
    try:
        group_services.delete_group(found, by=request.user)
        messages.success(request, f"The group {found.name} is removed. Its people stay members.")
    except group_services.GroupInUse as error:
        messages.error(request, str(error))
    return redirect("annotation:groups", slug=slug)


def _address(request: PageRequest, name: str, link: NewLink) -> str:
    return request.build_absolute_uri(reverse(f"annotation:{name}", args=[link.secret]))


def _page(
    request: PageRequest, project: Project, campaign: Campaign, *, status: int = 200, **more: Any
) -> HttpResponse:
    chosen = campaign.participants.filter(is_active=True).values_list("user_id", flat=True)
    initial = {"everyone": campaign.open_to_members, "people": list(chosen)}
    invites = campaign.invites.select_related("group", "created_by")
    context = {
        "project": project,
        "campaign": campaign,
        "may_edit": may(request.user, "edit", project),
        "form": AnnotatorsForm(project=project, initial=initial),
        "quotas": QuotasForm(campaign=campaign),
        "invites": invites[:SHOWN],
        "now": timezone.now(),
        "invites_form": InvitesForm(project=project),
        "recruiter_form": RecruiterForm(instance=campaign),
        "study_form": StudyLinkForm(),
        "replies": unread_replies(campaign, slug=project.slug) if may(request.user, "review", project) else [],
        **more,
    }
    return render(request, "annotation/people.html", context, status=status)
