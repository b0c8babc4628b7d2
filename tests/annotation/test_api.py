"""The annotator's loop through the API: same services, same guarantees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Assignment, Participant
from domain.models import Verdict
from tests.annotation.api import Api, claimed
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    return campaign, Api(user)


def test_the_whole_loop(pair):
    campaign, api = pair
    first = claimed(campaign, api)
    assert {first["left"], first["right"]} == {"Ash answers.", "Birch answers."}
    assert first["response"] is None
    assert first["rubric"]["criteria"][0]["choices"] == ["left", "right", "tie", "both_bad"]
    answer = api.submit(first["token"], {"preference": {"choice": "left", "strength": 2}}).json()
    assert answer["result"] == {"token": first["token"], "counted": True, "repeated": False}
    assert answer["assignment"]["progress"] == {"done": 1, "total": 2}
    last = api.submit(answer["assignment"]["token"], {"preference": "tie"}, key="2").json()
    assert last["assignment"] is None
    assert last["queue"]["code"] == "complete"
    assert Verdict.objects.counting().count() == 2


def test_a_single_response_is_rated(pair):
    campaign = direct_campaign(1)
    api = Api(annotator_of(campaign))
    task = claimed(campaign, api)
    assert (task["response"], task["left"]) == ("Answer 0.", None)
    assert api.submit(task["token"], {"helpfulness": 4}).json()["result"]["counted"]


def test_a_repeated_request_gives_the_same_next_task(pair):
    campaign, api = pair
    token = claimed(campaign, api)["token"]
    first = api.submit(token, {"preference": "tie"}).json()
    again = api.submit(token, {"preference": "tie"}).json()
    assert again["result"]["repeated"]
    assert again["assignment"]["token"] == first["assignment"]["token"]


@pytest.mark.parametrize(
    ("answers", "key", "status", "code"),
    [
        ({"preference": "right"}, "1", 422, "idempotency_key_reused"),
        ({"preference": "right"}, "2", 409, "already_answered"),
        ({"preference": "right"}, "", 400, "idempotency_key_missing"),
    ],
)
def test_a_contradiction_is_refused_as_json(pair, answers, key, status, code):
    campaign, api = pair
    token = claimed(campaign, api)["token"]
    api.submit(token, {"preference": "left"})
    refused = api.submit(token, answers, key=key)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"answers": {}}', 422),
        ('{"answers": {"preference": "left", "extra": 1}}', 422),
        ('{"answers": {"preference": true}}', 422),
        ('{"answers": {"preference": {"choice": "left", "strength": 1e999}}}', 400),
        ('{"answers": {"preference": NaN}}', 400),
        ('{"answers": 5}', 422),
        ('["answers"]', 422),
        ('{"answers": {"preference": "left"}, "completed_by": 7}', 422),
        ('{"answers": {"preference": "left"}, "active_ms": -5}', 422),
        ("{", 400),
        ("[" * 5000, 400),
        ('{"answers": {"preference": "left"}, "rationale": "\\u0000"}', 400),
    ],
)
def test_a_bad_body_is_refused_as_json_and_changes_nothing(pair, body, status):
    campaign, api = pair
    token = claimed(campaign, api)["token"]
    answer = Client().post(
        f"/api/v1/assignments/{token}/submit/",
        body,
        content_type="application/json",
        headers=api.headers | {"Idempotency-Key": "1"},
    )
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not Verdict.objects.exists()


def test_drafts_heartbeats_skips_and_undo(pair):
    campaign, api = pair
    task = claimed(campaign, api)
    assert api.post(f"assignments/{task['token']}/heartbeat/").json()["held"]
    assert api.post(f"assignments/{task['token']}/draft/", {"answers": {"preference": "tie"}}).json()["held"]
    assert claimed(campaign, api)["draft"]["answers"] == {"preference": {"choice": "tie", "strength": None}}
    refused = api.post(f"assignments/{task['token']}/skip/", {"reason": "bored"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_answer")
    assert refused.json()["detail"].startswith("reason: ")
    following = api.post(f"assignments/{task['token']}/skip/", {"reason": "unsure"}).json()["assignment"]
    api.submit(following["token"], {"preference": "left"})
    undone = api.post(f"campaigns/{campaign.pk}/undo/").json()["assignment"]
    assert (undone["token"], undone["state"]) == (following["token"], "changing")
    assert api.post(f"assignments/{undone['token']}/keep/").json()["queue"]["code"] == "finished"
    assert api.post(f"assignments/{undone['token']}/keep/").status_code == 409


def test_strangers_and_other_annotators_find_nothing(pair):
    campaign, api = pair
    token = claimed(campaign, api)["token"]
    for other in (Api(make_user()), Api(annotator_of(pairwise_campaign())), Api(annotator_of(campaign))):
        for path in ("submit", "heartbeat", "draft", "skip", "flag", "keep"):
            answer = other.post(f"assignments/{token}/{path}/", {"answers": {}}, **{"Idempotency-Key": "1"})
            assert answer.status_code == 404
    assert Api(make_user()).post(f"campaigns/{campaign.pk}/claim/").status_code == 404
    assert Client().post(f"/api/v1/campaigns/{campaign.pk}/claim/").status_code == 401


def test_the_campaigns_of_a_person_say_how_far_they_are(pair):
    campaign, api = pair
    api.submit(claimed(campaign, api)["token"], {"preference": "left"})
    (line,) = api.get("campaigns/").json()
    assert (line["id"], line["task"], line["why"]) == (campaign.pk, "pairwise", "")
    assert line["progress"] == {"done": 1, "total": 2}
    assert Api(make_user()).get("campaigns/").json() == []


def test_a_program_can_flag_rest_and_leave(pair):
    campaign, api = pair
    token = claimed(campaign, api)["token"]
    assert api.post(f"assignments/{token}/flag/", {"note": "Odd."}).json() == {"done": True}
    assert Assignment.objects.get(token=token).flag == "Odd."
    assert api.post(f"campaigns/{campaign.pk}/rest/").json() == {"done": True}
    assert api.post(f"campaigns/{campaign.pk}/withdraw/", {}).json()["code"] == "bad_answer"
    assert api.post(f"campaigns/{campaign.pk}/withdraw/", {"answers": "erase"}).json() == {"done": True}
    assert api.post(f"campaigns/{campaign.pk}/claim/").json()["queue"]["code"] == "withdrawn"
    assert api.post(f"assignments/{token}/heartbeat/").status_code == 404


def test_a_long_stretch_of_work_brings_the_offer_of_a_break(pair):
    campaign, api = pair
    assert not api.post(f"campaigns/{campaign.pk}/claim/").json()["break_due"]
    now = timezone.now()
    Participant.objects.update(stretch_began=now - timedelta(minutes=45, seconds=10), last_answer_at=now)
    assert api.post(f"campaigns/{campaign.pk}/claim/").json()["break_due"]
    api.post(f"campaigns/{campaign.pk}/rest/")
    assert not api.post(f"campaigns/{campaign.pk}/claim/").json()["break_due"]


def test_a_choice_has_no_field_that_nobody_reads(pair):
    campaign, api = pair
    answer = api.submit(claimed(campaign, api)["token"], {"preference": {"choice": "left", "strenght": 2}})
    assert answer.status_code == 422
    assert "'strenght'" in answer.json()["detail"]


def test_a_session_works_too_and_needs_a_csrf_token(pair):
    campaign, _ = pair
    user = annotator_of(campaign)
    plain, strict = Client(), Client(enforce_csrf_checks=True)
    for client in (plain, strict):
        client.force_login(user)
    assert plain.post(f"/api/v1/campaigns/{campaign.pk}/claim/").status_code == 200
    assert strict.post(f"/api/v1/campaigns/{campaign.pk}/claim/").status_code == 403


def test_the_description_names_every_endpoint(pair):
    schema = Client(headers=pair[1].headers).get("/api/v1/schema/?format=json").json()
    assert {name for name in schema["paths"] if "assignments" in name or "campaigns" in name} == {
        "/api/v1/campaigns/",
        *(f"/api/v1/campaigns/{{id}}/{name}/" for name in ("claim", "undo", "rest", "withdraw")),
        *(
            f"/api/v1/assignments/{{token}}/{name}/"
            for name in ("submit", "heartbeat", "draft", "skip", "flag", "keep")
        ),
    }
    assert Assignment.objects.exists()
