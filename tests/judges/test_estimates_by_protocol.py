"""How long answers are taken to be, and where a run's page sends those who ask about self-preference."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from judges.estimates import estimate_for
from judges.parameters import Parameters
from judges.planning import Selection
from judges.presets import rubric_for
from judges.runner import drain
from tests.factories import LIKERT, make_project, make_rubric, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 3)
    return project


def test_answers_of_another_protocol_or_rubric_say_nothing_about_how_long_answers_will_be(project, fake):
    told = make_version(project, base_url=fake.openai_url)
    drain(make_run(told))
    assert estimate_for(told, Selection()).basis == "answers as long as in 6 earlier calls"
    longer = make_version(
        project, base_url=fake.openai_url, rubric=told.rubric, name="Longer", parameters=Parameters(max_tokens=900)
    )
    assert estimate_for(longer, Selection()).basis == "answers as long as in 6 earlier calls"
    ranks = make_rubric(project, *rubric_for("alpaca-eval-1").criteria)
    other = make_version(project, base_url=fake.openai_url, rubric=ranks, preset="alpaca-eval-1", name="Other")
    direct = make_version(project, base_url=fake.openai_url, rubric=make_rubric(project, LIKERT), name="Direct")
    for version in (other, direct):
        found = estimate_for(version, Selection())
        assert found.basis == "answers assumed to have 150 tokens, without thinking; no call was made yet"
        assert found.output_tokens == 150 * found.calls


def test_a_run_sends_those_who_ask_about_self_preference_to_the_judges_card(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    run = make_run(version)
    drain(run)
    client = Client()
    client.force_login(project.memberships.get(role="owner").user)
    page = client.get(reverse("judges:run", args=["shop", run.pk])).content.decode()
    assert "its own family is measured against people" in page
    card = reverse("analysis:judge_card", args=["shop", version.rater_id])
    assert f'href="{card}"' in page
    assert client.get(card).status_code == 200
