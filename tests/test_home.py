"""A project's home: what each app contributes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.services import create_campaign, open_campaign, pause_campaign
from domain.choices import Choice, Outcome
from domain.facts import gather
from domain.services import Draft, record_verdict
from tests.factories import PREFERENCE, make_battle, make_project, make_rater, make_rubric, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user()


@pytest.fixture
def project(owner):
    return make_project(owner=owner)


def campaign_about(project, owner):
    battle = make_battle(project)
    rubric = make_rubric(project, PREFERENCE)
    return create_campaign(project=project, rubric=rubric, name="Round 1", items=[battle], overlap=3, user=owner)


def test_the_next_step_follows_the_life_of_a_project(project, owner):
    assert gather(project, owner).steps[0].order == 10  # import
    make_battle(project)
    assert gather(project, owner).steps[0].order == 20  # a rubric
    make_rubric(project, PREFERENCE)
    step = gather(project, owner).steps[0]
    assert (step.order, step.url) == (30, reverse("annotation:new_campaign", args=[project.slug]))


def test_a_draft_campaign_waits_to_be_opened(project, owner):
    campaign = campaign_about(project, owner)
    assert any(step.text == "The campaign Round 1 is ready to be opened." for step in gather(project, owner).steps)
    open_campaign(campaign)
    assert not any("Round 1" in step.text for step in gather(project, owner).steps)


def test_an_open_campaign_runs_and_a_paused_one_is_a_weakness(project, owner, client):
    campaign = open_campaign(campaign_about(project, owner))
    [running] = gather(project, owner).running
    assert (running.label, running.done, running.total) == ("People: Round 1", 0, 3)
    client.force_login(owner)
    assert "People: Round 1" in client.get(reverse("domain:project", args=[project.slug])).content.decode()
    pause_campaign(campaign)
    facts = gather(project, owner)
    assert not facts.running
    assert any("paused at 0 of 3 answers" in weakness.text for weakness in facts.weak)


def test_the_leaderboard_is_offered_once_somebody_has_compared(project, owner):
    battle = make_battle(project)
    draft = Draft(
        rater_id=make_rater(project).pk,
        battle_id=battle.pk,
        answers={"preference": Choice(Outcome.A)},
        occasion="t:1",
    )
    record_verdict(project=project, rubric=make_rubric(project, PREFERENCE), draft=draft)
    step = next(step for step in gather(project, owner).steps if step.order == 60)
    assert step.url == reverse("analysis:leaderboard", args=[project.slug])
