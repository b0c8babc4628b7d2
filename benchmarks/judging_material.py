"""What the benchmarks of the judge runner share: a provider, battles, a judge of them, and a run of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from judges.providers import Vendor

KEY, KEY_NAME, PROJECT = "benchmark-key", "BENCHMARK_API_KEY", "benchmark"
LATENCY_MS, CONCURRENCY = 50, 64
QUESTION = "Which of two answers is better? " + "Copper conducts heat and glass does not. " * 20
TOGETHER = 1000  # prompts that are recorded together


class provider:  # noqa: N801 - a context manager that reads like a function
    """The fake provider in a process of its own, as its address. It may keep a log of its calls in a file."""

    def __init__(self, log: Path | None = None) -> None:
        self.options = ["--log", str(log)] if log else []

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "tests.fakes.provider", "--latency-ms", str(LATENCY_MS), "--api-key", KEY]
        self.process = subprocess.Popen([*command, *self.options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def environment(home: str, url: str) -> dict[str, str]:
    """Return the environment of a process that judges: its database is in ``home``."""
    own = {"JURYBOX_HOME": home, "JURYBOX_JUDGE_PRIVATE_HOSTS": url.removeprefix("http://"), KEY_NAME: KEY}
    return {**os.environ, **own, "OPENBLAS_NUM_THREADS": "1"}


def start_django() -> None:
    """Make Django and an empty database ready."""
    import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def unplanned_run(url: str, calls: int, vendor: Vendor = Vendor.COMPATIBLE) -> Any:
    """Record battles between two systems and a judge of them; return its run, of so many calls in both orders."""
    from domain.models import Project
    from judges import planning
    from judges.parameters import Parameters
    from judges.planning import Selection
    from judges.versions import Draft, get_or_create_version

    project = Project.objects.create(slug=PROJECT, name="Benchmark")
    _record_battles(project, calls // 2)
    draft = Draft(
        name="Judge",
        vendor=vendor,
        model="fake-judge",
        rubric=_rubric(project),
        base_url=url if vendor is Vendor.ANTHROPIC else f"{url}/v1",
        key_name=KEY_NAME,
        parameters=Parameters(max_tokens=500),
    )
    version, _ = get_or_create_version(project, draft)
    return planning.create_run(
        project=project, version=version, selection=Selection(), engine="command", concurrency=CONCURRENCY
    )


def _record_battles(project: Any, how_many: int) -> None:
    from domain.models import Battle, Prompt, Response
    from domain.services import get_or_create_system

    ash, birch = (get_or_create_system(project, name) for name in ("Ash", "Birch"))
    for start in range(0, how_many, TOGETHER):
        numbers = range(start, min(start + TOGETHER, how_many))
        prompts = Prompt.objects.bulk_create(
            Prompt(
                project=project, external_id=str(number), turns=[{"role": "user", "content": f"{number}: {QUESTION}"}]
            )
            for number in numbers
        )
        pairs = [
            Response.objects.bulk_create(
                Response(project=project, prompt=prompt, system=system, content=QUESTION) for prompt in prompts
            )
            for system in (ash, birch)
        ]
        Battle.objects.bulk_create(
            Battle(project=project, prompt_id=one.prompt_id, response_a=one, response_b=other)
            for one, other in zip(*pairs, strict=True)
        )


def _turns(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"{number}: {QUESTION}"}]


def _rubric(project: Any) -> Any:
    from domain.choices import Outcome
    from domain.services import create_rubric
    from domain.specs import CriterionSpec, Kind, RubricSpec

    criterion = CriterionSpec("preference", "Preference", kind=Kind.CHOICE, outcomes=tuple(Outcome))
    return create_rubric(project=project, spec=RubricSpec("Preference", "Which is better?", (criterion,)))
