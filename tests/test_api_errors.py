"""Every refusal of the API has words and a code."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.annotation.api import Api, claimed
from tests.annotation.make import annotator_of, pairwise_campaign
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_refusals_that_no_service_made_have_a_code_too():
    campaign = pairwise_campaign()
    claim = f"campaigns/{campaign.pk}/claim/"
    mine, stranger = Api(annotator_of(campaign)), Api(make_user())
    submit = f"assignments/{claimed(campaign, mine)['token']}/submit/"
    nobody = Client().post(f"/api/v1/{claim}")
    headers = mine.headers | {"Idempotency-Key": "1"}
    broken = Client().post(f"/api/v1/{submit}", "{", content_type="application/json", headers=headers)
    answers = {
        "not_found": stranger.post(claim),
        "method_not_allowed": mine.get(claim),
        "not_authenticated": nobody,
        "parse_error": broken,
    }
    for code, answer in answers.items():
        assert 400 <= answer.status_code < 500
        assert answer.json().keys() == {"detail", "code"}
        assert answer.json()["code"] == code
