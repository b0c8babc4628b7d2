"""One worker behind a broker, and two: ``python -m benchmarks.engines [cells]``.

Celery workers on a PostgreSQL and a Redis of their own, one run, and a fake provider in a process of its own that
answers after a second: what two workers gain is what sharing a run through leases leaves of twice the concurrency.
Nothing may be judged twice: the provider's log is counted.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.timing import machine
from tests.environment.postgresql import cluster, find_binaries
from tests.environment.redis import broker, find_redis

ROOT = Path(__file__).resolve().parent.parent
CELLS, AT_ONCE, LATENCY_MS, ROUNDS = 2000, 32, 1000, 3
BAR = 1.7
SET_UP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories import make_project
from tests.judges.making import make_battles
make_battles(make_project(slug="bench"), {battles})
"""
LAUNCH = """
from domain.models import Project
from judges.models import Run
from judges.planning import create_run, plan
from judges.services import start
from tests.judges.making import make_version
version = make_version(Project.objects.get(), name="Round {round}", base_url="{url}")
run = plan(create_run(project=version.project, version=version, engine="celery", concurrency={at_once}))
print(run.pk, run.planned)
"""
START = "from judges.models import Run; from judges.services import start; start(Run.objects.get(pk={run}))"
LOOK = """
from domain.models import Verdict
from judges.models import Run
run = Run.objects.get(pk={run})
took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
print(run.state, run.verdicts, Verdict.objects.filter(counted=True, cell__run=run).count(), took)
"""
ALIVE = "from judges.worker import alive_workers; print(alive_workers('celery'))"


@dataclass(frozen=True)
class Round:
    """One run: how long it took, and how often the provider was asked."""

    workers: int
    cells: int
    seconds: float
    calls: int
    asked: int  # different questions among the calls

    @property
    def rate(self) -> float:
        """Return verdicts per second."""
        return self.cells / self.seconds


class Installation:
    """Commands on one database and one broker."""

    def __init__(self, home: Path, database: str, broker_url: str) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "JURYBOX_HOME": str(home),
            "JURYBOX_DATABASE_URL": database,
            "JURYBOX_BROKER_URL": broker_url,
            "JURYBOX_SECRET_KEY": "k3y-" * 8 + "of-a-benchmark-and-nothing-else",
            "JURYBOX_LOG_LEVEL": "WARNING",
            "PORTIA_API_KEY": "sk-of-nobody",
            "PYTHONPATH": str(ROOT),
        }

    def shell(self, code: str) -> list[str]:
        """Run code with Django loaded and return the words it prints last."""
        command = [sys.executable, "-m", "jurybox.cli", "shell", "-v0", "-c", code]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, text=True, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout.split()

    @contextmanager
    def workers(self, how_many: int) -> Iterator[None]:
        """Have workers at the broker, and none afterwards."""
        command = [sys.executable, "-m", "jurybox.cli", "worker", "--engine", "celery"]
        with (self.home / "workers.log").open("ab") as log:
            started = [
                subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
                for _ in range(how_many)
            ]
        try:
            while int(self.shell(ALIVE)[0]) < how_many:
                time.sleep(0.2)
            yield
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait()


def measure(place: Installation, workers: int, number: int, url: str, log: Path) -> Round:
    """Let workers drain a run, and count."""
    run, planned = place.shell(LAUNCH.format(round=number, url=url, at_once=AT_ONCE))
    before = len(log.read_text().splitlines())
    with place.workers(workers):
        place.shell(START.format(run=run))
        while (found := place.shell(LOOK.format(run=run)))[0] == "running":
            time.sleep(1)
    state, verdicts, counted, seconds = found
    if (state, verdicts, counted) != ("done", planned, planned):
        raise SystemExit(f"run {run} ended as {state} with {verdicts} verdicts ({counted} counted) of {planned}")
    records = [json.loads(line) for line in log.read_text().splitlines()[before:]]
    asked = Counter(record["request_hash"] for record in records)
    return Round(workers, int(planned), float(seconds), len(records), len(asked))


@contextmanager
def provider(home: Path, log: Path) -> Iterator[str]:
    """Run the fake provider in a process of its own."""
    command = [sys.executable, "-m", "tests.fakes.provider", "--latency-ms", str(LATENCY_MS), "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def main(cells: int) -> None:
    """Print the table."""
    binaries, program = find_binaries(), find_redis()
    if binaries is None or program is None:
        raise SystemExit("PostgreSQL's and Redis' server programs are needed")
    with tempfile.TemporaryDirectory() as name, cluster(binaries) as database, broker(program) as broker_url:
        home = Path(name)
        log = home / "calls"
        with provider(home, log) as url:
            place = Installation(home, database, broker_url)
            place.environment["JURYBOX_JUDGE_PRIVATE_HOSTS"] = url.removeprefix("http://").removesuffix("/v1")
            place.shell(SET_UP.format(battles=cells // 2))
            order = [workers for _ in range(ROUNDS) for workers in (1, 2)]
            found = [measure(place, workers, number, url, log) for number, workers in enumerate(order)]
    report(found)


def report(found: list[Round]) -> None:
    """Print rates, the gain, and what was asked twice."""
    print(f"{machine()}\n\n{found[0].cells:,} cells, {AT_ONCE} calls at once per worker, {LATENCY_MS} ms per call\n")
    print("| workers | verdicts/s (median) | all rounds | calls | asked twice |\n|--:|--:|---|--:|--:|")
    rates = {}
    for workers in (1, 2):
        mine = [one for one in found if one.workers == workers]
        rates[workers] = median(one.rate for one in mine)
        each = ", ".join(f"{one.rate:.1f}" for one in mine)
        calls, asked = sum(one.calls for one in mine), sum(one.asked for one in mine)
        print(f"| {workers} | {rates[workers]:.1f} | {each} | {calls:,} | {calls - asked} |")
    gain = rates[2] / rates[1]
    print(f"\nTwo workers give {gain:.2f} × one (bar: ≥ {BAR} ×): {'yes' if gain >= BAR else '**no**'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CELLS)
