"""Pages of judges and runs: they work, a stranger gets 404, a bad form says why, metrics are launched from one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from domain import facts
from judges import metric_runs, services
from judges.metric_runs import choose, create_metric_run
from judges.models import JudgeVersion, Run
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.judges.browsing import as_member, done_run, every_page, open_shop, url
from tests.judges.making import make_direct_version, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return open_shop()


@pytest.fixture
def run(project, fake) -> Run:
    return done_run(project, fake, base_url=fake.openai_url)


def test_every_page_shows(run, ada):
    for page in every_page(run):
        assert ada.get(page).status_code == 200, page


def test_every_page_of_another_project_is_404(run):
    stranger = Client()
    stranger.force_login(make_user("eve"))
    for page in every_page(run):
        assert stranger.get(page).status_code == 404, page
    for action in ("pause", "resume", "cancel", "retry"):
        assert stranger.post(url("act", run.pk, action)).status_code == 404
    assert stranger.post(url("retry_cell", run.pk, run.cells.first().pk)).status_code == 404


def test_who_is_not_signed_in_is_asked_to(run, client):
    for page in every_page(run):
        assert client.get(page).status_code == 302, page


def test_an_annotator_sees_no_run_because_runs_name_systems(run, project):
    annotator = as_member(project, "annotator")
    assert {annotator.get(page).status_code for page in every_page(run)} == {404}


def test_a_viewer_looks_but_changes_nothing(run, project):
    viewer = as_member(project, "viewer")
    assert viewer.get(url("run", run.pk)).status_code == 200
    for page in ("new_judge", "new_run", "new_metric_run"):
        assert viewer.get(url(page)).status_code == 404
        assert viewer.post(url(page), {}).status_code == 404
    assert viewer.post(url("act", run.pk, "retry")).status_code == 404
    assert b"Launch a judge" not in viewer.get(url("runs")).content


def test_a_run_of_one_project_is_not_found_under_another(run, ada, project):
    other = make_project(slug="attic", owner=project.memberships.get(role="owner").user)
    assert ada.get(reverse("judges:run", args=["attic", run.pk])).status_code == 404
    cell = run.cells.first()
    assert ada.get(reverse("judges:cell", args=["attic", run.pk, cell.pk])).status_code == 404
    elsewhere = make_run(make_direct_version(other))
    assert ada.get(reverse("judges:cell", args=["shop", elsewhere.pk, cell.pk])).status_code == 404


def test_an_empty_project_is_shown_the_next_step(ada, project):
    assert b"A judge is an LLM with a rubric" in ada.get(url("judges")).content
    assert b"Write a rubric" in ada.get(url("judges")).content
    assert b"jurybox judge shop --metrics" in ada.get(url("runs")).content
    assert b"There is no judge to launch" in ada.get(url("new_run")).content


def described(project, **changes) -> dict[str, Any]:
    rubric = make_rubric(project, PREFERENCE)
    fields = {
        "name": "Portia",
        "provider": "openai-compatible",
        "model": "local",
        "rubric": rubric.pk,
        "base_url": "https://judge.example/v1",
        "key_name": "JUDGE_API_KEY",
        "reasons": "before",
        "max_tokens": 2000,
    }
    return {**fields, **changes}


def test_a_judge_is_made_from_the_form(ada, project):
    response = ada.post(url("new_judge"), described(project))
    version = JudgeVersion.objects.get()
    assert response.headers["Location"] == url("judge", version.pk)
    assert version.parameters == {"max_tokens": 2000, "reasons": "before", "repairs": 0, "samples": 1}
    assert str(version.created_by) == "ada"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"base_url": ""}, "needs its base URL"),
        ({"key_name": "sk-live-123456"}, "give the NAME of a key"),
        ({"base_url": "http://judge.example/v1"}, "keys are sent over https only"),
        ({"base_url": "https://judge.example:8080/v1"}, "port 8080 is not open to judges"),
        ({"max_tokens": 1}, "greater than or equal to 16"),
        ({"rubric": 0}, "not one of the available choices"),
    ],
)
def test_a_judge_that_cannot_be_says_why(ada, project, changes, words):
    response = ada.post(url("new_judge"), described(project, **changes))
    assert response.status_code == 422
    assert words in response.content.decode().replace("&#x27;", "'")
    assert not JudgeVersion.objects.exists()


def test_metrics_are_launched_from_the_form(ada, project):
    response = ada.post(url("new_metric_run"), {"metrics": ["characters", "regex"], "pattern": "copper"})
    run = Run.objects.get()
    assert response.headers["Location"] == url("run", run.pk)
    assert (run.state, run.planned) == ("running", 12)
    metric_runs.drain(run)
    page = ada.get(url("run", run.pk)).content.decode()
    assert "12 of 12 answered" in page
    assert "Scores" in page


def test_parameters_of_metrics_are_given_in_the_form(ada, project):
    ada.post(
        url("new_metric_run"), {"metrics": ["json_schema"], "params": '{"json_schema": {"schema": {"type": "array"}}}'}
    )
    assert Run.objects.get().metrics == [{"key": "json_schema", "params": {"schema": {"type": "array"}}}]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose at least one metric."),
        ({"metrics": ["regex"], "pattern": "("}, "no regular expression"),
        ({"metrics": ["pass_at_k"], "params": '{"pass_at_k": {"k": 0}}'}, "k must be at least 1"),
        ({"metrics": ["json_schema"]}, "needs the parameter schema"),
        ({"metrics": ["words"], "params": "[1]"}, "Give an object of objects"),
        ({"metrics": ["words"], "params": "{"}, "This is no JSON"),
    ],
)
def test_metrics_that_cannot_be_say_why(ada, project, fields, words):
    response = ada.post(url("new_metric_run"), fields)
    assert response.status_code == 422
    assert words in response.content.decode()


def test_the_home_of_a_project_knows_its_runs(run, project):
    user = project.memberships.get(role="owner").user
    services.start(create_metric_run(project, choose(["words"])))
    found = facts.gather(project, user)
    assert ("Judges", 1) in [(count.label, count.value) for count in found.counts]
    assert [running.label for running in found.running] == [f"Metrics, run {run.pk + 1}"]
    Run.objects.filter(pk=run.pk).update(state="paused", reason="There is no key.")
    assert any("There is no key." in weakness.text for weakness in facts.gather(project, user).weak)
