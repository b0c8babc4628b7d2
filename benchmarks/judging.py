"""The judge runner beside bare loops over the same calls, and beside inspect_ai where it is installed.

A fake provider in a process of its own answers each call after 50 ms. Each contestant is a fresh process; they take
turns. Ours plans its cells, asks, reads every answer and keeps each verdict in SQLite; a bare loop only asks and reads
JSON. Run: ``python -m benchmarks.judging [calls]``.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.timing import machine

CALLS, CONCURRENCY, LATENCY_MS, ROUNDS = 2000, 64, 50, 3
KEY = "benchmark-key"
CONTESTANTS = ("bare httpx2", "ours", "bare openai", "ours openai", "bare anthropic", "ours anthropic", "inspect_ai")
QUESTION = "Which of two answers is better? " + "Copper conducts heat and glass does not. " * 20
SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["A", "B", "tie"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}
NAMED = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": SCHEMA, "strict": True}}


def main() -> None:
    """Run every contestant in turn, several times, and print a table."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    print(f"{machine()}; {calls} calls, {CONCURRENCY} at once, {LATENCY_MS} ms each")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    with provider() as url:
        for _ in range(ROUNDS):
            for name in CONTESTANTS:
                if (found := in_process(name, url, calls)) is not None:
                    runs[name].append(found)
    print("| contestant | calls/s, median | best | CPU ms a call | peak MiB |\n|---|--:|--:|--:|--:|")
    for name, turns in runs.items():
        if turns:
            rates = [turn["calls"] / turn["seconds"] for turn in turns]
            cpu = median(turn["cpu"] / turn["calls"] * 1000 for turn in turns)
            peak = max(turn["mib"] for turn in turns)
            print(f"| {name} | {median(rates):.0f} | {max(rates):.0f} | {cpu:.2f} | {peak:.0f} |")


