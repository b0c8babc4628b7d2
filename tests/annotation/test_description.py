"""The description of the API says what the API does."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from annotation.services import claim
from annotation.tasks import payload_for
from tests.annotation.lists import listed_campaign
from tests.annotation.make import annotator_of, held
from tests.annotation.remarking import NOT, campaign_with
from tests.factories import ERRORS, REASONS


@pytest.mark.django_db
def test_a_task_has_the_fields_that_its_description_names(tmp_path):
    path = tmp_path / "api.json"
    call_command("spectacular", format="openapi-json", file=str(path), validate=True, fail_on_warn=True)
    parts = json.loads(path.read_text())["components"]["schemas"]
    for campaign in (listed_campaign(3), campaign_with(REASONS, ERRORS)):
        task = held(claim(annotator_of(campaign), campaign))
        payload = payload_for(task, campaign.participants.select_related("campaign__rubric").get())
        assert set(payload) == set(parts["Assignment"]["properties"])
        assert set(payload["rubric"]) == set(parts["Rubric"]["properties"])
        assert all(set(one) == set(parts["Remark"]["properties"]) for one in payload["rubric"]["remarks"])
        assert all(set(one) == set(parts["Labelled"]["properties"]) for one in payload["responses"] or [])
        assert payload["asks"].keys() == parts["Asks"]["properties"].keys()
    for sent in ("answers", "ranks", "best", "worst", "remarks", "confidence", "rationale", "active_ms"):
        assert sent in parts["Answer"]["properties"]
    assert all(name in parts["Answer"]["description"] for name in NOT)
