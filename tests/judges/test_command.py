"""``jurybox judge``: what it prints, and with which status it ends."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from judges import runner, services, watching
from judges.models import Cell, JudgeVersion, Run
from judges.providers import Vendor
from judges.watching import watch
from judges.worker import carry_on
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric
from tests.fakes.provider import Faults, Running
from tests.judges.conftest import KEY
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slug="shop")
    make_battles(project, 3)
    make_rubric(project, PREFERENCE, name="Preference")
    return project


@pytest.fixture
def judge(capsys):
    """Run the command; return its status, its JSON if there is any, and what it told people."""

    def run(*arguments: str) -> tuple[Any, dict[str, Any], str]:
        status: Any = 0
        message = ""
        try:
            call_command("judge", *arguments, "--json")
        except CommandError as error:
            status, message = error.returncode, str(error)
        except SystemExit as end:
            status = end.code
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else {}, message + err

    return run


def model(fake: Running, name: str = "gpt-6-luna") -> list[str]:
    return [
        *("--judge", "Portia", "--model", name, "--provider", "openai-chat"),
        *("--base-url", fake.openai_url, "--key-env", "PORTIA_API_KEY"),
    ]


def test_a_judge_is_made_and_run_to_its_end(project, fake, judge):
    status, summary, _ = judge("shop", *model(fake))
    assert status == 0
    assert summary["state"] == "done"
    assert {name: summary[name] for name in ("planned", "done", "verdict", "calls")} == {
        "planned": 6,
        "done": 6,
        "verdict": 6,
        "calls": 6,
    }
    assert summary["spent_usd"] > 0
    assert JudgeVersion.objects.get().label == summary["judge"] == "Portia"


def test_a_judge_on_record_needs_no_description(project, fake, judge):
    make_version(project, base_url=fake.openai_url)
    status, summary, _ = judge("shop", "--judge", "Portia", "--limit", "2")
    assert (status, summary["planned"], summary["spent_usd"], summary["unpriced_calls"]) == (0, 4, None, 4)


def test_a_dry_run_says_what_it_would_take_and_changes_nothing(project, fake, judge):
    status, plan, _ = judge("shop", *model(fake), "--dry-run")
    assert status == 0
    assert (plan["items"], plan["cells"]) == (3, 6)
    assert 0 < plan["cost_usd"] < plan["cost_at_most_usd"]
    assert plan["input_tokens"] > 6 * 300
    assert (Run.objects.count(), JudgeVersion.objects.count(), len(fake.log)) == (0, 0, 0)


def test_a_dry_run_of_a_model_without_a_price_says_unknown(project, fake, judge):
    _, plan, _ = judge("shop", *model(fake, "gpt-9"), "--dry-run")
    assert plan["cost_usd"] is plan["cost_at_most_usd"] is None
    assert plan["reason"] == "no price is known for the model gpt-9"


def test_the_estimate_is_near_what_the_run_then_costs(project, fake, judge):
    _, plan, _ = judge("shop", *model(fake), "--dry-run")
    _, summary, _ = judge("shop", *model(fake))
    assert plan["cost_usd"] / 3 < summary["spent_usd"] < plan["cost_at_most_usd"]


def test_a_budget_that_stops_the_run_is_status_one_and_resuming_goes_on(project, fake, judge):
    make_version(project, vendor=Vendor.OPENAI_CHAT, model="gpt-6-luna", base_url=fake.openai_url)
    status, summary, _ = judge("shop", "--judge", "Portia", "--budget", "0.0006")
    assert (status, summary["state"]) == (1, "paused")
    assert 0 < summary["spent_usd"] <= 0.0006
    run = str(summary["run"])
    status, summary, _ = judge("shop", "--resume", run, "--budget", "1")
    assert (status, summary["state"], summary["verdict"]) == (0, "done", 6)
    assert Cell.objects.filter(outcome="verdict").count() == len(fake.log) == 6


def test_metrics_run_without_a_key_and_without_a_network(project, judge):
    status, summary, _ = judge("shop", "--metrics", "length,regex:copper, glass")
    assert (status, summary["planned"], summary["verdict"]) == (0, 18, 18)
    assert summary["metrics"] == ["characters", "words", "regex"]


def test_a_run_that_stopped_says_how_to_go_on(project, fake, capsys):
    fake.configure(faults=Faults(plan=("401",) * 9))
    with pytest.raises(SystemExit):
        call_command("judge", "shop", *model(fake))
    said = " ".join(capsys.readouterr().err.split())
    assert "The provider answered 401" in said
    assert f"jurybox judge shop --resume {Run.objects.get().pk}" in said
    assert KEY not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["attic", "--judge", "Portia"], "there is no project 'attic' (projects: shop)"),
        (["shop"], "say one of --judge NAME, --judge-file TOML"),
        (["shop", "--judge", "Portia", "--metrics", "bleu"], "say one of"),
        (["shop", "--judge", "Portia"], "project shop has no judge 'Portia' (its judges: none yet)"),
        (["shop", "--judge", "P", "--effort", "high"], "--effort describes a new judge: give its --model too"),
        (["shop", "--judge", "P", "--model", "m"], "say which --provider has the model m"),
        (["shop", "--judge", "P", "--model", "m", "--provider", "compatible"], "needs its base URL"),
        (["shop", "--judge", "P", "--model", "m", "--provider", "openai"], "set the environment variable OPENAI_API"),
        (
            ["shop", "--judge", "P", "--model", "m", "--provider", "openai", "--rubric", "Taste"],
            "has no rubric 'Taste' (its rubrics: Preference)",
        ),
        (
            ["shop", "--judge", "P", "--model", "m", "--provider", "openai", "--key-env", "sk-1"],
            "give the NAME of a key",
        ),
        (["shop", "--resume", "77"], "project shop has no run '77'"),
        (["shop", "--metrics", "beauty"], "there is no metric 'beauty'"),
    ],
)
def test_a_wrong_call_is_status_two_and_says_what_is_wrong(project, judge, monkeypatch, arguments, words):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    status, _, message = judge(*arguments)
    assert status == 2
    assert words in message
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--budget", "lots"], "--budget is 'lots'; give dollars"),
        (["--budget", "-1"], "--budget is '-1'"),
        (["--budget", "1"], "no price is known for the model fake-judge, so a budget cannot be held"),
        (["--limit", "0"], "--limit is 0; it must be 1 or more"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused(project, fake, judge, options, words):
    make_version(project, base_url=fake.openai_url)
    status, _, message = judge("shop", "--judge", "Portia", *options)
    assert status == 2
    assert words in message
    assert (Run.objects.count(), len(fake.log)) == (0, 0)


def test_two_rubrics_must_be_told_apart(project, fake, judge):
    make_rubric(project, LIKERT, name="Quality")
    status, _, message = judge("shop", *model(fake))
    assert status == 2
    assert "say which --rubric the judge answers: Preference, Quality" in message
    status, summary, _ = judge("shop", *model(fake), "--rubric", "Quality")
    assert (status, summary["planned"]) == (0, 6)


def test_a_project_without_material_says_so(fake, judge):
    make_rubric(make_project(slug="empty"), PREFERENCE)
    status, _, message = judge("empty", *model(fake))
    assert status == 2
    assert "has nothing for this judge to read" in message


def test_a_finished_run_cannot_be_resumed(project, fake, judge):
    _, summary, _ = judge("shop", *model(fake))
    status, _, message = judge("shop", "--resume", str(summary["run"]))
    assert status == 2
    assert "is done; there is nothing to resume" in message


def test_a_project_without_a_rubric_says_where_one_comes_from(project, judge):
    make_project(slug="bare")
    status, _, message = judge("bare", "--judge", "P", "--model", "m", "--provider", "openai")
    assert status == 2
    assert "make one at /p/bare/rubrics/ or import votes or ratings" in message


@pytest.mark.parametrize("what", ["judge", "metrics"])
def test_a_run_can_be_left_to_workers(project, fake, judge, what):
    asked = model(fake) if what == "judge" else ["--metrics", "length"]
    status, summary, _ = judge("shop", *asked, "--engine", "worker")
    run = Run.objects.get()
    assert (status, summary["run"], summary["done"]) == (0, run.pk, 0)
    assert (run.engine, list(Run.objects.for_workers())) == ("worker", [run])
    assert not fake.log.records()
    carry_on(run.pk, stop=threading.Event())
    status, summary, _ = judge("shop", "--watch", str(run.pk))
    assert (status, summary["state"], summary["done"]) == (0, "done", summary["planned"])


def test_a_run_that_is_left_to_workers_says_how_to_watch_it_and_what_is_missing(project, fake, capsys, monkeypatch):
    monkeypatch.delenv("PORTIA_API_KEY")
    call_command("judge", "shop", *model(fake), "--engine", "worker")
    said = capsys.readouterr().err
    run = Run.objects.get()
    assert f"jurybox judge shop --watch {run.pk}" in said
    assert "No such worker is running, so it waits. Start one with: jurybox worker" in said
    assert "set the environment variable PORTIA_API_KEY" in said  # where the workers are, it may be set


def test_a_run_that_stopped_can_be_handed_to_workers(project, fake, judge):
    status, summary, _ = judge("shop", *model(fake), "--budget", "0.0005")
    assert (status, summary["state"]) == (1, "paused")
    status, summary, _ = judge("shop", "--resume", str(summary["run"]), "--budget", "5", "--engine", "worker")
    run = Run.objects.get()
    assert (status, run.state, run.engine) == (0, "running", "worker")
    assert judge("shop", "--resume", str(run.pk))[0] == 2  # it is theirs now
    services.pause(run)
    status, summary, _ = judge("shop", "--watch", str(run.pk))
    assert (status, summary["state"]) == (1, "paused")


def test_watching_sees_what_others_do_and_changes_nothing(project, fake, monkeypatch):
    monkeypatch.setattr(watching, "POLL_S", 0.01)
    run = make_run(make_version(project, base_url=fake.openai_url))
    seen: list[tuple[str, int]] = []

    def look(found: Run) -> None:
        seen.append((found.state, found.done))
        if len(seen) == 2:
            runner.drain(Run.objects.get(pk=run.pk))

    watch(run, stop=threading.Event(), on_progress=look)
    assert seen == [("running", 0), ("running", 0), ("done", 6)]
    stopped = threading.Event()
    stopped.set()
    Run.objects.update(state="running")
    watch(Run.objects.get(), stop=stopped, on_progress=look)
    assert Run.objects.get().state == "running"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--judge", "Portia", "--engine", "celery"], "needs a message broker: set JURYBOX_BROKER_URL"),
        (["--judge", "Portia", "--engine", "worker", "--dry-run"], "leave it out where none is launched"),
        (["--watch", "1", "--engine", "worker"], "leave it out where none is launched"),
        (["--watch", "1", "--resume", "1"], "say one of"),
        (["--watch", "99"], "has no run '99'"),
    ],
)
def test_a_wrong_call_about_workers_says_what_is_wrong(project, fake, judge, settings, arguments, words):
    settings.BROKER_URL = ""
    make_version(project, base_url=fake.openai_url)
    status, _, said = judge("shop", *arguments)
    assert (status, words in said) == (2, True), said
