"""Planning, memory and resuming of a run of 100,000 cells, beside one of 1,000: ``python -m benchmarks.judging_scale``.

Each step is a process of its own. Planning is the services' own function; calls are made by ``jurybox judge --resume``,
which is interrupted when the provider has seen enough of them, and started again to see when it makes the next one. So
the time to resume is that of the whole command, from the start of Python to the first call in the provider's log.
Arguments: cells of the large run, and how many of its calls are made.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.judging import Took
from benchmarks.judging_material import PROJECT, environment, provider, start_django, unplanned_run
from benchmarks.timing import machine

SMALL, LARGE, CALLS = 1000, 100_000, 10_000
LONGEST_S = 3600.0
STEP_S = 0.005


@dataclass(frozen=True)
class Scale:
    """What a run of so many cells took: seconds to plan and to resume, MiB at most while it planned and called."""

    cells: int
    calls: int
    plan_s: float
    plan_cpu: float
    plan_mb: float
    drain_mb: float
    resume_s: float | None  # None where nothing was left


def main(cells: int, calls: int) -> None:
    """Print the table."""
    print(f"{machine()}\n")
    print("| cells | calls made | plan (CPU) | its memory | memory of calling | resume to first call |")
    print("|--:|--:|--:|--:|--:|--:|")
    small, large = scale(SMALL, SMALL), scale(cells, calls)
    for each in (small, large):
        resumed = "" if each.resume_s is None else f"{each.resume_s:.2f} s"
        planning = f"{each.plan_s:.2f} s ({each.plan_cpu:.2f} s) | {each.plan_mb:.0f} MiB"
        took = f"{planning} | {each.drain_mb:.0f} MiB | {resumed}"
        print(f"| {each.cells:,} | {each.calls:,} | {took} |")
    print(f"\nThe large run needs {large.drain_mb - small.drain_mb:.0f} MiB more than the small one.")


def scale(cells: int, calls: int) -> Scale:
    """Plan a run, make so many of its calls, and resume it."""
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "calls.jsonl"
        with provider(log) as url:
            own = environment(home, url)
            command = [sys.executable, "-m", "benchmarks.judging_scale", "plan", url, str(cells)]
            planned = json.loads(subprocess.run(command, env=own, stdout=subprocess.PIPE, check=True).stdout)
            _, drain_mb = judge_until(calls, log, own)
            made = calls_in(log)
            resume_s = judge_until(made + 1, log, own)[0] if made < cells else None
    return Scale(cells, made, planned["seconds"], planned["cpu"], planned["mb"], drain_mb, resume_s)


def plan(url: str, cells: int) -> None:
    """Be the process that plans; print the seconds and the memory that it took."""
    start_django()
    run = unplanned_run(url, cells)
    from judges import planning

    with Took() as took:
        planning.plan(run)
    assert run.planned == cells
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": took.seconds, "cpu": took.cpu, "mb": peak}))


def judge_until(calls: int, log: Path, own: dict[str, str]) -> tuple[float, float]:
    """Resume the run until the provider has seen so many calls; return the seconds until then, and the MB at most."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "jurybox.cli", "judge", PROJECT, "--resume", "1", "--json"]
    process = subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while calls_in(log) < calls and time.perf_counter() - began < LONGEST_S:
        time.sleep(STEP_S)
    seconds = time.perf_counter() - began
    process.send_signal(signal.SIGINT)
    _, _, used = os.wait4(process.pid, 0)
    return seconds, used.ru_maxrss / 1024


_read: dict[Path, tuple[int, int]] = {}  # bytes and lines so far


def calls_in(log: Path) -> int:
    """Return how many calls are in a provider's log."""
    at, lines = _read.get(log, (0, 0))
    with log.open("rb") as file:
        file.seek(at)
        new = file.read()
    _read[log] = at + len(new), lines + new.count(b"\n")
    return _read[log][1]


if __name__ == "__main__":
    if sys.argv[1:2] == ["plan"]:
        plan(sys.argv[2], int(sys.argv[3]))
    else:
        asked = [int(text) for text in sys.argv[1:]]
        main(*(asked + [LARGE, CALLS][len(asked) :]))
