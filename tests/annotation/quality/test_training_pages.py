"""Training shows what was right after each answer; nothing else ever does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Assignment, Participant
from tests.annotation.make import annotator_of
from tests.annotation.quality.make import checked_campaign

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TRAINING = {"training": {"items": 2, "passing": 1}, "checks": {"first": 1.0}}


def _held(client: Client, campaign: Any) -> Assignment:
    client.post(reverse("annotation:start", args=[campaign.pk]))
    task: Assignment = Assignment.objects.select_related("item").get(state="leased", campaign=campaign)
    return task


def _answer(client: Client, task: Assignment, *, right: bool, **more: Any) -> Any:
    side = "left" if right != task.swapped else "right"
    url = reverse("annotation:task", args=[task.token])
    return client.post(url, {"answer-preference": f"{side}:1", "key": f"k{task.pk}"}, **more)


def _signed_in(client: Client, campaign: Any) -> Client:
    client.force_login(annotator_of(campaign))
    return client


def test_a_wrong_training_answer_shows_what_the_experts_said_and_why(client: Client) -> None:
    campaign = checked_campaign(1, 2, quality=TRAINING, role="training")
    task = _held(_signed_in(client, campaign), campaign)
    page = _answer(client, task, right=False, headers=HTMX)
    html = page.content.decode()
    assert "The experts see it otherwise" in html
    assert "A is right." in html
    assert "Practice task 1 of 2" in html
    expected = "B is better" if task.swapped else "A is better"
    assert re.search(rf'class="differs">{expected}<', html)
    assert page["HX-Replace-Url"] == reverse("annotation:feedback", args=[task.token])


def test_it_works_without_htmx_and_can_be_read_again(client: Client) -> None:
    campaign = checked_campaign(1, 2, quality=TRAINING, role="training")
    task = _held(_signed_in(client, campaign), campaign)
    page = _answer(client, task, right=True, follow=True)
    assert page.redirect_chain[-1][0] == reverse("annotation:feedback", args=[task.token])
    assert "As the experts see it" in page.content.decode()
    following = client.post(reverse("annotation:start", args=[campaign.pk]), follow=True)
    assert 'id="answer-form"' in following.content.decode()


def test_the_last_training_task_says_that_answers_count_from_now_on(client: Client) -> None:
    campaign = checked_campaign(1, 2, quality=TRAINING, role="training")
    _signed_in(client, campaign)
    _answer(client, _held(client, campaign), right=True, headers=HTMX)
    page = _answer(client, _held(client, campaign), right=True, headers=HTMX)
    assert "From now on your answers count" in page.content.decode()


@pytest.mark.parametrize("role", ["calibration", "attention", "twin"])
def test_a_hidden_check_shows_nothing_and_brings_the_next_task(client: Client, role: str) -> None:
    campaign = checked_campaign(2, 2, quality={"checks": {"first": 1.0}}, role=role)
    task = _held(_signed_in(client, campaign), campaign)
    assert task.item.role == role
    page = _answer(client, task, right=False, headers=HTMX)
    assert "experts" not in page.content.decode()
    assert 'id="answer-form"' in page.content.decode()
    task.refresh_from_db()
    shown = client.get(reverse("annotation:feedback", args=[task.token]))
    assert shown.status_code == 302
    assert shown["Location"] == reverse("annotation:task", args=[task.token])


def test_feedback_on_somebody_elses_task_is_not_there(client: Client) -> None:
    campaign = checked_campaign(1, 2, quality=TRAINING, role="training")
    task = _held(_signed_in(client, campaign), campaign)
    _answer(client, task, right=True)
    stranger = Client()
    stranger.force_login(annotator_of(campaign))
    assert stranger.get(reverse("annotation:feedback", args=[task.token])).status_code == 404


def test_who_qualifies_is_told_and_goes_on(client: Client) -> None:
    quality = {"qualification": {"items": 1, "threshold": 1.0}}
    campaign = checked_campaign(2, 2, quality=quality)
    page = _answer(client, _held(_signed_in(client, campaign), campaign), right=True, headers=HTMX)
    assert "You have qualified" in page.content.decode()
    assert (
        'id="answer-form"' in client.post(reverse("annotation:start", args=[campaign.pk]), follow=True).content.decode()
    )


def test_who_does_not_qualify_is_told_what_happens_now(client: Client) -> None:
    quality = {"qualification": {"items": 1, "threshold": 1.0}}
    campaign = checked_campaign(2, 2, quality=quality)
    page = _answer(client, _held(_signed_in(client, campaign), campaign), right=False, headers=HTMX)
    assert "yours differed from what its experts agreed on" in page.content.decode()
    assert Participant.objects.get().standing == "stopped"


def test_who_fails_training_is_told_what_happens_now(client: Client) -> None:
    campaign = checked_campaign(1, 1, quality={"training": {"items": 1, "passing": 1}}, role="training")
    _answer(client, _held(_signed_in(client, campaign), campaign), right=False, headers=HTMX)
    page = client.get(reverse("annotation:campaign", args=[campaign.pk]))
    assert "Not enough of the practice tasks" in page.content.decode()


def test_a_warning_stands_on_the_rating_page_and_not_beside_a_task(client: Client) -> None:
    campaign = checked_campaign(3, 12, quality={"checks": {"first": 1.0}})
    _signed_in(client, campaign)
    for _ in range(11):
        page = _answer(client, _held(client, campaign), right=False, headers=HTMX).content.decode()
    assert Participant.objects.get().standing == "warned"
    assert "Please take care" not in page
    assert "Please take care" in client.get(reverse("annotation:home")).content.decode()


def test_the_api_gives_feedback_in_training_and_null_for_every_other_task(client: Client) -> None:
    campaign = checked_campaign(2, 1, quality={"training": {"items": 1}}, role="training")
    _signed_in(client, campaign)
    claimed = client.post(f"/api/v1/campaigns/{campaign.pk}/claim/").json()
    said = []
    for number in range(2):
        token = claimed["assignment"]["token"]
        swapped = Assignment.objects.get(token=token).swapped
        body = {"answers": {"preference": {"choice": "right" if swapped else "left", "strength": 1}}}
        sent: Any = {"content_type": "application/json", "headers": {"Idempotency-Key": f"k{number}"}}
        claimed = client.post(f"/api/v1/assignments/{token}/submit/", body, **sent).json()
        said.append(claimed["feedback"])
    assert said[1] is None
    assert said[0] | {"answers": []} == {"passed": True, "answers": [], "why": "A is right.", "training_over": True}
    assert said[0]["answers"][0]["given"] == said[0]["answers"][0]["expected"]
