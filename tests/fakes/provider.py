"""A fake LLM provider that speaks four wire formats, for tests and for hand runs.

``python -m tests.fakes.provider --port 21000 --latency-ms 50 --fault-rate 0.1`` prints its address and serves
Anthropic Messages, OpenAI Chat Completions, Responses and Decisions on loopback; ``GET /_log`` returns every call.
In a test: ``with running_provider(seed=1) as fake: …``.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.fakes.faults import PASSING, Faults
from tests.fakes.judge import MODES, Question, quality
from tests.fakes.log import CallLog, CallRecord
from tests.fakes.running import Running, running_provider, serve
from tests.fakes.server import FakeProvider, Latency, Settings

__all__ = [
    "CallLog",
    "CallRecord",
    "FakeProvider",
    "Faults",
    "Latency",
    "Question",
    "Running",
    "Settings",
    "quality",
    "running_provider",
]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(
        prog="python -m tests.fakes.provider", description="A fake LLM provider on loopback."
    )
    line.add_argument("--port", type=int, default=0, help="0 takes a free one")
    line.add_argument("--seed", type=int, default=0)
    line.add_argument("--latency-ms", type=Latency.parse, default=Latency(), help="50, or 20-200")
    line.add_argument("--fault-rate", type=float, default=0.0)
    line.add_argument("--faults", default=",".join(PASSING), help="what the rate draws from (see faults.py)")
    line.add_argument("--plan", default="", help="the fault of each attempt at the same body: 429,500,ok")
    line.add_argument(
        "--match", action="append", default=[], metavar="TEXT=FAULT", help="a fault for bodies with a text"
    )
    line.add_argument("--judge", choices=sorted(MODES), default="honest")
    line.add_argument("--api-key", help="the only key accepted; any key if left out")
    line.add_argument("--thinking", type=int, default=0, help="thinking tokens billed per answer")
    line.add_argument("--log", type=Path, help="append every call to this file, as JSON lines")
    return line


def settings_from(options: argparse.Namespace) -> Settings:
    """Turn the command line into settings."""
    match = tuple((text, fault) for text, _, fault in (pair.rpartition("=") for pair in options.match))
    plan = tuple(filter(None, options.plan.split(",")))
    return Settings(
        seed=options.seed,
        latency=options.latency_ms,
        faults=Faults(options.fault_rate, tuple(options.faults.split(",")), plan, match),
        judge=options.judge,
        api_key=options.api_key,
        thinking=options.thinking,
    )


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log = CallLog(options.log)
    try:
        await serve(FakeProvider(settings_from(options), log), options.port, started=announce, stop=stop)
    finally:
        log.close()


def announce(port: int) -> None:
    """Write the address to stdout: a parent process waits for that line."""
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(parser().parse_args()))
