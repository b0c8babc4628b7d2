"""Groups with quotas, deadlines and priorities: who is asked, until when, and what first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.errors import BadItem, NoSuchTask
from annotation.models import AnnotatorGroup, Assignment, Campaign, CampaignGroup, Participant
from annotation.services import (
    NewItem,
    add_items,
    claim,
    exclude,
    reinstate,
    set_priority,
    skip,
    submit,
    why_empty,
)
from annotation.services.groups import set_campaign_groups
from tests.annotation.make import annotator_of, direct_campaign, held, pairwise_campaign, value
from tests.annotation.statements import counted
from tests.annotation.working import expire
from tests.factories import make_response

pytestmark = pytest.mark.django_db


def asked(campaign, name="Nurses", quota=None, members=1):
    """A group that may rate in a campaign, and its people."""
    group = AnnotatorGroup.objects.create(project=campaign.project, name=name)
    share = CampaignGroup.objects.create(campaign=campaign, group=group, quota=quota)
    people = [annotator_of(campaign) for _ in range(members)]
    group.members.set(people)
    return share, people


def taken(share):
    share.refresh_from_db()
    return share.taken


def answer(user, campaign):
    task = held(claim(user, campaign))
    return submit(user, task.token, value(), key="1")


# --- Groups ------------------------------------------------------------------------------------------------------


def test_a_campaign_for_groups_is_open_to_their_members_only():
    campaign = direct_campaign(2)
    _, (nurse,) = asked(campaign)
    stranger = annotator_of(campaign)
    assert claim(nurse, campaign)
    assert Participant.objects.get(user=nurse, group__name="Nurses")
    with pytest.raises(NoSuchTask):
        claim(stranger, campaign)
    assert not Campaign.objects.rated_by(stranger).exists()


def test_who_came_before_the_groups_is_told_so():
    campaign = direct_campaign(3)
    early = annotator_of(campaign)
    submit(early, held(claim(early, campaign)).token, value(), key="1")
    Assignment.objects.filter(state="leased").delete()
    asked(campaign)
    assert claim(early, campaign) is None
    assert why_empty(early, campaign).code == "group"


def test_a_group_gives_as_many_answers_as_its_quota_and_no_more():
    campaign = direct_campaign(5)
    share, (one, two) = asked(campaign, quota=3, members=2)
    answer(one, campaign)
    assert (taken(share), claim(two, campaign) is None) == (2, False)  # the answer, and the task that came with it
    assert taken(share) == 3
    assert submit(one, held(claim(one, campaign)).token, value(), key="2").next is None
    assert why_empty(one, campaign).code == "quota"
    assert taken(share) == 3


def test_a_skipped_place_is_given_back_to_the_quota():
    campaign = direct_campaign(5)
    share, (one,) = asked(campaign, quota=1)
    task = held(claim(one, campaign))
    following = held(skip(one, task.token, reason="unsure"))
    assert following.pk != task.pk
    assert taken(share) == 1


def test_a_lapsed_place_goes_over_to_the_group_of_who_takes_it():
    campaign = direct_campaign(1)
    nurses, (nurse,) = asked(campaign, "Nurses", quota=5)
    others, (other,) = asked(campaign, "Others", quota=5)
    expire(held(claim(nurse, campaign)))
    assert (taken(nurses), taken(others)) == (1, 0)
    Participant.objects.create(campaign=campaign, user=other, group=others.group)
    task, n = counted(claim, other, campaign)
    assert task
    assert n <= 7
    assert (taken(nurses), taken(others)) == (0, 1)


def test_a_late_answer_counts_only_within_the_quota():
    campaign = direct_campaign(2)
    share, (slow, quick) = asked(campaign, quota=1, members=2)
    _, (other,) = asked(campaign, "Others")
    task = held(claim(slow, campaign))
    expire(task)
    taken_over = held(claim(other, campaign))
    skip(other, taken_over.token, reason="unsure")
    assert claim(quick, campaign)  # and that is the quota
    assert not submit(slow, task.token, value(), key="1").counted
    assert taken(share) == 1


def test_checks_are_in_no_quota():
    campaign = direct_campaign(2, is_open=False, quality={"checks": {"first": 1}})
    check = make_response(campaign.project, system="Ash", content="A check.")
    add_items(campaign, [NewItem(check, "calibration", {"helpfulness": 4})])
    Campaign.objects.update(state="open")
    share, (one,) = asked(campaign, quota=1)
    answer(one, campaign)
    assert (taken(share), Participant.objects.get().checked) == (1, 1)
    assert submit(one, held(claim(one, campaign)).token, value(), key="2").next is None


def test_who_is_taken_into_a_group_brings_their_places_along():
    campaign = direct_campaign(4)
    early = annotator_of(campaign)
    submit(early, held(claim(early, campaign)).token, value(), key="1")  # one answered, the next one held
    group = AnnotatorGroup.objects.create(project=campaign.project, name="Nurses")
    group.members.set([early])
    set_campaign_groups(campaign, {group: 2}, by=early)
    share = CampaignGroup.objects.get()
    assert share.taken == 2
    task = Assignment.objects.get(state="leased")
    assert submit(early, str(task.token), value(), key="2").next is None
    assert taken(share) == 2
    set_campaign_groups(campaign, {group: 3}, by=early)
    assert taken(share) == 2  # nobody is counted twice


def test_reinstating_counts_no_more_than_the_quota():
    campaign = direct_campaign(6)
    share, (early, other) = asked(campaign, members=2)
    for _ in range(4):
        answer(early, campaign)
    exclude(Participant.objects.get(user=early), reason="", by=None)
    assert taken(share) == 0
    assert claim(other, campaign)
    CampaignGroup.objects.update(quota=3)
    reinstate(Participant.objects.get(user=early), reason="", by=None)
    assert taken(share) == 3
    assert Assignment.objects.filter(annotator=early, state="done").count() == 2


def test_reinstating_takes_as_many_statements_for_ten_answers_as_for_two():
    numbers = []
    for n in (2, 10):
        campaign = direct_campaign(n)
        user = annotator_of(campaign)
        for _ in range(n):
            answer(user, campaign)
        row = Participant.objects.get(user=user, campaign=campaign)
        exclude(row, reason="", by=None)
        numbers.append(counted(reinstate, row, reason="", by=None)[1])
        assert Assignment.objects.filter(annotator=user, state="done").count() == n
    assert numbers[0] == numbers[1]


def test_claiming_in_a_group_takes_five_statements():
    campaign = direct_campaign(3)
    _, (one,) = asked(campaign, quota=3)
    Participant.objects.create(campaign=campaign, user=one, group=AnnotatorGroup.objects.get())
    task, n = counted(claim, one, campaign)
    assert n == 5
    _, n = counted(submit, one, held(task).token, value(rationale="Why."), key="1")
    _, n = counted(submit, one, held(claim(one, campaign)).token, value(rationale="Why."), key="1")
    assert n <= 12


# --- Deadlines ---------------------------------------------------------------------------------------------------


def close(campaign, **ago: Any):
    Campaign.objects.filter(pk=campaign.pk).update(closes_at=timezone.now() - timedelta(**ago))
    campaign.refresh_from_db()


def test_no_task_is_handed_out_after_the_deadline_but_a_held_one_is_taken():
    campaign = direct_campaign(3)
    user, late = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(user, campaign))
    close(campaign, minutes=1)
    assert claim(late, campaign) is None
    empty = why_empty(late, campaign)
    assert (empty.code, empty.until) == ("deadline", None)
    assert claim(user, campaign) == task
    outcome = submit(user, task.token, value(), key="1")
    assert (outcome.counted, outcome.next) == (True, None)


# --- Priority ----------------------------------------------------------------------------------------------------


def test_items_of_a_higher_priority_come_first():
    campaign = direct_campaign(0, is_open=False)
    texts = [make_response(campaign.project, system="Ash", content=f"Text {n}.") for n in range(6)]
    add_items(campaign, [NewItem(text, priority=n % 3 - 1) for n, text in enumerate(texts)])
    Campaign.objects.update(state="open")
    user = annotator_of(campaign)
    order = []
    task = claim(user, campaign)
    while task:
        order.append(task.item.priority)
        task = submit(user, str(task.token), value(), key="1").next
    assert order == [1, 1, 0, 0, -1, -1]


def test_a_raised_priority_reaches_who_was_further_on_already():
    campaign = pairwise_campaign(5, overlap=2)
    user, other = annotator_of(campaign), annotator_of(campaign)
    first = held(claim(other, campaign)).item
    task = held(claim(user, campaign))
    for _ in range(2):
        task = held(skip(user, task.token, reason="unsure"))
    last = campaign.items.get(position=campaign.item_count - 1)
    assert set_priority(campaign, [last, first], 5) == 2
    assert held(skip(user, task.token, reason="unsure")).item == last
    assert [held(claim(annotator_of(campaign), campaign)).item for _ in range(2)] == [last, first]
    assert set_priority(campaign, [last], 5) == 0
    with pytest.raises(BadItem, match="priority 101"):
        set_priority(campaign, [last], 101)


def test_a_place_given_back_keeps_its_priority():
    campaign = pairwise_campaign(3)
    user, other = annotator_of(campaign), annotator_of(campaign)
    last = campaign.items.get(position=campaign.item_count - 1)
    set_priority(campaign, [last], 1)
    skip(user, held(claim(user, campaign)).token, reason="unsure")
    assert held(claim(other, campaign)).item == last
