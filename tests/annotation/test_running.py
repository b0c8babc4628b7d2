"""Looking at a campaign before it starts, beginning with a pilot, and changing what may change while people work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.errors import NotOpen
from annotation.models import Assignment, Campaign
from annotation.services import claim, close_campaign, open_campaign, submit
from annotation.services.pilots import go_on
from annotation.services.running import change_campaign, raise_overlap
from domain.models import Event
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, value
from tests.factories import LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db


def page_of(campaign, name):
    return reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk])


# --- Preview --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["pairwise", "direct", "ranking"])
def draft(request, client):
    project = make_project()
    if request.param == "pairwise":
        campaign = pairwise_campaign(3, project=project, is_open=False)
    elif request.param == "direct":
        campaign = direct_campaign(3, project=project, is_open=False)
    else:
        campaign = set_up(client, project, task="ranking", rubric=make_rubric(project, PREFERENCE).pk)
    client.force_login(annotator_of(campaign, role="owner"))
    campaign.refresh_from_db()
    return campaign


def set_up(client, project, **fields):
    client.force_login(owner := make_user())
    project.memberships.create(user=owner, role="owner")
    for n in range(4):
        prompt = make_prompt(project, external_id=f"q{n}", tags=["hard"] if n == 3 else [])
        for name in ("Ash", "Birch", "Cedar"):
            make_response(prompt=prompt, system=name, content=f"{name} says {n}.")
    sent = {"name": "Round 1", "overlap": 1, "seed": 1} | fields
    client.post(reverse("annotation:new_campaign", args=[project.slug]), sent)
    return Campaign.objects.get(project=project)


def everything():
    """How many rows every table has, sessions apart."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_a_draft_is_looked_at_as_annotators_see_it_and_nothing_is_recorded(client, draft):
    where = reverse("annotation:preview", args=[draft.pk, 0])
    client.get(where)  # renderings of texts are kept from the first time on
    client.get(reverse("annotation:preview", args=[draft.pk, 1]))
    before = everything()
    page = client.get(where).content.decode()
    assert ": nothing you enter is kept" in page
    assert "Next" in page
    assert "rate_keep.js" not in page
    answer = client.post(where, {"answer-preference": "left"})
    assert answer.headers["Location"] == reverse("annotation:preview", args=[draft.pk, 1])
    card = client.post(where, headers={"HX-Request": "true"})
    assert card.headers["HX-Replace-Url"] == reverse("annotation:preview", args=[draft.pk, 1])
    assert everything() == before


def test_what_surrounds_a_task_stays_in_the_preview(client, draft):
    at = [draft.pk, 1]
    step = {what: reverse("annotation:preview_step", args=[*at, what]) for what in ("draft", "skip", "undo", "flag")}
    assert client.post(step["draft"]).json() == {"held": True}
    assert client.post(step["skip"]).url == reverse("annotation:preview", args=[draft.pk, 2])
    assert client.post(step["undo"]).url == reverse("annotation:preview", args=[draft.pk, 0])
    assert client.post(step["flag"], headers={"HX-Request": "true"}).status_code == 204
    assert client.get(step["skip"]).url == reverse("annotation:preview", args=at)
    last = reverse("annotation:preview", args=[draft.pk, draft.live_count - 1])
    assert client.post(last).url == reverse("annotation:preview", args=[draft.pk, 0])


def test_the_preview_is_for_who_may_look_at_the_project(client, draft):
    where = reverse("annotation:preview", args=[draft.pk, 0])
    assert client.get(reverse("annotation:preview", args=[draft.pk, 99])).status_code == 404
    assert Client().get(where).headers["Location"].startswith("/login/")
    for role in ("annotator", "stranger"):
        client.force_login(annotator_of(draft) if role == "annotator" else make_user())
        assert client.get(where).status_code == 404
    client.force_login(annotator_of(draft, role="viewer"))
    assert client.get(where).status_code == 200


# --- Pilot ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "of"), [(PREFERENCE, 10), (LIKERT, 9)])
def test_a_pilot_goes_on_with_the_rest_of_its_draw(client, kind, of):
    whole, piloted = make_project(), make_project()
    drawn = set_up(client, whole, rubric=make_rubric(whole, kind).pk, size=of)
    campaign = set_up(client, piloted, rubric=make_rubric(piloted, kind).pk, size=of, pilot=4)
    assert (campaign.live_count, campaign.selection["pilot"]) == (4, {"items": 4, "of": of})
    assert "Go on with all" in client.get(page_of(campaign, "manage")).content.decode()
    answer = client.post(page_of(campaign, "go_on"), follow=True).content.decode()
    assert f"{of - 4} items are added" in answer
    assert "new draw" not in answer
    assert texts(campaign) == texts(drawn)
    campaign.refresh_from_db()
    assert campaign.live_count == of
    with pytest.raises(NotOpen, match="no pilot"):
        go_on(campaign, by=None)


def texts(campaign):
    """What is asked about, whichever project it is in."""
    found = campaign.items.select_related("battle__response_a", "battle__response_b", "response")
    return sorted(
        item.response.content if item.response else item.battle.response_a.content + item.battle.response_b.content
        for item in found
    )


