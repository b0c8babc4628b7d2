"""How long answers are taken to be, and where a run's page sends those who ask about self-preference."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from judges.estimates import estimate_for
from judges.parameters import Parameters
from judges.planning import Selection
from judges.presets import rubric_for
from judges.providers import Vendor
from judges.runner import drain
from judges.versions import PanelDraft, get_or_create_panel
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric, make_user
from tests.fakes.provider import Faults
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


@pytest.mark.parametrize("combination", ["jury", "cascade"])
def test_what_a_panel_costs_lies_within_what_its_dry_run_said(project, fake, combination):
    fake.configure(faults=Faults(rate=1.0, kinds=("unreadable",)))
    rubric = make_rubric(project, PREFERENCE)
    seats = [
        make_version(
            project, rubric=rubric, name=f"At most {tokens}", vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna",
            base_url=fake.openai_url, parameters=Parameters(max_tokens=tokens, repairs=0),
        )
        for tokens in (60, 61)
    ]  # fmt: skip
    panel = get_or_create_panel(project, PanelDraft("Both", combination, seats, Parameters(repairs=1)))[0]
    found = estimate_for(panel, Selection())
    drain(make_run(panel))
    assert len(fake.log) == 2 * 2 * found.cells  # two judges, each asked and asked to mend its answer
    assert found.output_limit == found.cells * 2 * (60 + 61)


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
