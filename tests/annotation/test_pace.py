"""A person who sends faster than people can is asked to wait, and loses nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.errors import TooFast
from annotation.models import Assignment, Participant
from annotation.pace import Meter, Pace
from annotation.services import claim, submit
from domain.models import Verdict
from tests.annotation.make import annotator_of, held, left, pairwise_campaign


@pytest.fixture(autouse=True)
def nobody_has_sent_anything(monkeypatch):
    monkeypatch.setattr("annotation.pace._METER", Meter())


ONE_AT_ONCE = Pace(per_minute=60, burst=1)


def test_a_burst_passes_and_then_one_a_step():
    pace, reserved, waits = Pace(per_minute=60, burst=3), 0.0, []
    for now in (100, 100, 100, 100, 100.5, 101, 101):
        early, reserved = pace.wait(reserved, now)
        waits.append(round(early, 3))
    assert waits == [0, 0, 0, 1, 0.5, 0, 1]


@given(st.lists(st.floats(0, 20), max_size=60), st.integers(1, 240), st.integers(1, 20))
def test_no_minute_holds_more_than_the_rate_and_a_burst(gaps, per_minute, burst):
    pace, now, reserved, passed = Pace(per_minute, burst), 1e9, 0.0, []
    for gap in gaps:
        now += gap / 10
        early, reserved = pace.wait(reserved, now)
        assert early >= 0
        passed += [now] * (early == 0)
    for at in passed:
        assert sum(at <= other < at + 60 for other in passed) <= per_minute + burst
    early, reserved = pace.wait(reserved, now)
    assert pace.wait(reserved, now + early + 1e-6)[0] <= 60 / per_minute


def test_people_do_not_wait_for_each_other_and_few_are_remembered():
    meter = Meter()
    assert meter.wait(1, ONE_AT_ONCE, now=5) == 0
    assert meter.wait(1, ONE_AT_ONCE, now=5) == 1
    assert meter.wait(2, ONE_AT_ONCE, now=5) == 0
    for person in range(20_000):
        meter.wait(person, ONE_AT_ONCE, now=6)
    assert len(meter._reserved) == 10_000


def script(settings, per_minute=60):
    """A client that answers as fast as it can, where a person may send ten at once."""
    settings.ANSWERS_PER_MINUTE = per_minute
    campaign = pairwise_campaign(30)
    browser = Client()
    browser.force_login(annotator_of(campaign))
    return campaign, browser


@pytest.mark.django_db
def test_a_script_that_submits_through_the_api_is_told_when_to_come_again(settings):
    campaign, client = script(settings)
    task = client.post(f"/api/v1/campaigns/{campaign.pk}/claim/").json()["assignment"]
    for number in range(30):
        address = f"/api/v1/assignments/{task['token']}/submit/"
        body, key = {"answers": {"preference": {"choice": "left"}}}, {"Idempotency-Key": str(number)}
        answer = client.post(address, body, content_type="application/json", headers=key)
        if answer.status_code != 200:
            break
        task = answer.json()["assignment"]
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["code"] == "too_fast"
    assert 10 <= Verdict.objects.count() == number < 20
    again = Assignment.objects.get(token=task["token"])
    assert (again.state, again.verdict) == ("leased", None)  # it is theirs still, and can be sent again


@pytest.mark.django_db
def test_the_page_says_so_and_keeps_what_was_entered(settings):
    campaign, browser = script(settings)
    page = browser.post(reverse("annotation:start", args=[campaign.pk]), follow=True).request["PATH_INFO"]
    participant = Participant.objects.get()
    participant.quality["reserved"] = 9e9  # long after any clock of this test
    participant.save()
    sent = {"answer-preference": "left:1", "rationale": "Because.", "key": "1"}
    by_script = browser.post(page, sent, headers={"HX-Request": "true"})
    assert (by_script.status_code, by_script.headers["Content-Type"]) == (429, "text/plain; charset=utf-8")
    assert "Nothing is lost" in by_script.content.decode()
    plain = browser.post(page, sent)
    assert plain.status_code == 429
    assert "Because." in plain.content.decode()
    assert "Nothing is lost" in plain.content.decode()
    assert not Verdict.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["heartbeat", "draft"])
def test_drafts_and_signs_of_life_are_bounded_without_a_statement(settings, what, django_assert_max_num_queries):
    campaign, browser = script(settings, per_minute=1)
    page = browser.post(reverse("annotation:start", args=[campaign.pk]), follow=True).request["PATH_INFO"]
    for _ in range(70):
        answer = browser.post(f"{page}{what}/", {"answer-preference": "tie"})
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_fast"
    with django_assert_max_num_queries(2):  # who it is
        assert browser.post(f"{page}{what}/", {"answer-preference": "tie"}).status_code == 429


@pytest.mark.django_db
def test_the_same_answer_sent_again_is_no_new_one():
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    for _ in range(5):
        assert submit(user, str(task.token), left(), key="1", pace=ONE_AT_ONCE).counted
    second = held(claim(user, campaign))
    with pytest.raises(TooFast):
        submit(user, str(second.token), left(), key="2", pace=ONE_AT_ONCE)
    assert submit(user, str(second.token), left(), key="2").counted  # without a pace, as for those who load answers
