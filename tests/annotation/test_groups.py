"""Groups of a project, and which of them a campaign asks."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import AnnotatorGroup, CampaignGroup, Participant
from annotation.services.groups import GroupInUse, QuotaTooSmall, delete_group, save_group, set_campaign_groups
from domain.models import Event
from tests.annotation.make import annotator_of, pairwise_campaign
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(client):
    campaign = pairwise_campaign()
    client.force_login(annotator_of(campaign, "rosa", role="researcher"))
    return campaign


def all_groups(campaign):
    return reverse("annotation:groups", args=[campaign.project.slug])


def new_group(campaign):
    return reverse("annotation:new_group", args=[campaign.project.slug])


def test_a_group_is_made_changed_and_removed(client, campaign):
    anna = annotator_of(campaign, "anna")
    assert "No groups yet" in client.get(all_groups(campaign)).content.decode()
    client.post(new_group(campaign), {"name": "Nurses", "members": [anna.pk]})
    group = AnnotatorGroup.objects.get()
    assert list(group.members.all()) == [anna]
    one = reverse("annotation:group", args=[campaign.project.slug, group.pk])
    assert "anna" in client.get(one).content.decode()
    client.post(one, {"name": "Senior nurses", "members": []})
    assert "Senior nurses" in client.get(all_groups(campaign)).content.decode()
    client.post(one, {"remove": "1"})
    assert not AnnotatorGroup.objects.exists()
    said = Event.objects.filter(action__startswith="group").order_by("pk").values_list("action", flat=True)
    assert list(said) == ["group saved", "group saved", "group deleted"]


def test_a_group_has_members_of_the_project_and_a_name_of_its_own(client, campaign):
    client.post(new_group(campaign), {"name": "Nurses"})
    assert "of this name already" in client.post(new_group(campaign), {"name": "Nurses"}).content.decode()
    answer = client.post(new_group(campaign), {"name": "Others", "members": [make_user().pk]})
    assert answer.status_code == 422


def test_a_campaign_asks_groups_up_to_a_quota(client, campaign):
    anna = annotator_of(campaign, "anna")
    Participant.objects.create(campaign=campaign, user=anna)
    nurses, others = (save_group(campaign.project, name=name, members=[anna], by=anna) for name in ("Nurses", "Others"))
    where = reverse("annotation:campaign_groups", args=[campaign.project.slug, campaign.pk])
    client.post(where, {f"group-{nurses.pk}": "on", f"quota-{nurses.pk}": "10", f"quota-{others.pk}": "5"})
    row = campaign.campaign_groups.get()
    assert (row.group, row.quota, row.taken) == (nurses, 10, 0)
    assert Participant.objects.get(user=anna).group == nurses
    with pytest.raises(GroupInUse, match="Round 1"):
        delete_group(nurses, by=anna)
    client.post(where, {})
    assert not campaign.campaign_groups.exists()


def test_a_bad_quota_is_said_and_nothing_changes(client, campaign):
    group = save_group(campaign.project, name="Nurses", members=[], by=make_user())
    where = reverse("annotation:campaign_groups", args=[campaign.project.slug, campaign.pk])
    answer = client.post(where, {f"group-{group.pk}": "on", f"quota-{group.pk}": "0"})
    assert answer.status_code == 422
    assert "greater than or equal to 1" in answer.content.decode()
    assert not CampaignGroup.objects.exists()


def test_a_quota_is_not_set_below_what_is_taken(campaign):
    user = make_user()
    group = save_group(campaign.project, name="Nurses", members=[], by=user)
    set_campaign_groups(campaign, {group: 10}, by=user)
    CampaignGroup.objects.update(taken=7)
    with pytest.raises(QuotaTooSmall, match="taken 7 places, more than 5"):
        set_campaign_groups(campaign, {group: 5}, by=user)
    set_campaign_groups(campaign, {group: None}, by=user)
    assert CampaignGroup.objects.get().taken == 7


def test_a_group_of_another_project_is_not_here(client, campaign):
    other = pairwise_campaign()
    group = AnnotatorGroup.objects.create(project=other.project, name="Nurses")
    where = reverse("annotation:group", args=[campaign.project.slug, group.pk])
    assert client.post(where, {"remove": "1"}).status_code == 404
