"""Time on a task by the server's clock, breaks, and leaving by the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.models import Assignment, GuidelineVersion, Participant
from annotation.services import break_due, claim, submit
from domain.models import Event, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, value

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(client):
    campaign = direct_campaign(5)
    user = annotator_of(campaign)
    client.force_login(user)
    return campaign, user


def page(task):
    return reverse("annotation:task", args=[task.token])


def test_a_task_remembers_when_it_was_first_seen(client, job):
    campaign, user = job
    task = held(claim(user, campaign))
    assert Assignment.objects.get(pk=task.pk).shown_at is None
    client.get(page(task))
    first = Assignment.objects.get(pk=task.pk).shown_at
    client.get(page(task))
    assert first is not None
    assert Assignment.objects.get(pk=task.pk).shown_at == first


def test_the_next_card_counts_as_seen_when_it_comes_with_the_answer(client, job):
    campaign, user = job
    client.post(page(held(claim(user, campaign))), {"answer-helpfulness": "4"}, headers={"HX-Request": "true"})
    assert Assignment.objects.get(state="leased").shown_at is not None


def test_nobody_looked_longer_than_they_had_the_task(job):
    campaign, user = job
    task = held(claim(user, campaign))
    submit(user, task.token, value(visible_ms=9_000_000, idle_ms=8_000_000), key="1")
    task.refresh_from_db()
    assert task.visible_ms < 60_000
    assert task.idle_ms <= task.visible_ms


def test_times_are_kept_apart_and_tell_no_two_answers_apart(client, job):
    campaign, user = job
    task = held(claim(user, campaign))
    Assignment.objects.update(claimed_at=timezone.now() - timedelta(minutes=1))
    sent = {"answer-helpfulness": "4", "key": "1", "visible_ms": "30000", "idle_ms": "5000", "active_ms": "25000"}
    client.post(page(task), sent)
    client.post(page(task), sent | {"visible_ms": "31000", "key": "2"})
    task.refresh_from_db()
    assert (task.visible_ms, task.idle_ms) == (30_000, 5_000)
    assert Verdict.objects.get().active_ms == 25_000


def test_an_answer_says_which_guidelines_were_in_force(job):
    campaign, user = job
    task = held(claim(user, campaign))
    following = held(submit(user, task.token, value(), key="1").next)
    for number in (1, 2):
        GuidelineVersion.objects.create(campaign=campaign, number=number)
    submit(user, following.token, value(), key="2")
    answered = Assignment.objects.filter(state="done").order_by("answered_at")
    assert list(answered.values_list("guidelines", flat=True)) == [0, 2]


def worked(user, campaign, minutes, since_last):
    """Somebody who began so many minutes ago, and answered last that long ago."""
    now = timezone.now()
    Participant.objects.filter(user=user).update(
        stretch_began=now - timedelta(minutes=minutes), last_answer_at=now - timedelta(minutes=since_last)
    )
    return Participant.objects.select_related("campaign").get(user=user, campaign=campaign)


@pytest.mark.parametrize(
    ("minutes", "since_last", "due"),
    [(44, 0, False), (45, 0, True), (50, 0, False), (61, 1, True), (61, 6, False)],
)
def test_a_break_is_offered_after_a_long_stretch_and_now_and_again(job, minutes, since_last, due):
    campaign, user = job
    claim(user, campaign)
    assert break_due(worked(user, campaign, minutes, since_last)) is due


def test_no_break_is_offered_where_none_is_wanted(job):
    campaign, user = job
    claim(user, campaign)
    campaign.break_after_minutes = None
    campaign.save()
    assert not break_due(worked(user, campaign, 100, 0))


@pytest.mark.parametrize(("minutes_ago", "active_ms", "goes_on"), [(4, 0, True), (9, 0, False), (9, 300_000, True)])
def test_five_minutes_without_work_are_a_break_and_long_reading_is_none(job, minutes_ago, active_ms, goes_on):
    campaign, user = job
    task = held(claim(user, campaign))
    before = worked(user, campaign, 30, minutes_ago).stretch_began
    Assignment.objects.update(claimed_at=timezone.now() - timedelta(minutes=minutes_ago))
    submit(user, task.token, value(active_ms=active_ms), key="1")
    assert (Participant.objects.get().stretch_began == before) is goes_on


def test_a_break_that_is_taken_is_recorded(client, job):
    campaign, user = job
    task = held(claim(user, campaign))
    worked(user, campaign, 45, 0)
    assert "Time for a break?" in client.get(page(task)).content.decode()
    assert client.post(reverse("annotation:rest", args=[campaign.pk])).url == reverse("annotation:home")
    assert Event.objects.get(action="annotator break").details["after_minutes"] == 45
    assert "Time for a break?" not in client.get(page(task)).content.decode()


# --- Leaving -----------------------------------------------------------------------------------------------------


def test_who_leaves_must_say_what_becomes_of_their_answers(client, job):
    campaign, user = job
    submit(user, held(claim(user, campaign)).token, value(), key="1")
    leave = reverse("annotation:leave", args=[campaign.pk])
    assert "What becomes of your answer?" in client.get(leave).content.decode()
    assert client.post(leave).status_code == 422
    assert client.post(leave, {"answers": "both"}).status_code == 422
    assert Verdict.objects.counting().count() == 1
    answer = client.post(leave, {"answers": "erase"}, follow=True)
    assert "You have left this campaign" in answer.content.decode()
    assert not Verdict.objects.exists()
    assert "You have left this campaign." in client.get(reverse("annotation:home")).content.decode()


def test_a_task_of_who_has_left_is_not_found(client, job):
    campaign, user = job
    task = held(claim(user, campaign))
    client.post(reverse("annotation:leave", args=[campaign.pk]), {"answers": "keep"})
    assert client.get(page(task)).status_code == 404
    assert client.post(page(task), {"answer-helpfulness": "4", "key": "1"}).status_code == 404
    assert client.post(f"{page(task)}draft/", {"answer-helpfulness": "4"}).status_code == 404
    assert not Verdict.objects.exists()


def test_the_home_says_until_when_a_campaign_is_open(client, job):
    campaign, _ = job
    campaign.closes_at = timezone.now() + timedelta(days=3)
    campaign.save()
    home = reverse("annotation:home")
    assert f"{timezone.localtime(campaign.closes_at):%Y-%m-%d %H:%M}" in client.get(home).content.decode()
    campaign.closes_at = timezone.now() - timedelta(days=3)
    campaign.save()
    assert "Its time is over." in client.get(home).content.decode()
