"""What somebody finds who has just come in, and has not looked for a task yet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.models import Assignment, Campaign, Participant
from annotation.services import claim, submit, undo, why_empty, withdraw_myself
from annotation.services.invites import create_invites
from tests.annotation.make import annotator_of, held, left, pairwise_campaign
from tests.annotation.working import expire
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ACCOUNT = {"username": "wilma", "password1": "a long enough sentence", "password2": "a long enough sentence"}
PROLIFIC = {"PROLIFIC_PID": "5f1a2b3c4d5e6f7a8b9c0d1e", "STUDY_ID": "60d0c1b2a3f4", "SESSION_ID": "61aa0b1c2d3e"}


def link_to(campaign, **fields):
    in_a_day = timezone.now() + timedelta(days=1)
    (made,) = create_invites(campaign, by=make_user(), expires_at=in_a_day, **fields)
    return made.secret


def worker_of(campaign):
    """Return the browser of a recruiter's worker, and the page to which they came."""
    Campaign.objects.filter(pk=campaign.pk).update(recruiter="prolific", completion_code="DONE-1")
    campaign.refresh_from_db()
    client = Client()
    where = reverse("annotation:study", args=[link_to(campaign, is_study_link=True)])
    return client, client.post(where, query_params=PROLIFIC, follow=True).content.decode()


def test_who_joins_by_a_link_is_offered_to_start_and_never_told_to_be_through(client):
    campaign = pairwise_campaign()
    where = reverse("annotation:join", args=[link_to(campaign)])
    page = client.post(where, ACCOUNT | {"agree": "on"}, follow=True).content.decode()
    assert "There is a task for you" in page
    assert "Start" in page
    assert "You are through" not in page


def test_a_recruiters_worker_is_offered_to_start_while_somebody_else_works():
    campaign = pairwise_campaign()
    held(claim(annotator_of(campaign), campaign))
    _, page = worker_of(campaign)
    assert "There is a task for you" in page
    assert "Other people are answering the last tasks" not in page


def test_the_page_of_a_campaign_follows_what_is_there():
    campaign = pairwise_campaign(2, overlap=1)
    one, other = annotator_of(campaign), annotator_of(campaign)
    assert why_empty(one, campaign).code == "ready"
    first = held(claim(one, campaign))
    assert why_empty(one, campaign).code == "ready"
    second = held(claim(other, campaign))
    submit(one, first.token, left(), key="1")
    assert why_empty(one, campaign).code == "waiting"
    expire(second)
    assert why_empty(one, campaign).code == "ready"
    submit(other, second.token, left(), key="1")
    assert why_empty(one, campaign).code == "complete"
    undo(one, campaign)
    assert why_empty(one, campaign).code == "ready"


@pytest.mark.parametrize("design", [Campaign.Design.ITEMS, Campaign.Design.BLOCKS])
def test_who_is_told_of_a_task_gets_one_and_who_gets_none_is_told_of_none(design):
    campaign = pairwise_campaign(4, overlap=1, design=design)
    people = [annotator_of(campaign) for _ in range(3)]
    for step in range(9):
        user = people[step % 3]
        is_ready = why_empty(user, campaign).code == "ready"
        task = claim(user, campaign)
        assert (task is not None) is is_ready
        if task is not None and step % 2:
            submit(user, str(task.token), left(), key="1")
    assert Assignment.objects.filter(state="done").exists()


def test_a_recruiters_worker_rates_where_the_link_led_and_nowhere_else():
    campaign = pairwise_campaign()
    other = pairwise_campaign(project=campaign.project, name="Round 2")
    client, _ = worker_of(campaign)
    assert Campaign.objects.get(pk=other.pk).open_to_members
    assert other.name not in client.get(reverse("annotation:home")).content.decode()
    assert client.get(reverse("annotation:campaign", args=[other.pk])).status_code == 404
    assert client.post(reverse("annotation:start", args=[other.pk])).status_code == 404
    assert client.post(reverse("annotation:start", args=[campaign.pk])).status_code == 302
    assert not Participant.objects.filter(campaign=other).exists()


def test_a_recruiters_worker_rates_in_a_second_campaign_to_which_a_link_leads():
    campaign = pairwise_campaign()
    other = pairwise_campaign(project=campaign.project, name="Round 2")
    worker_of(campaign)
    client, page = worker_of(other)
    assert "There is a task for you" in page
    assert client.post(reverse("annotation:start", args=[other.pk])).status_code == 302


@pytest.mark.parametrize("keeps", [True, False])
def test_who_has_left_is_offered_nothing_that_only_refuses(client, keeps):
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    where = reverse("annotation:campaign", args=[campaign.pk])
    client.force_login(user)
    assert "Change my last answer" not in client.get(where).content.decode()
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    assert "Change my last answer" in client.get(where).content.decode()
    mine = reverse("annotation:answers", args=[campaign.pk])
    assert "Go on rating" in client.get(mine).content.decode()
    withdraw_myself(user, campaign, keep_answers=keeps)
    assert "Go on rating" not in client.get(mine).content.decode()
    page = client.get(where).content.decode()
    assert "You have left this campaign" in page
    assert "Look for a task" not in page
    assert "Change my last answer" not in page
    assert ("My answers" in page) is keeps
