"""The file of the pay report: a wage that cannot be read is said, and no file is made without it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.services import claim, submit
from domain.models import Event
from tests.annotation.make import annotator_of, held, left, pairwise_campaign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("minimum", ["-3", "1e999", "a lot"])
def test_a_wage_that_cannot_be_read_leads_to_the_page_that_says_so(client, minimum):
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    submit(user, str(held(claim(user, campaign)).token), left(), key="1")
    client.force_login(annotator_of(campaign, role="owner"))
    address = reverse("annotation:pay_file", args=[campaign.project.slug, campaign.pk])
    answer = client.post(address, {"minimum": minimum}, follow=True)
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("text/html")
    assert not Event.objects.filter(action="export").exists()
    assert client.post(address, {"minimum": "12"})["Content-Type"].startswith("text/csv")
