"""The pages of runs in batches: the launch form, the batches of a run, and models that changed on the way."""

from __future__ import annotations

import pytest
from django.urls import reverse

from judges.drift import models_seen
from judges.models import Run
from tests.factories import make_user
from tests.fakes.provider import Faults
from tests.judges.batching import JUDGES, batch_run, drain, hasten
from tests.judges.making import make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _soon(settings, monkeypatch):
    hasten(settings, monkeypatch)


def test_the_page_of_a_run_lists_its_batches(project, fake, client):
    project.memberships.get_or_create(user=make_user("ada"), defaults={"role": "owner"})
    client.force_login(project.memberships.get(user__username="ada").user)
    run = drain(batch_run(project, fake))
    page = client.get(reverse("judges:run", args=[project.slug, run.pk]))
    assert page.status_code == 200
    assert fake.batches()[0].name in page.text
    assert "More than one model" not in page.text


def test_the_launch_form_offers_batches_to_the_vendors_alone(project, fake, client):
    project.memberships.get_or_create(user=make_user("ada"), defaults={"role": "owner"})
    client.force_login(project.memberships.get(user__username="ada").user)
    there = reverse("judges:new_run", args=[project.slug])
    fields = {"pairs": "made", "repeats": 1, "concurrency": 4, "batch": "on"}
    local = make_version(project, base_url=fake.openai_url)
    refused = client.post(there, {**fields, "version": local.pk, "key": "k1"})
    assert refused.status_code == 422
    assert "has no batch API" in refused.text
    version = make_version(project, base_url=fake.base_url, **JUDGES["anthropic"])
    looked = client.post(there, {**fields, "version": version.pk, "key": "k2", "look": "1"})
    assert "half the list price" in looked.text
    client.post(there, {**fields, "version": version.pk, "key": "k2"})
    assert Run.objects.get(version=version).mode == "batch"


def test_a_run_whose_model_changed_on_the_way_says_so_and_is_split(project, fake, client):
    project.memberships.get_or_create(user=make_user("ada"), defaults={"role": "owner"})
    client.force_login(project.memberships.get(user__username="ada").user)
    fake.configure(faults=Faults(match=(("Question 1", "wrong-model"), ("Question 4", "wrong-model"))))
    run = drain(batch_run(project, fake))
    seen = models_seen(run)
    assert seen.switched
    assert {row.model: (row.answers, row.verdicts) for row in seen.rows} == {
        "claude-haiku-5-5": (8, 8),
        "another-model-2027": (4, 4),
    }
    page = client.get(reverse("judges:run", args=[project.slug, run.pk]))
    assert "More than one model answered" in page.text
    assert "another-model-2027" in page.text
