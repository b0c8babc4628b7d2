"""Setting up a campaign and running it: what researchers do."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotation.errors import BadItem, NotOpen
from annotation.listings import problem_with
from annotation.models import Campaign, Participant
from annotation.quality.policy import Policy
from annotation.services.items import Target, add_items, make_room
from domain.models import Project, Rubric
from domain.services import freeze, log
from domain.specs import Kind

State = Campaign.State


@transaction.atomic
def create_campaign(
    *,
    project: Project,
    rubric: Rubric,
    name: str,
    items: Iterable[Target] = (),
    task: str | None = None,
    design: str = Campaign.Design.ITEMS,
    overlap: int = 1,
    guidelines: str = "",
    lease_minutes: int = 20,
    per_person_cap: int | None = None,
    confidence: str = Campaign.Ask.OPTIONAL,
    rationale: str = Campaign.Ask.OPTIONAL,
    quality: dict[str, Any] | None = None,
    annotators: Iterable[User] | None = None,
    seed: int | None = None,
    selection: dict[str, Any] | None = None,
    user: User | None = None,
) -> Campaign:
    """Make a campaign in draft: nobody is asked before ``open_campaign``.

    ``items`` are battles for a rubric of choices, responses for one of scores, and lists of responses where they are
    ranked or the best and the worst are chosen, which a rubric of one choice asks (BadItem where it has more). Their
    order is drawn from ``seed``, whatever their roles. ``quality`` is the JSON of an annotation.quality.policy.Policy.
    ``annotators`` None: every member who may annotate; else only these.
    """
    task = task or usual_task(rubric)
    if problem := problem_with(task, rubric):
        raise BadItem(problem)
    campaign = Campaign.objects.create(
        project=project,
        rubric=rubric,
        name=name,
        task=task,
        design=design,
        overlap=overlap,
        guidelines=guidelines,
        lease_minutes=lease_minutes,
        per_person_cap=per_person_cap,
        confidence=confidence,
        rationale=rationale,
        quality=Policy.from_json(quality).as_json() if quality else {},
        open_to_members=annotators is None,
        seed=secrets.randbits(32) if seed is None else seed,
        selection=selection or {},
        created_by=user,
    )
    set_annotators(campaign, annotators, user=user)
    add_items(campaign, items)
    log(project, "campaign created", user, campaign=campaign.pk, name=name)
    return campaign


def usual_task(rubric: Rubric) -> str:
    """Return what a campaign on this rubric asks for unless somebody says otherwise."""
    return Campaign.Task.DIRECT if rubric.kind == Kind.SCORE else Campaign.Task.PAIRWISE


@transaction.atomic
def set_annotators(campaign: Campaign, users: Iterable[User] | None, *, user: User | None = None) -> None:
    """Say who may rate: these people, or with None every member who may annotate.

    Who is left out gets no further tasks; their answers stay. Checks grow with the number of people.
    """
    Campaign.objects.filter(pk=campaign.pk).update(open_to_members=users is None)
    if users is None:
        campaign.participants.filter(is_active=False).update(is_active=True)
        return
    chosen = {one.pk for one in users}
    Participant.objects.bulk_create(
        [Participant(campaign=campaign, user_id=pk) for pk in sorted(chosen)], ignore_conflicts=True
    )
    campaign.participants.filter(user__in=chosen).update(is_active=True)
    campaign.participants.exclude(user__in=chosen).update(is_active=False)
    make_room(campaign)
    log(campaign.project, "campaign annotators", user, campaign=campaign.pk, people=sorted(chosen))


@transaction.atomic
def open_campaign(campaign: Campaign, *, user: User | None = None) -> Campaign:
    """Start or go on handing out tasks. The rubric is frozen: what people answer must keep its question."""
    return _move(campaign, State.OPEN, (State.DRAFT, State.PAUSED), user)


@transaction.atomic
def pause_campaign(campaign: Campaign, *, user: User | None = None) -> Campaign:
    """Hand out no further tasks for now; what people are answering is still taken."""
    return _move(campaign, State.PAUSED, (State.OPEN,), user)


@transaction.atomic
def close_campaign(campaign: Campaign, *, user: User | None = None) -> Campaign:
    """End it. What comes later is kept and does not count."""
    return _move(campaign, State.CLOSED, (State.DRAFT, State.OPEN, State.PAUSED), user)


def _move(campaign: Campaign, to: str, allowed: tuple[str, ...], user: User | None) -> Campaign:
    current: Campaign = Campaign.objects.select_for_update(of=("self",)).select_related("rubric").get(pk=campaign.pk)
    if current.state == to:
        return current
    if current.state not in allowed:
        raise NotOpen(f"The campaign is {current.state}; only a campaign that is {' or '.join(allowed)} can be {to}.")
    if to == State.OPEN:
        _begin(current)
    if to == State.CLOSED:
        current.closed_at = timezone.now()
    current.state = to
    current.save(update_fields=["state", "opened_at", "closed_at"])
    log(current.project, f"campaign {to}", user, campaign=current.pk)
    return current


def _begin(campaign: Campaign) -> None:
    if campaign.item_count == 0:
        raise NotOpen("The campaign has no items yet; add some before opening it.")
    freeze(campaign.rubric)
    campaign.opened_at = campaign.opened_at or timezone.now()
