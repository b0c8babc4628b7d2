"""What ``jurybox judge`` does not understand it refuses: no option is passed over in silence."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from domain.services import get_or_create_system
from judges import services
from judges.models import JudgeVersion, Run
from tests.factories import PREFERENCE, make_project, make_response, make_rubric
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slug="shop")
    make_battles(project, 3)
    return project


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command("judge", "shop", *arguments)
    assert refusal.value.returncode == 2
    return str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume", "1", "--limit", "5"], "--limit is not for --resume"),
        (["--resume", "1", "--repeats", "2", "--reuse", "--batch"], "--repeats, --batch, --reuse is not for --resume"),
        (["--resume", "1", "--model", "m"], "--model is not for --resume"),
        (["--watch", "1", "--budget", "3"], "--budget is not for --watch"),
        (["--metrics", "characters", "--limit", "5"], "--limit is not for --metrics"),
        (["--corpus", "bleu", "--pairs", "all"], "--pairs is not for --corpus"),
        (["--export-judge", "Portia", "--seed", "3"], "--seed is not for --export-judge"),
        (["--judge", "Portia", "--metric-params", "{}"], "--metric-params is not for a judge"),
        (["--judge", "Portia", "--seed", "3"], "--seed is for --probes"),
        (["--judge", "Portia", "--key-env", "OTHER_API_KEY"], "--key-env describes a new judge"),
        (["--judge", "Portia", "--concurrency", "100000"], "--concurrency is 100000; it must be 512 or less"),
        (["--judge", "Portia", "--limit", "0"], "--limit is 0; it must be 1 or more"),
        (["--judge", "Portia", "--dry-run", "--budget", "cheap"], "--budget is 'cheap'"),
        (["--judge", "Portia", "--dry-run", "--budget", "1"], "no price is known for the model fake-judge"),
        (["--judge", "Portia", "--dry-run", "--tokens-per-minute", "0"], "--tokens-per-minute is 0"),
    ],
)
def test_an_option_that_nobody_would_read_is_refused(project, fake, arguments: list[str], words: str):
    run = make_run(make_version(project, base_url=fake.openai_url))
    number = [str(run.pk) if argument == "1" and name in ("--resume", "--watch") else argument
              for name, argument in zip(["", *arguments], arguments, strict=False)]  # fmt: skip
    assert words in refused(*number)
    assert (Run.objects.count(), fake.log.records()) == (1, [])


def test_no_tokens_for_an_answer_is_not_the_usual_number(project, fake):
    make_rubric(project, PREFERENCE, name="Preference")
    model = ("--model", "m", "--provider", "compatible", "--base-url", fake.openai_url)
    assert "max_tokens is 0" in refused("--judge", "Portia", *model, "--max-tokens", "0")
    assert not JudgeVersion.objects.exists()


def test_a_run_goes_on_with_as_many_calls_at_once_as_is_said(project, fake):
    run = make_run(make_version(project, base_url=fake.openai_url))
    services.pause(run)
    call_command("judge", "shop", "--resume", str(run.pk), "--concurrency", "3")
    run.refresh_from_db()
    assert (run.state, run.concurrency) == ("done", 3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], True), (["--limit", "3"], False), (["--limit", "4"], True), (["--pairs", "made"], False)],
)
def test_fewer_battles_than_there_could_be_are_pointed_out(project, fake, capsys, arguments: list[str], told: bool):
    version = make_version(project, base_url=fake.openai_url)
    prompt: Any = project.prompts.first()
    make_response(prompt=prompt, system=get_or_create_system(project, "Cedar"), content="Brass.")
    call_command("judge", "shop", "--judge", version.name, "--dry-run", *arguments)
    words = "Asked about are the 3 battles on record; --pairs all asks about all 5 that there could be."
    assert (words in capsys.readouterr().err) is told
