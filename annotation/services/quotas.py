"""Quotas of groups: a place is counted in the statement that checks whether there is one left."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from annotation.models import Assignment, CampaignGroup, Participant


def move_share(participant: Participant, place: Assignment) -> bool:
    """Count a place of work for this person's group; False when the group has its quota.

    A place that comes from somebody whose lease has expired (``holder_group``, see ``with_holder``) is taken off their
    group. Checks and training are in no quota.
    """
    if place.lane != Assignment.Lane.WORK:
        return True
    giver, taker = getattr(place, "holder_group", None), participant.group_id
    if giver == taker:
        return True
    if taker is not None and not _take(place.campaign_id, taker):
        return False
    give_share(place.campaign_id, giver)
    return True


def take_share(participant: Participant, turn: Assignment) -> bool:
    """Count a turn that comes back to its person: late, or after it had been given up."""
    if turn.lane != Assignment.Lane.WORK or not participant.is_in_group or participant.group_id is None:
        return True
    return _take(turn.campaign_id, participant.group_id)


def take_shares(participant: Participant, wanted: int) -> int:
    """Count so many places of work that come back to a person, or as many as their group has left; return how many."""
    if not wanted or not participant.is_in_group or participant.group_id is None:
        return wanted
    share = CampaignGroup.objects.select_for_update().get(campaign=participant.campaign_id, group=participant.group_id)
    taken = wanted if share.quota is None else max(0, min(wanted, share.quota - share.taken))
    CampaignGroup.objects.filter(pk=share.pk).update(taken=F("taken") + taken)
    return taken


def count_held(campaign_id: int, group_id: int, people: Sequence[int]) -> None:
    """Count the places of work that these people hold or have answered, when a group takes them in."""
    theirs = Assignment.objects.filter(campaign=campaign_id, annotator__in=people, lane=Assignment.Lane.WORK)
    held = theirs.filter(state__in=[*Assignment.HOLDS_SLOT]).count()
    CampaignGroup.objects.filter(campaign=campaign_id, group=group_id).update(taken=F("taken") + held)


def _take(campaign_id: int, group_id: int) -> bool:
    shares = CampaignGroup.objects.filter(campaign=campaign_id, group=group_id)
    return bool(shares.filter(Q(quota=None) | Q(taken__lt=F("quota"))).update(taken=F("taken") + 1))


def give_share(campaign_id: int, group_id: int | None, how_many: int = 1) -> None:
    """Take places off a group's count."""
    if group_id is not None and how_many:
        shares = CampaignGroup.objects.filter(campaign=campaign_id, group=group_id)
        shares.update(taken=Greatest(F("taken") - how_many, 0))


def give_share_of(participant: Participant, turn: Assignment) -> None:
    """Take a turn that its person has lost off their group's count."""
    if participant.is_grouped and turn.lane == Assignment.Lane.WORK:
        give_share(turn.campaign_id, participant.group_id)
        participant.quota_left = None if participant.quota_left is None else participant.quota_left + 1


def with_holder(places: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Bring along the group of whoever holds a place."""
    holders = Participant.objects.filter(campaign=OuterRef("campaign"), user=OuterRef("annotator"))
    return places.annotate(holder_group=Subquery(holders.values("group")[:1]))
