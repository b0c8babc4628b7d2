"""The judge runner beside bare loops over the same calls, and beside inspect_ai where it is installed.

A fake provider in a process of its own answers each call after 50 ms. Each contestant is a fresh process; they take
turns. Ours plans its cells, asks, reads every answer and keeps each verdict in SQLite; a bare loop only asks and reads
JSON. Run: ``python -m benchmarks.judging [calls]``; the variable PEER_PYTHON may name the interpreter of another
environment, in which inspect_ai is installed beside openai.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.judging_material import (
    CONCURRENCY,
    KEY,
    LATENCY_MS,
    QUESTION,
    environment,
    provider,
    start_django,
    unplanned_run,
)
from benchmarks.timing import machine

CALLS, ROUNDS = 2000, 3
CONTESTANTS = ("bare httpx2", "ours", "bare openai", "ours openai", "bare anthropic", "ours anthropic", "inspect_ai")
SDKS = {"ours openai": ("openai.resources.chat",), "ours anthropic": ("anthropic.resources.messages",)}
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


def in_process(name: str, url: str, calls: int) -> dict[str, float] | None:
    """Return what a contestant took, or None where it is not installed."""
    with tempfile.TemporaryDirectory() as home:
        python = os.environ.get("PEER_PYTHON", sys.executable) if name == "inspect_ai" else sys.executable
        command = [python, "-m", "benchmarks.judging", name, url, str(calls)]
        own = environment(home, url)
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        print(f"{name}: {last[0] if last else 'failed'}")
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def contest(name: str, url: str, calls: int) -> None:
    """Be one contestant: work, and print what it took. Imports and material are not measured, for nobody."""
    works: dict[str, Callable[[str, int], Took]] = {
        "bare httpx2": bare_httpx2,
        "bare openai": bare_openai,
        "bare anthropic": bare_anthropic,
        "inspect_ai": inspect,
    }
    took = ours(name, url, calls) if name.startswith("ours") else works[name](url, calls)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"calls": calls, "seconds": took.seconds, "cpu": took.cpu, "mib": peak}))


@dataclass
class Took:
    """Wall-clock and CPU seconds between start and stop."""

    seconds: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> Took:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds, self.cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]


def ours(name: str, url: str, calls: int) -> Took:
    """Judge battles in both orders with the runner, with durable verdicts; planning is not measured."""
    from judges.providers import Vendor

    start_django()
    vendors = {"ours openai": Vendor.OPENAI_CHAT, "ours anthropic": Vendor.ANTHROPIC}
    from judges import services
    from judges.runner import drain

    run = services.start(unplanned_run(url, calls, vendors.get(name, Vendor.COMPATIBLE)))
    for module in ("judges.providers.compatible", *SDKS.get(name, ())):
        importlib.import_module(module)
    with Took() as took:
        drain(run, on_progress=lambda run: None)
    assert run.verdicts == calls, (run.state, run.reason, run.verdicts)
    return took


def bare_httpx2(url: str, calls: int) -> Took:
    """Post the same body again and again over one client, and read the JSON."""
    import httpx2

    body = {"model": "fake-judge", "messages": [{"role": "user", "content": QUESTION}], "response_format": NAMED}

    async def loop() -> Took:
        limits = httpx2.Limits(max_connections=CONCURRENCY)
        async with httpx2.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, limits=limits) as client:

            async def ask() -> None:
                answer = await client.post(f"{url}/v1/chat/completions", json=body)
                json.loads(json.loads(answer.content)["choices"][0]["message"]["content"])

            return await _loop(ask, calls)

    return asyncio.run(loop())


def bare_openai(url: str, calls: int) -> Took:
    """Ask through OpenAI's client, and do nothing else."""
    import openai

    async def loop() -> Took:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0) as client:
            message: Any = {"role": "user", "content": QUESTION}
            shape: Any = NAMED

            async def ask() -> None:
                await client.chat.completions.create(model="fake-judge", messages=[message], response_format=shape)

            return await _loop(ask, calls)

    return asyncio.run(loop())


def bare_anthropic(url: str, calls: int) -> Took:
    """Ask through Anthropic's client, and do nothing else."""
    import anthropic

    async def loop() -> Took:
        async with anthropic.AsyncAnthropic(api_key=KEY, base_url=url, max_retries=0) as client:
            message: Any = {"role": "user", "content": QUESTION}
            shape: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}

            async def ask() -> None:
                await client.messages.create(
                    model="fake-judge", max_tokens=500, messages=[message], output_config=shape
                )

            return await _loop(ask, calls)

    return asyncio.run(loop())


async def _loop(ask: Callable[[], Awaitable[None]], calls: int) -> Took:
    """Ask so many times with a fixed set of workers."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await ask()

    with Took() as took:
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return took


def inspect(url: str, calls: int) -> Took:
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
    with Took() as took:
        (log,) = evaluate(task, model=model, max_samples=CONCURRENCY, log_dir=log_dir, display="none")
    assert log.results is not None, log.status
    assert log.results.completed_samples == calls, log.results
    return took


if __name__ == "__main__":
    if len(sys.argv) == 4:
        contest(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
