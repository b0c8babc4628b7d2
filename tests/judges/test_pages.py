"""Pages of judges and runs: they work, also without htmx; a stranger gets 404; a bad form says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from domain import facts
from domain.models import Event
from judges import metric_runs, services
from judges.figures import flipped, swaps, wilson
from judges.metric_runs import choose, create_metric_run
from judges.models import Cell, JudgeVersion, Run, Worker
from judges.providers import Vendor
from judges.runner import drain
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.judges.making import make_battles, make_direct_version, make_run, make_version

pytestmark = pytest.mark.django_db

HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script> <b hx-get="/logout/">A</b>'


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"), viewer=make_user("vic"), annotator=make_user("ann"))
    make_battles(project, 3)
    return project


@pytest.fixture
def ada(project, client: Client) -> Client:
    client.force_login(project.memberships.get(role="owner").user)
    return client


def as_member(project, role: str) -> Client:
    client = Client()
    client.force_login(project.memberships.get(role=role).user)
    return client


def url(name: str, *arguments: Any) -> str:
    return reverse(f"judges:{name}", args=["shop", *arguments])


def done_run(project, fake, **judge) -> Run:
    version = make_version(project, **{"vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna", **judge})
    run = make_run(version)
    drain(run)
    return run


@pytest.fixture
def run(project, fake) -> Run:
    return done_run(project, fake, base_url=fake.openai_url)


def every_page(run: Run) -> list[str]:
    cell = run.cells.first()
    assert cell is not None
    pages = [url(name) for name in ("judges", "new_judge", "runs", "new_run", "new_metric_run")]
    return [*pages, url("judge", run.version_id), url("run", run.pk), url("cell", run.pk, cell.pk)]


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


HTMX = {"HX-Request": "true", "HX-Target": "run-progress"}


def test_progress_refreshes_itself_until_the_run_is_over(run, ada):
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=timezone.now())
    page = ada.get(url("run", run.pk))
    assert b'hx-trigger="every 2s"' in page.content
    assert b"As they were when this page was loaded." in page.content
    state = {"phase": page.context["phase"], "tenth": page.context["tenth"]}
    fragment = ada.get(url("run", run.pk), state, headers=HTMX)
    assert "HX-Refresh" not in fragment.headers
    assert b"<table" not in fragment.content
    assert b"<form" not in fragment.content
    assert len(fragment.content) < 2500  # every two seconds, on every open page
    Run.objects.filter(pk=run.pk).update(state="done")
    last = ada.get(url("run", run.pk), state, headers=HTMX)
    assert last.headers["HX-Refresh"] == "true"
    over = ada.get(url("run", run.pk)).content
    assert b"hx-trigger" not in over
    assert b"As they were" not in over


def test_the_page_is_loaded_again_when_its_buttons_are_no_longer_the_right_ones(run, ada):
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=timezone.now())
    phase = ada.get(url("run", run.pk)).context["phase"]
    Run.objects.filter(pk=run.pk).update(alive_at=timezone.now() - timedelta(minutes=5))
    assert ada.get(url("run", run.pk), {"phase": phase}, headers=HTMX).headers["HX-Refresh"] == "true"


def test_progress_is_said_aloud_at_every_tenth_and_not_at_every_change(run, ada):
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=timezone.now(), verdicts=3, planned=6)
    assert b'innerHTML:#run-said">3 of 6' in ada.get(url("run", run.pk), {"tenth": "4"}, headers=HTMX).content
    assert b"run-said" not in ada.get(url("run", run.pk), {"tenth": "5"}, headers=HTMX).content


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("running", "pause", "paused"),
        ("running", "cancel", "cancelled"),
        ("paused", "resume", "running"),
        ("cancelled", "resume", "running"),
        ("done", "pause", "done"),
        ("done", "cancel", "done"),
        ("done", "resume", "done"),
    ],
)
def test_buttons_move_a_run_only_where_that_makes_sense(run, ada, before, action, after):
    Run.objects.filter(pk=run.pk).update(state=before, reason="Because.")
    response = ada.post(url("act", run.pk, action), follow=True)
    run.refresh_from_db()
    assert run.state == after
    assert (b"Nothing was changed" in response.content) == (before == after)


def test_a_run_whose_command_has_died_says_so_and_is_resumed_by_a_worker(run, ada):
    long_ago = timezone.now() - timedelta(minutes=5)
    Run.objects.filter(pk=run.pk).update(state="running", engine="command", alive_at=long_ago)
    assert b"The command that ran it was last heard of" in ada.get(url("run", run.pk)).content
    ada.post(url("act", run.pk, "resume"))
    run.refresh_from_db()
    assert (run.state, run.engine) == ("running", "worker")


def test_buttons_need_a_post(run, ada):
    assert ada.get(url("act", run.pk, "cancel")).status_code == 405


def test_one_cell_is_asked_again_from_its_page(run, ada):
    cell = run.cells.first()
    Cell.objects.filter(pk=cell.pk).update(outcome="unreadable", said="")
    Run.objects.filter(pk=run.pk).update(unreadable=1, verdicts=5)
    assert b"Ask again" in ada.get(url("cell", run.pk, cell.pk)).content
    ada.post(url("retry_cell", run.pk, cell.pk))
    cell.refresh_from_db()
    run.refresh_from_db()
    assert (cell.state, run.state, run.unreadable) == ("open", "running", 0)
    assert run.cells.filter(state="open").count() == 1


def test_a_cell_shows_what_was_sent_what_came_back_and_what_it_cost(run, ada):
    cell = run.cells.filter(order=1).first()
    page = ada.get(url("cell", run.pk, cell.pk)).content.decode()
    assert "Preference: A, which is Birch" in page
    assert "A was Birch, B was Ash." in page
    assert "what is it made of?" in page
    assert "You are a careful and impartial judge." in page
    assert cell.exchanges.get().request_id in page
    assert f"{cell.cost_nusd / 1e9:.5f}" in page


def test_hostile_words_of_judge_and_responses_are_shown_as_text(project, fake, ada):
    project.responses.update(content=HOSTILE)
    fake.configure(judge=lambda question, rng: {"preference": {"reasons": HOSTILE, "verdict": "tie"}})
    run = done_run(project, fake, base_url=fake.openai_url)
    run.ledger.update(error=HOSTILE)
    run.cells.update(detail=HOSTILE)
    for page in every_page(run)[-3:]:
        html = ada.get(page).content.decode()
        assert "<img src=x" not in html
        assert "<script>alert" not in html
        assert '<b hx-get="/logout/"' not in html
        assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_cells_are_filtered_by_outcome(run, ada):
    bad = run.cells.last()
    Cell.objects.filter(pk=bad.pk).update(outcome="refused")
    page = ada.get(url("run", run.pk), {"show": "refused"})
    assert [cell.pk for cell in page.context["page"].rows] == [bad.pk]
    assert len(ada.get(url("run", run.pk), {"show": "nonsense"}).context["page"].rows) == 6


def test_flips_are_battles_answered_otherwise_when_the_responses_change_places(run, ada):
    assert swaps(run).flips == 0
    assert not flipped(Cell.objects.filter(run=run)).exists()
    first, second = run.cells.filter(battle=run.cells.first().battle_id).order_by("order")
    Cell.objects.filter(pk=second.pk).update(said=first.said)
    figures = swaps(run)
    assert (figures.flips, figures.consistent.n) == (1, 3)
    assert figures.consistent.value == pytest.approx(2 / 3)
    shown = ada.get(url("run", run.pk), {"show": "flips"}).context["page"].rows
    assert {cell.pk for cell in shown} == {first.pk, second.pk}


def test_the_share_of_the_first_place_counts_battles_and_not_calls(run):
    assert swaps(run).first.value == 0.5
    Cell.objects.filter(run=run).update(said="A")
    share = swaps(run).first
    assert (share.value, share.n) == (1.0, 3)
    assert share.lower is not None
    assert share.lower < 1.0 == share.upper


def test_wilsons_interval_is_the_published_one(run):
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17, table I, method 3)."""
    share = wilson(81, 263, "nothing")
    assert share.lower == pytest.approx(0.2553, abs=5e-5)
    assert share.upper == pytest.approx(0.3662, abs=5e-5)


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
