"""Who takes part, and the row under whose lock one person's work is done."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from annotation.errors import NoSuchTask
from annotation.models import AnnotatorGroup, Assignment, Campaign, CampaignGroup, GuidelineVersion, Participant
from annotation.reads import Kind, kind_of, somebody
from annotation.services.items import make_room
from annotation.services.waiting import in_line
from domain.prepared import Param, prepared
from domain.services import person_rater

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 5
DEADLOCK = "40P01"
POSITION = ("cursor", "check_cursor", "sides")  # what a claim changes of a participant
CHANGED = (  # and what an answer does
    *POSITION,
    "done",
    "checked",
    "rater",
    "quality",
    "standing",
    "standing_reason",
    "trained_at",
    "qualified_at",
    "stretch_began",
    "last_answer_at",
)
State = Assignment.State
_CAMPAIGN, _TOKEN = Param("campaign", models.BigIntegerField()), Param("token", models.CharField())


class NotJoined(Exception):
    """Somebody has no row in a campaign yet."""

    def __init__(self, user: User, campaign: Campaign) -> None:
        super().__init__(user, campaign)
        self.user, self.campaign = user, campaign


def in_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """Run in one transaction, and again when another tab of the same person was faster.

    The database then refuses a second lease (assignment_one_lease_per_person); a second look finds the first. It is
    also run again when PostgreSQL has ended it because two people waited for each other's group, and after somebody
    new has joined: in a transaction of its own, since people join one after the other.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(ATTEMPTS - 1):
            try:
                with in_line(), transaction.atomic():
                    return function(*args, **kwargs)
            except NotJoined as newcomer:
                with in_line(), transaction.atomic():
                    _join(newcomer.user, newcomer.campaign)
            except IntegrityError:
                continue
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != DEADLOCK:
                    raise
        with in_line(), transaction.atomic():
            return function(*args, **kwargs)

    return run


def lock_in_campaign(user: User, campaign: Campaign) -> Participant:
    """Lock and return this person's row in a campaign; ``in_transaction`` makes it when they first come."""
    found = _by_campaign(kind_of(user)).first(user=user.pk, campaign=campaign.pk)
    if found is None:
        raise NotJoined(user, campaign)
    return found


def lock_for_task(user: User, token: str) -> Participant:
    """Lock and return this person's row in the campaign of one of their tasks; ``held`` leaves that task out."""
    found = _by_task(kind_of(user)).first(user=user.pk, token=token)
    if found is None:
        raise NoSuchTask
    return found


@prepared
def _by_campaign(kind: Kind) -> QuerySet[Participant]:
    return _locked(Participant.objects.active(somebody(kind)), Q()).filter(campaign=_CAMPAIGN)


@prepared
def _by_task(kind: Kind) -> QuerySet[Participant]:
    user = somebody(kind)
    campaign = Assignment.objects.filter(token=_TOKEN, annotator=user.pk).values("campaign")
    return _locked(Participant.objects.staying(user), Q(token=_TOKEN)).filter(campaign=campaign[:1])


def lock(participant: Participant) -> Participant:
    """Lock and return somebody's row for a researcher, whatever their standing."""
    return _locked(Participant.objects.all(), Q()).get(pk=participant.pk)


def _locked(rows: QuerySet[Any], not_held: Q) -> QuerySet[Participant]:
    """Return rows to lock, each with what it ``held``: an answer being changed, else the task being answered."""
    turns = Assignment.objects.filter(campaign=OuterRef("campaign"), annotator=OuterRef("user")).exclude(not_held)
    # Descending puts "reopened" before "leased".
    held = turns.filter(state__in=[State.REOPENED, State.LEASED]).order_by("-state", "answered_at")
    groups = CampaignGroup.objects.filter(campaign=OuterRef("campaign"))
    own = groups.filter(group=OuterRef("group"))
    guidelines = GuidelineVersion.objects.filter(campaign=OuterRef("campaign")).order_by("-number")
    found: QuerySet[Participant] = (
        rows.select_for_update(of=("self",))
        .select_related("campaign__project", "campaign__rubric")
        .annotate(
            held=Subquery(held.values("pk")[:1], output_field=models.BigIntegerField()),
            is_grouped=Exists(groups),
            is_in_group=Exists(own),
            quota_left=Subquery(own.annotate(left=F("quota") - F("taken")).values("left")[:1]),
            guidelines_now=Subquery(guidelines.values("number")[:1]),
        )
    )
    return found


def _join(user: User, campaign: Campaign) -> None:
    if not Campaign.objects.rated_by(user).filter(pk=campaign.pk).exists():
        raise NoSuchTask
    # One after the other: each must see who came before, to open the places that calibration items lack for them.
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    Participant.objects.get_or_create(campaign=campaign, user=user, defaults={"group": group_for(user, campaign)})
    make_room(campaign)


def group_for(user: User, campaign: Campaign) -> AnnotatorGroup | None:
    """Return the group under which somebody joins: of those that may rate here, the one with most room."""
    shares = CampaignGroup.objects.filter(campaign=campaign, group__members=user.pk).select_related("group")
    room = {share.group: math.inf if share.quota is None else share.quota - share.taken for share in shares}
    return max(room, key=lambda group: room[group], default=None)


def rater_id_of(participant: Participant, user: User) -> int:
    """Return the rater this person is in the project; made with the first answer. The caller saves the participant."""
    if participant.rater_id is None:
        participant.rater_id = person_rater(participant.campaign.project, user).pk
    return participant.rater_id
