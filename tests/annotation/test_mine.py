"""One's own answers and the guidelines: what a person can look up beside the task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.models import Assignment, GuidelineVersion, Participant
from annotation.services import claim, close_campaign, submit
from annotation.services.changing import LAST
from domain.models import Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, right, value

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def answer(user, campaign, submission) -> Any:
    task = held(claim(user, campaign))
    submit(user, task.token, submission, key=f"k{task.pk}")
    return task


def page_of(client, campaign, query: str = "") -> Any:
    return client.get(reverse("annotation:answers", args=[campaign.pk]) + query).content.decode()


def test_people_see_what_they_said_the_newest_first(client):
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    answer(user, campaign, left(2, rationale="shorter", confidence=4))
    answer(user, campaign, right())
    client.force_login(user)
    page = page_of(client, campaign)
    assert page.index("B better") < page.index("A much better")
    assert "shorter" in page
    assert "4 of 5" in page
    assert "What is the capital of Peru?" in page


def test_nothing_of_systems_roles_or_others_is_on_the_page(client):
    campaign = pairwise_campaign(1, overlap=2)
    user, other = annotator_of(campaign), annotator_of(campaign)
    campaign.items.update(role="calibration", expected={"preference": {"choice": "A"}}, why="because Ash is right")
    answer(user, campaign, left())
    answer(other, campaign, right(rationale="said by somebody else"))
    client.force_login(user)
    page = page_of(client, campaign)
    for secret in ("Ash", "Birch", "calibration", "somebody else", "because"):
        assert secret not in page


def test_a_late_answer_says_that_it_does_not_count_and_a_campaign_never_begun_is_empty(client):
    campaign = pairwise_campaign(1)
    user, nobody = annotator_of(campaign), annotator_of(campaign)
    task = answer(user, campaign, left())
    Assignment.objects.filter(pk=task.pk).update(state="surplus", slot=None)
    client.force_login(user)
    assert "came too late to count" in page_of(client, campaign)
    client.force_login(nobody)
    assert "You have not answered anything here yet" in page_of(client, campaign)


def test_a_stranger_finds_neither_the_list_nor_an_answer_to_change(client):
    campaign = pairwise_campaign(1)
    task = answer(annotator_of(campaign), campaign, left())
    client.force_login(annotator_of(pairwise_campaign(1)))
    assert client.get(reverse("annotation:answers", args=[campaign.pk])).status_code == 404
    assert client.post(reverse("annotation:change", args=[task.token])).status_code == 404


def test_any_of_the_last_answers_is_changed_and_counts_once(client):
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    first = answer(user, campaign, value(2))
    answer(user, campaign, value(3))
    client.force_login(user)
    answered = client.post(reverse("annotation:change", args=[first.token]))
    assert answered["Location"] == reverse("annotation:task", args=[first.token])
    assert "Go on changing" in page_of(client, campaign)
    submit(user, first.token, value(5), key="again")
    assert sorted(Verdict.objects.counting().values_list("scores__value", flat=True)) == [3, 5]
    assert Participant.objects.get(user=user).done == 2


def test_only_the_last_answers_and_only_while_the_campaign_is_open(client):
    campaign = direct_campaign(LAST + 2)
    user = annotator_of(campaign)
    tasks = [answer(user, campaign, value()) for _ in range(LAST + 1)]
    client.force_login(user)
    client.post(reverse("annotation:change", args=[tasks[0].token]))
    assert not Assignment.objects.filter(state="reopened").exists()
    close_campaign(campaign)
    client.post(reverse("annotation:change", args=[tasks[-1].token]))
    assert not Assignment.objects.filter(state="reopened").exists()
    assert "/change/" not in page_of(client, campaign)


def test_pages_of_answers_follow_each_other_without_gap_or_repetition(client, django_assert_max_num_queries):
    campaign = direct_campaign(45)
    user = annotator_of(campaign)
    for n in range(45):
        answer(user, campaign, value(1 + n % 5, rationale=f"reason {n:02}"))
    client.force_login(user)
    seen: list[str] = []
    query = ""
    for _ in range(3):
        with django_assert_max_num_queries(12):
            page = page_of(client, campaign, query)
        seen += [line[:2] for line in page.split("reason ")[1:]]
        query = page.partition('rel="next" href="')[2].partition('"')[0]
    assert seen == [f"{n:02}" for n in reversed(range(45))]
    assert query == ""


def test_a_token_that_is_not_ones_own_leads_to_the_first_page(client):
    campaign = pairwise_campaign(2, overlap=2)
    user = annotator_of(campaign)
    other = answer(annotator_of(campaign), campaign, left(rationale="not mine"))
    answer(user, campaign, left(rationale="mine"))
    client.force_login(user)
    for token in (other.token, "x" * 200, "é"):
        page = page_of(client, campaign, f"?older_than={token}")
        assert "mine" in page
        assert "not mine" not in page


def test_guidelines_name_their_version_and_what_changed_until_they_were_opened(client):
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    client.force_login(user)
    here = reverse("annotation:task", args=[task.token])
    assert "data-changed" not in client.get(here).content.decode()
    GuidelineVersion.objects.create(campaign=campaign, number=2, text="New.", note="Ties are allowed now.")
    page = client.get(here).content.decode()
    assert "data-changed" in page
    assert "Ties are allowed now." in page
    assert "Version 2" in page
    client.get(reverse("annotation:guidelines", args=[campaign.pk]))  # looking at an address changes nothing
    assert "data-changed" in client.get(here).content.decode()
    opened = client.post(reverse("annotation:guidelines", args=[campaign.pk]), headers=HTMX).content.decode()
    assert "Ties are allowed now." in opened
    assert "data-changed" not in opened
    assert "data-changed" not in client.get(here).content.decode()


def test_who_came_after_a_revision_is_told_of_no_change(client):
    campaign = pairwise_campaign(3)
    version = GuidelineVersion.objects.create(campaign=campaign, number=2, note="Older than the person.")
    GuidelineVersion.objects.filter(pk=version.pk).update(created_at=timezone.now() - timedelta(days=1))
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    client.force_login(user)
    page = client.get(reverse("annotation:task", args=[task.token])).content.decode()
    assert "data-changed" not in page
    assert "Version 2" in page
