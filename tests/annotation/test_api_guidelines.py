"""The version of the guidelines through the API: it comes with a task, and an answer may say it back."""

from __future__ import annotations

import pytest

from annotation.models import Assignment
from domain.models import Verdict
from tests.annotation.api import Api, claimed
from tests.annotation.make import annotator_of, direct_campaign
from tests.annotation.revising import publish

pytestmark = pytest.mark.django_db
ANSWER = {"answers": {"helpfulness": 4}}


@pytest.fixture
def at_work():
    campaign = direct_campaign(2)
    return campaign, Api(annotator_of(campaign))


def send(api, token, body, key="1"):
    return api.post(f"assignments/{token}/submit/", body, **{"Idempotency-Key": key})


def test_a_task_says_under_which_version_it_is_shown(at_work):
    campaign, api = at_work
    assert claimed(campaign, api)["guidelines_version"] == 0
    publish(campaign, text="Be strict.")
    task = claimed(campaign, api)
    assert (task["guidelines_version"], task["guidelines"]) == (1, "Be strict.")


def test_an_answer_under_an_earlier_version_is_refused_once_and_nothing_is_recorded(at_work):
    campaign, api = at_work
    task = claimed(campaign, api)
    publish(campaign)
    refused = send(api, task["token"], ANSWER | {"guidelines_version": 0})
    assert (refused.status_code, refused.json()["code"]) == (422, "revised")
    assert not Verdict.objects.exists()
    again = claimed(campaign, api)
    assert (again["token"], again["guidelines_version"]) == (task["token"], 1)
    answer = send(api, task["token"], ANSWER | {"guidelines_version": 1}).json()
    assert answer["result"]["counted"]
    assert answer["assignment"]["guidelines_version"] == 1
    assert Assignment.objects.get(token=task["token"]).guidelines == 1
    late = send(api, task["token"], ANSWER | {"guidelines_version": 0})  # what is recorded is recorded
    assert late.json()["result"]["repeated"]


@pytest.mark.parametrize("said", [{}, {"guidelines_version": None}])
def test_a_program_that_does_not_say_answers_under_the_version_in_force(at_work, said):
    campaign, api = at_work
    token = claimed(campaign, api)["token"]
    publish(campaign)
    assert send(api, token, ANSWER | said).json()["result"]["counted"]
    assert Assignment.objects.get(token=token).guidelines == 1


@pytest.mark.parametrize("version", ["1", -1, 1.5, True, []])
def test_what_is_no_version_is_refused_in_words(at_work, version):
    campaign, api = at_work
    token = claimed(campaign, api)["token"]
    for what in ("submit", "draft"):
        body = ANSWER | {"guidelines_version": version}
        refused = api.post(f"assignments/{token}/{what}/", body, **{"Idempotency-Key": "1"})
        assert refused.status_code == 422
        assert "guidelines_version: send the whole number" in refused.json()["detail"]
    assert not Verdict.objects.exists()


def test_a_draft_may_be_what_will_be_sent(at_work):
    campaign, api = at_work
    token = claimed(campaign, api)["token"]
    assert api.post(f"assignments/{token}/draft/", ANSWER | {"guidelines_version": 0}).json()["held"]
    assert claimed(campaign, api)["draft"]["answers"] == {"helpfulness": 4}
