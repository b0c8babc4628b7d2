"""What every request of an annotator asks of the database, prepared: who may see what is decided in ``querysets``."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, CharField, F, OuterRef, QuerySet, Subquery, Sum

from annotation.models import Assignment, Campaign, GuidelineVersion, Participant
from domain.prepared import Param, prepared

_USER, _CAMPAIGN, _KEY = (Param(name, BigIntegerField()) for name in ("user", "campaign", "key"))
_TOKEN = Param("token", CharField())

Kind = tuple[bool, bool]  # of somebody, what decides the shape of a query about what they may see


def kind_of(user: User) -> Kind:
    """Return whether somebody is active, and whether they are an administrator."""
    return user.is_active, user.is_superuser


def somebody(kind: Kind) -> User:
    """Return who stands for everybody of a kind in a prepared query."""
    is_active, is_superuser = kind
    return User(id=_USER, is_active=is_active, is_superuser=is_superuser)


def rated_campaign(user: User, pk: int) -> Campaign | None:
    """Return a campaign in which this person may rate."""
    return _rated_campaign(kind_of(user)).first(user=user.pk, campaign=pk)


@prepared
def _rated_campaign(kind: Kind) -> QuerySet[Campaign]:
    return Campaign.objects.rated_by(somebody(kind)).filter(pk=_CAMPAIGN)


def own_task(user: User, token: str) -> Assignment | None:
    """Return one of this person's own turns with its campaign."""
    return _own_task(kind_of(user)).first(user=user.pk, token=token)


@prepared
def _own_task(kind: Kind) -> QuerySet[Assignment]:
    return Assignment.objects.of_person(somebody(kind)).filter(token=_TOKEN).select_related("campaign__rubric")


def own_card(user: User, token: str) -> Assignment | None:
    """Return one of this person's own turns with its campaign and all that a page shows of it."""
    return _own_card(kind_of(user)).first(user=user.pk, token=token)


@prepared
def _own_card(kind: Kind) -> QuerySet[Assignment]:
    mine = Assignment.objects.of_person(somebody(kind)).with_material()
    return mine.filter(token=_TOKEN).select_related("campaign__rubric")


def shown_task(key: int) -> Assignment:
    """Return a turn with all that is shown of it."""
    [task] = _shown_task().all(key=key)
    return task


@prepared
def _shown_task() -> QuerySet[Assignment]:
    return Assignment.objects.with_material().filter(pk=_KEY)


def own_participation(user: User, campaign_id: int) -> Participant | None:
    """Return this person's row in a campaign, with the campaign and the version of its guidelines."""
    return _own_participation(kind_of(user)).first(user=user.pk, campaign=campaign_id)


@prepared
def _own_participation(kind: Kind) -> QuerySet[Participant]:
    mine: QuerySet[Any] = Participant.objects.active(somebody(kind)).filter(campaign=_CAMPAIGN)
    versions = GuidelineVersion.objects.filter(campaign=OuterRef("campaign")).order_by("-number")
    found: QuerySet[Participant] = mine.select_related("campaign__rubric").annotate(
        guidelines_now=Subquery(versions.values("number")[:1])
    )
    return found


def answered_by_others(participant: Participant) -> int:
    """Return how many live items all others of a campaign have answered."""
    campaign = _answered_by_others().first(campaign=participant.campaign_id, key=participant.pk or 0)  # 0: a preview
    return int(getattr(campaign, "answered", None) or 0)


@prepared
def _answered_by_others() -> QuerySet[Campaign]:
    others = Participant.objects.filter(campaign=OuterRef("pk")).exclude(pk=_KEY).order_by()
    answered = others.values("campaign").annotate(n=Sum(F("done") - F("checked"))).values("n")
    found: QuerySet[Campaign] = Campaign.objects.filter(pk=_CAMPAIGN).only("pk")
    return found.annotate(answered=Subquery(answered))