class provider:  # noqa: N801 - a context manager that reads like a function
    """The fake provider in a process of its own, as its address."""

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "tests.fakes.provider", "--latency-ms", str(LATENCY_MS), "--api-key", KEY]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def in_process(name: str, url: str, calls: int) -> dict[str, float] | None:
    """Return what a contestant took, or None where it is not installed."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "JURYBOX_HOME": home,
            "JURYBOX_JUDGE_PRIVATE_HOSTS": url.removeprefix("http://"),
            "BENCHMARK_API_KEY": KEY,
            "OPENBLAS_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "benchmarks.judging", name, url, str(calls)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        print(f"{name}: {last[0] if last else 'failed'}")
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def contest(name: str, url: str, calls: int) -> None:
    """Be one contestant: work, and print what it took."""
    works: dict[str, Callable[[str, int], float]] = {
        "bare httpx2": bare_httpx2,
        "bare openai": bare_openai,
        "bare anthropic": bare_anthropic,
        "inspect_ai": inspect,
    }
    if name.startswith("ours"):
        seconds, cpu = ours(name, url, calls)
    else:
        started = time.process_time()
        seconds = works[name](url, calls)
        cpu = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"calls": calls, "seconds": seconds, "cpu": cpu, "mib": peak}))


def ours(name: str, url: str, calls: int) -> tuple[float, float]:
    """Judge battles in both orders with the runner; planning and the material are not timed, durable verdicts are."""
    import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    run = _planned_run(name, url, calls)
    from judges.runner import drain

    wall, cpu = time.perf_counter(), time.process_time()
    drain(run, on_progress=lambda run: None)
    taken = time.perf_counter() - wall, time.process_time() - cpu
    assert run.verdicts == calls, (run.state, run.reason, run.verdicts)
    return taken


def _planned_run(name: str, url: str, calls: int) -> Any:
    from domain.choices import Outcome
    from domain.models import Project, Prompt, Response
    from domain.services import battle_between, create_rubric, get_or_create_system
    from domain.specs import CriterionSpec, Kind, RubricSpec
    from judges import planning
    from judges.models import Run
    from judges.parameters import Parameters
    from judges.planning import Selection
    from judges.providers import Vendor
    from judges.versions import Draft, get_or_create_version

    project = Project.objects.create(slug="benchmark", name="Benchmark")
    systems = [get_or_create_system(project, system) for system in ("Ash", "Birch")]
    for number in range(calls // 2):
        turns = [{"role": "user", "content": f"{number}: {QUESTION}"}]
        prompt = Prompt.objects.create(project=project, external_id=str(number), turns=turns)
        pair = [
            Response.objects.create(project=project, prompt=prompt, system=system, content=QUESTION)
            for system in systems
        ]
        battle_between(*pair)
    criterion = CriterionSpec("preference", "Preference", kind=Kind.CHOICE, outcomes=tuple(Outcome))
    rubric = create_rubric(project=project, spec=RubricSpec("Preference", "Which is better?", (criterion,)))
    vendors = {"ours openai": Vendor.OPENAI_CHAT, "ours anthropic": Vendor.ANTHROPIC}
    vendor = vendors.get(name, Vendor.COMPATIBLE)
    draft = Draft(
        name="Judge",
        vendor=vendor,
        model="fake-judge",
        rubric=rubric,
        base_url=url if vendor is Vendor.ANTHROPIC else f"{url}/v1",
        key_name="BENCHMARK_API_KEY",
        parameters=Parameters(max_tokens=500),
    )
    version, _ = get_or_create_version(project, draft)
    run = planning.create_run(project=project, version=version, selection=Selection(), concurrency=CONCURRENCY)
    planning.plan(run)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    run.refresh_from_db()
    return run


def bare_httpx2(url: str, calls: int) -> float:
    """Post the same body again and again over one client, and read the JSON."""
    import httpx2

    body = {"model": "fake-judge", "messages": [{"role": "user", "content": QUESTION}], "response_format": NAMED}

    async def loop() -> float:
        limits = httpx2.Limits(max_connections=CONCURRENCY)
        async with httpx2.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, limits=limits) as client:

            async def ask() -> None:
                answer = await client.post(f"{url}/v1/chat/completions", json=body)
                json.loads(json.loads(answer.content)["choices"][0]["message"]["content"])

            return await _loop(ask, calls)

    return asyncio.run(loop())


def bare_openai(url: str, calls: int) -> float:
    """Ask through OpenAI's client, and do nothing else."""
    import openai

    async def loop() -> float:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0) as client:
            message: Any = {"role": "user", "content": QUESTION}
            shape: Any = NAMED

            async def ask() -> None:
                await client.chat.completions.create(model="fake-judge", messages=[message], response_format=shape)

            return await _loop(ask, calls)

    return asyncio.run(loop())


def bare_anthropic(url: str, calls: int) -> float:
    """Ask through Anthropic's client, and do nothing else."""
    import anthropic

    async def loop() -> float:
        async with anthropic.AsyncAnthropic(api_key=KEY, base_url=url, max_retries=0) as client:
            message: Any = {"role": "user", "content": QUESTION}
            shape: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}

            async def ask() -> None:
                await client.messages.create(
                    model="fake-judge", max_tokens=500, messages=[message], output_config=shape
                )

            return await _loop(ask, calls)

    return asyncio.run(loop())


async def _loop(ask: Callable[[], Awaitable[None]], calls: int) -> float:
    """Ask so many times with a fixed set of workers; return the seconds."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await ask()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return time.perf_counter() - started


def inspect(url: str, calls: int) -> float:
    """Judge with inspect_ai: a minimal task, a scorer that reads the answer, its own log on disk."""
    os.environ |= {"INSPECT_DISPLAY": "none", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{url}/v1"}
    from inspect_ai import Task
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import Sample
    from inspect_ai.model import GenerateConfig, get_model
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    samples = [Sample(input=f"{number}: {QUESTION}", target="verdict") for number in range(calls)]
    task = Task(dataset=samples, solver=generate(), scorer=includes())
    model = get_model("openai/gpt-4o", config=GenerateConfig(max_connections=CONCURRENCY, max_retries=0))
    log_dir = str(Path(os.environ["JURYBOX_HOME"]) / "logs")
    started = time.perf_counter()
    evaluate(task, model=model, max_samples=CONCURRENCY, log_dir=log_dir, display="none")
    return time.perf_counter() - started


if __name__ == "__main__":
    if len(sys.argv) == 4:
        contest(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