def test_a_pilot_goes_on_while_people_work_and_asks_nothing_twice(client):
    project = make_project()
    campaign = set_up(client, project, rubric=make_rubric(project, PREFERENCE).pk, pilot=3)
    open_campaign(campaign)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    go_on(campaign, by=None)
    done = 0
    while task:
        task, done = submit(user, task.token, left(), key=str(task.pk)).next, done + 1
    assert done == 12
    assert Event.objects.filter(action="campaign went on").get().details["same_draw"] is True


def test_a_draw_that_changed_since_the_pilot_says_so(client):
    project = make_project()
    campaign = set_up(client, project, rubric=make_rubric(project, PREFERENCE).pk, size=8, pilot=3)
    prompt = make_prompt(project)
    for name in ("Ash", "Birch", "Cedar"):
        make_response(prompt=prompt, system=name)
    rest = go_on(campaign, by=None)
    assert (rest.added, rest.same_draw) == (5, False)


# --- Settings -------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(client):
    campaign = direct_campaign(3)
    client.force_login(annotator_of(campaign, "olga", role="owner"))
    return campaign


def fields_of(**changes):
    sent = {"name": "Round 1", "lease_minutes": 20, "confidence": "optional", "rationale": "optional"}
    return sent | {"currency": "USD", "break_after_minutes": 45} | changes


def test_a_change_is_made_and_written_down_with_what_was_before(client, running):
    closes = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    client.post(page_of(running, "settings"), fields_of(closes_at=closes, per_person_cap=2, pay_per_hour="15"))
    running.refresh_from_db()
    assert (running.per_person_cap, str(running.pay_per_hour)) == (2, "15.00")
    event = Event.objects.get(action="campaign changed")
    assert event.details["changes"]["per_person_cap"] == {"from": None, "to": 2}
    assert set(event.details["changes"]) == {"closes_at", "per_person_cap", "pay_per_hour"}
    assert event.user is not None
    assert event.user.username == "olga"


def test_nothing_changed_writes_nothing(client, running):
    client.post(page_of(running, "settings"), fields_of())
    assert not Event.objects.filter(action="campaign changed").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"closes_at": "2020-01-01T00:00"}, "passed already"),
        ({"pay_per_answer": "1", "pay_per_hour": "1"}, "not both"),
        ({"lease_minutes": 0}, "greater than or equal to 1"),
        ({"name": "Round 2"}, "of this name already"),
        ({"confidence": "maybe"}, "Select a valid choice"),
    ],
)
def test_bad_settings_say_why_and_change_nothing(client, running, changes, says):
    direct_campaign(1, project=running.project, name="Round 2")
    answer = client.post(page_of(running, "settings"), fields_of(**changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Event.objects.filter(action="campaign changed").exists()


def test_guidelines_change_in_a_draft_alone(client, running):
    client.post(page_of(running, "settings"), fields_of(guidelines="New."))
    running.refresh_from_db()
    assert running.guidelines == ""
    with pytest.raises(ValueError, match="not to be changed"):
        change_campaign(running, {"guidelines": "New."}, by=None)
    draft = direct_campaign(1, project=running.project, name="Draft", is_open=False)
    client.post(page_of(draft, "settings"), fields_of(name="Draft", guidelines="New."))
    draft.refresh_from_db()
    assert draft.guidelines == "New."


def test_more_people_per_item_keep_what_is_answered_and_come_last(client, running):
    first, second = annotator_of(running), annotator_of(running)
    task = held(claim(first, running))
    submit(first, task.token, value(), key="1")
    page = client.post(page_of(running, "raise_overlap"), {"overlap": 2}, follow=True).content.decode()
    assert "2 people are asked about each item now" in page
    running.refresh_from_db()
    assert (running.overlap, running.slot_count) == (2, 6)
    for user in (first, second):
        place: Any = claim(user, running)
        while place:
            place = submit(user, place.token, value(), key=str(place.pk)).next
    assert sorted(running.items.values_list("overlap", flat=True)) == [2, 2, 2]
    assert Assignment.objects.filter(campaign=running, state="done").count() == 6
    details = Event.objects.get(action="campaign overlap").details
    assert (details["before"], details["after"], details["places"]) == (1, 2, 3)


def test_fewer_people_than_now_are_refused(client, running):
    raise_overlap(running, 3, by=None)
    assert "already" in client.post(page_of(running, "raise_overlap"), {"overlap": 2}, follow=True).content.decode()
    assert client.post(page_of(running, "raise_overlap"), {"overlap": 101}).status_code == 422
    close_campaign(running)
    with pytest.raises(NotOpen, match="closed"):
        raise_overlap(running, 4, by=None)


def test_prompts_with_a_tag_come_first(client):
    project = make_project()
    campaign = set_up(client, project, rubric=make_rubric(project, LIKERT).pk)
    open_campaign(campaign)
    page = client.post(page_of(campaign, "priority"), {"tag": "hard", "priority": 1}, follow=True).content.decode()
    assert "3 items changed their place" in page
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    assert task.item.response.prompt.external_id == "q3"
    assert client.post(page_of(campaign, "priority"), {"tag": "none", "priority": 1}).status_code == 422
