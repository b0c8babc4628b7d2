"""Named groups of people, and which of them may rate in a campaign, up to how many answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User
from django.db import transaction

from annotation.models import AnnotatorGroup, Campaign, CampaignGroup, Participant
from annotation.services.quotas import count_held
from domain.models import Project
from domain.services import log


class GroupInUse(ValueError):
    """A campaign asks this group, so it cannot go; the message names the campaigns."""


class QuotaTooSmall(ValueError):
    """A group has already taken more than its new quota; the message has both numbers."""


@transaction.atomic
def save_group(
    project: Project, *, name: str, members: Iterable[User], by: User, group: AnnotatorGroup | None = None
) -> AnnotatorGroup:
    """Make a group, or give one another name and other members."""
    group = group or AnnotatorGroup(project=project)
    group.name = name
    group.save()
    people = list(members)
    group.members.set(people)
    log(project, "group saved", by, group=name, members=sorted(one.get_username() for one in people))
    return group


@transaction.atomic
def delete_group(group: AnnotatorGroup, *, by: User) -> None:
    """Remove a group that no campaign asks. Its people stay members. Raises GroupInUse."""
    asked = list(Campaign.objects.filter(campaign_groups__group=group).values_list("name", flat=True))
    if asked:
        raise GroupInUse(f"{group.name} is asked in {', '.join(asked)}; take it out there first.")
    log(group.project, "group deleted", by, group=group.name)
    group.delete()


@transaction.atomic
def set_campaign_groups(campaign: Campaign, quotas: Mapping[AnnotatorGroup, int | None], *, by: User) -> None:
    """Say which groups may rate in a campaign and how many answers each may give (None: no limit); none: everybody.

    Raises QuotaTooSmall where a group has taken more places than its new quota allows.
    """
    rows = {row.group_id: row for row in campaign.campaign_groups.select_for_update()}
    for group, quota in quotas.items():
        row = rows.pop(group.pk, None) or CampaignGroup(campaign=campaign, group=group)
        if quota is not None and row.taken > quota:
            raise QuotaTooSmall(f"{group.name} has already taken {row.taken} places, more than {quota}.")
        row.quota = quota
        row.save()
        _put_in(campaign, group)
    CampaignGroup.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    said = {group.name: quota for group, quota in quotas.items()}
    log(campaign.project, "campaign groups", by, campaign=campaign.pk, groups=said)


def _put_in(campaign: Campaign, group: AnnotatorGroup) -> None:
    """Count those under the group who take part already and are in none, with the places that they have."""
    newly = Participant.objects.filter(campaign=campaign, group__isnull=True, user__in=group.members.values("pk"))
    people = list(newly.select_for_update().values_list("user_id", flat=True))
    newly.filter(user__in=people).update(group=group)
    count_held(campaign.pk, group.pk, people)
