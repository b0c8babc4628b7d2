"""The page that launches a judge: once for each key, with an estimate and a budget beside the form."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from domain.models import Event
from judges.models import JudgeVersion, Run, Worker
from tests.judges.browsing import open_shop, url
from tests.judges.making import make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return open_shop()


def launch(judge: JudgeVersion, **changes) -> dict[str, Any]:
    fields = {"version": judge.pk, "pairs": "made", "repeats": 1, "concurrency": 4, "key": "k1"}
    return {**fields, **changes}


def test_a_launch_puts_a_run_on_record_once_and_leaves_it_to_a_worker(ada, project):
    version = make_version(project, model="gpt-6-luna")
    for _ in range(2):  # a double click
        response = ada.post(url("new_run"), launch(version, budget="2.50", limit=2))
    run = Run.objects.get()
    assert response.headers["Location"] == url("run", run.pk)
    assert (run.state, run.engine, run.budget_nusd, run.alive_at) == ("planning", "worker", 2_500_000_000, None)
    assert run.selection == {"pairs": "made", "limit": 2, "repeats": 1}
    assert list(Run.objects.for_workers()) == [run]
    assert Event.objects.filter(action="run.launched").count() == 1


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_same_launch_key_with_other_settings_launches_nothing_until_it_is_sent_again(ada, project, headers):
    version = make_version(project)
    ada.post(url("new_run"), launch(version))
    run = Run.objects.get()
    response = ada.post(url("new_run"), launch(version, limit=1), headers=headers)
    assert response.status_code == 422
    assert f'<a href="{url("run", run.pk)}">run {run.pk}</a> before, with other settings' in response.content.decode()
    assert Run.objects.get() == run
    sent = response.context["form"]
    assert (sent["limit"].value(), sent["key"].value() == "k1") == ("1", False)
    again = ada.post(url("new_run"), launch(version, limit=1, key=sent["key"].value()), headers=headers)
    assert again.headers["Location"] == url("run", Run.objects.exclude(pk=run.pk).get().pk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limit": 0}, "greater than or equal to 1"),
        ({"budget": "3"}, "No price is known for the model fake-judge"),
        ({"budget": "much"}, "Enter a number."),
        ({"version": 0}, "not one of the available choices"),
    ],
)
def test_a_launch_that_cannot_be_says_why(ada, project, changes, words):
    response = ada.post(url("new_run"), launch(make_version(project), **changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Run.objects.exists()


def test_the_estimate_stands_beside_the_form_and_follows_it(ada, project):
    version = make_version(project, model="gpt-6-luna")
    page = ada.get(url("new_run"), {"judge": version.pk}).content.decode()
    assert "<dt>Calls</dt><dd>6 (both orders)</dd>" in page
    fragment = ada.post(
        url("new_run"), launch(version, limit=1, look="1"), headers={"HX-Request": "true", "HX-Target": "estimate"}
    ).content.decode()
    assert "<dt>Calls</dt><dd>2 (both orders)</dd>" in fragment
    assert "<form" not in fragment
    assert not Run.objects.exists()


def test_the_estimate_works_without_htmx(ada, project):
    version = make_version(project)
    response = ada.post(url("new_run"), launch(version, limit=1, look="1"))
    assert response.status_code == 200
    assert "<dt>Cost, about</dt><dd>unknown</dd>" in response.content.decode()
    assert not Run.objects.exists()


def test_a_budget_is_suggested_and_taken_over_without_launching(ada, project):
    version = make_version(project, model="gpt-6-luna")
    (likely, _), (most, _) = ada.get(url("new_run"), {"judge": version.pk}).context["budgets"]
    estimate = ada.get(url("new_run"), {"judge": version.pk}).context["estimate"]
    assert estimate.cost_nusd < likely * 10**9 < most * 10**9
    assert most * 10**9 >= estimate.at_most_nusd
    page = ada.post(url("new_run"), launch(version, suggest=str(most)))
    assert page.status_code == 200
    assert page.context["form"]["budget"].value() == str(most)
    assert not Run.objects.exists()
    unpriced = make_version(project, name="Local")
    assert ada.get(url("new_run"), {"judge": unpriced.pk}).context["budgets"] == []


@pytest.mark.parametrize("asked", ["9" * 19, "9" * 5000])
def test_a_launch_page_for_a_judge_that_cannot_be_offers_one_that_is(ada, project, asked):
    make_version(project)
    assert ada.get(url("new_run"), {"judge": asked}).status_code == 200


def test_a_launch_page_says_when_nobody_would_work_on_it(ada, project):
    make_version(project)
    assert b"No worker is running" in ada.get(url("new_run")).content
    Worker.objects.create(owner="w", seen_at=timezone.now())
    assert b"No worker is running" not in ada.get(url("new_run")).content
