"""The people of a campaign, one rater's card, and decisions about them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotation.quality.card import card_of
from annotation.quality.errors import Undefined
from annotation.quality.flags import agreement_flags, quality_flags
from annotation.quality.making import add_twins
from annotation.quality.pilot import suggested_floor
from annotation.quality.policy import BadPolicy
from annotation.services import create_campaign
from domain.models import Event, Membership
from tests.annotation.make import annotator_of
from tests.annotation.quality.make import (
    Answerer,
    checked_campaign,
    choose,
    person,
    responses,
    right,
    score,
    scored_campaign,
    work,
    wrong,
)
from tests.factories import LIKERT, make_project, make_rubric, make_user

pytestmark = pytest.mark.django_db
ALWAYS = {"checks": {"first": 1.0, "then": 1.0}}


@pytest.fixture
def campaign() -> Any:
    return checked_campaign(6, 12, quality=ALWAYS | {"calibration": {"action": "warn"}})


def researcher(campaign: Any, role: str = "researcher") -> User:
    user = make_user()
    Membership.objects.create(project=campaign.project, user=user, role=role)
    return user


def url(name: str, campaign: Any, *more: int) -> str:
    return reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, *more])


def test_the_list_names_who_was_flagged_and_why(client: Client, campaign: Any) -> None:
    good, bad = annotator_of(campaign, "gail"), annotator_of(campaign, "bert")
    work(good, campaign, right, most=14)
    work(bad, campaign, wrong, most=14)
    client.force_login(researcher(campaign))
    page = client.get(url("quality", campaign)).content.decode()
    assert "Often wrong on calibration items" in page
    assert page.index("bert") < page.index("gail")
    (flag,) = quality_flags(campaign)
    assert (flag.name, flag.family, flag.standing) == ("bert", "calibration", "warned")


def test_a_card_shows_numbers_with_intervals_and_reasons_where_there_are_none(client: Client, campaign: Any) -> None:
    user = annotator_of(campaign, "gail")
    work(user, campaign, right, most=13)
    client.force_login(researcher(campaign))
    page = client.get(url("rater", campaign, person(user, campaign).pk)).content.decode()
    assert "Right on 100" in page
    assert "nothing was asked twice yet" in page
    assert "<polyline" in page
    assert "no floor is set" in page


def test_a_card_without_an_answer_is_all_reasons(client: Client, campaign: Any) -> None:
    user = annotator_of(campaign, "new")
    work(user, campaign, right, most=1)
    row = person(user, campaign)
    row.user.assignments.all().update(verdict=None)
    card = card_of(row)
    assert card.accuracy.value is None
    assert card.agreement.why
    assert card.times.active.why
    client.force_login(researcher(campaign))
    assert client.get(url("rater", campaign, row.pk)).status_code == 200


def test_a_decision_needs_a_reason_is_logged_and_can_be_undone(client: Client, campaign: Any) -> None:
    user = annotator_of(campaign)
    work(user, campaign, right, most=2)
    row, boss = person(user, campaign), researcher(campaign)
    client.force_login(boss)
    decide = url("decide", campaign, row.pk)
    client.post(decide, {"move": "stop", "reason": ""})
    assert person(user, campaign).standing == "good"
    client.post(decide, {"move": "stop", "reason": "Two accounts"})
    assert person(user, campaign).standing == "stopped"
    assert "Two accounts" in client.get(url("rater", campaign, row.pk)).content.decode()
    client.post(decide, {"move": "reinstate", "reason": "One account after all"})
    assert person(user, campaign).standing == "good"
    assert Event.objects.filter(user=boss, details__participant=row.pk).count() == 2


def test_a_decision_that_cannot_be_taken_changes_nothing(client: Client, campaign: Any) -> None:
    user = annotator_of(campaign)
    work(user, campaign, right, most=1)
    client.force_login(researcher(campaign))
    client.post(url("decide", campaign, person(user, campaign).pk), {"move": "promote", "reason": "x"})
    client.post(url("decide", campaign, person(user, campaign).pk), {"move": "reinstate", "reason": "x"})
    assert person(user, campaign).standing == "good"


def test_who_may_only_look_decides_nothing_and_strangers_find_nothing(client: Client, campaign: Any) -> None:
    user = annotator_of(campaign)
    work(user, campaign, right, most=1)
    row = person(user, campaign)
    pages = [url("quality", campaign), url("rater", campaign, row.pk)]
    client.force_login(make_user())
    assert [client.get(page).status_code for page in pages] == [404, 404]
    client.force_login(user)
    assert [client.get(page).status_code for page in pages] == [404, 404]
    viewer = researcher(campaign, "viewer")
    client.force_login(viewer)
    assert client.post(url("decide", campaign, row.pk), {"move": "stop", "reason": "x"}).status_code in (403, 404)
    other = checked_campaign(1, 0, quality={})
    client.force_login(researcher(other))
    assert client.get(reverse("annotation:rater", args=[other.project.slug, other.pk, row.pk])).status_code == 404


def test_excluding_takes_answers_out_and_reinstating_brings_them_back(client: Client, campaign: Any) -> None:
    user = annotator_of(campaign)
    work(user, campaign, right, most=14)
    row = person(user, campaign)
    client.force_login(researcher(campaign))
    client.post(url("decide", campaign, row.pk), {"move": "exclude", "reason": "bot"})
    assert (person(user, campaign).standing, person(user, campaign).done) == ("excluded", 0)
    assert len(card_of(person(user, campaign)).outcomes) > 5  # what they were excluded for can still be looked at
    client.post(url("decide", campaign, row.pk), {"move": "reinstate", "reason": "no bot"})
    assert person(user, campaign).done == 14


def test_who_is_let_in_after_failing_the_gate_is_not_stopped_again(client: Client) -> None:
    quality = {"qualification": {"items": 2, "threshold": 1.0}, "checks": {"first": 0.0, "then": 0.0}}
    campaign = checked_campaign(3, 4, quality=quality)
    user = annotator_of(campaign)
    work(user, campaign, wrong)
    client.force_login(researcher(campaign))
    client.post(url("decide", campaign, person(user, campaign).pk), {"move": "reinstate", "reason": "talked it over"})
    assert [task.item.role for task in work(user, campaign, right)] == ["live"] * 3
    assert person(user, campaign).standing == "good"


def test_a_card_of_scores_knows_severity_and_damage() -> None:
    project = make_project()
    campaign = scored_campaign(
        responses(project, 6), quality={"checks": {"first": 0.5, "then": 0.5}}, project=project, overlap=3
    )
    add_twins(campaign, 4, seed=1)
    users = [annotator_of(campaign) for _ in range(3)]

    def answer(lift: int) -> Answerer:
        return lambda task: score(1 if task.item.role == "twin" else 3 + lift)

    for user, lift in zip(users, (0, 0, 1), strict=True):
        work(user, campaign, answer(lift))
    card = card_of(person(users[2], campaign))
    assert card.severity.value is not None
    assert card.severity.value.value == 1.0
    assert card.twins.value is None or card.twins.value.effect.value == 1.0
    assert "one response" in card.side.why


def test_who_agrees_with_nobody_is_flagged() -> None:
    campaign = checked_campaign(40, 0, quality={"side": {"action": "none"}, "straight": {"action": "none"}}, overlap=4)
    users = [annotator_of(campaign) for _ in range(4)]

    def says(user: User, task: Any) -> Any:
        lonely = {0: "B", 1: "tie", 2: "both_bad"}[task.item_id % 3]
        return choose(lonely if user == users[3] else "AB"[task.item_id // 3 % 2], task)

    for user in users:
        work(user, campaign, partial(says, user))
    (flag,) = agreement_flags(campaign)
    assert (flag.user_id, flag.family) == (users[3].pk, "agreement")


def test_a_speed_floor_is_suggested_once_there_are_enough_answers(client: Client) -> None:
    campaign = checked_campaign(24, 0, quality={})
    user = annotator_of(campaign)
    client.force_login(researcher(campaign))
    assert "needs the times of 20 answers" in client.get(url("quality", campaign)).content.decode()
    work(user, campaign, lambda task: choose("AB"[task.pk % 2], task, active_ms=60_000))
    with pytest.raises(Undefined):
        suggested_floor(checked_campaign(1, 0, quality={}))
    assert suggested_floor(campaign) > 0  # no more than the server saw
    assert "suggest a speed floor of" in client.get(url("quality", campaign)).content.decode()


def test_a_campaign_with_a_policy_that_makes_no_sense_is_not_made() -> None:
    project = make_project()
    with pytest.raises(BadPolicy, match="checks"):
        create_campaign(
            project=project, rubric=make_rubric(project, LIKERT), name="x", quality={"checks": {"first": 3}}
        )


def test_the_policy_can_be_changed_and_a_mistake_comes_back(client: Client, campaign: Any) -> None:
    boss = researcher(campaign)
    client.force_login(boss)
    bad = client.post(url("policy", campaign), {"policy": '{"speed": {"floor_ms": -5}}'})
    assert bad.status_code == 422
    assert "speed.floor_ms" in bad.content.decode()
    assert "floor_ms&quot;: -5" in bad.content.decode()
    assert client.post(url("policy", campaign), {"policy": "{"}).status_code == 422
    client.post(url("policy", campaign), {"policy": '{"speed": {"floor_ms": 3000}}'})
    campaign.refresh_from_db()
    assert campaign.quality["speed"]["floor_ms"] == 3000
    changes = Event.objects.get(action="quality policy changed").details["changes"]
    assert changes["speed.floor_ms"] == {"from": None, "to": 3000}


def test_calibration_items_can_be_asked_of_experts(client: Client, campaign: Any) -> None:
    client.force_login(researcher(campaign))
    page = client.post(url("calibrate", campaign), {"experts": "3"}, follow=True).content.decode()
    assert "No item outside of this campaign" in page
    page = client.post(url("calibrate", campaign), {"experts": "one"}, follow=True).content.decode()
    assert "ask for two experts or more" in page
