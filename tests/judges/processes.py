"""Workers as processes of their own, on the database of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from domain.models import Project, Verdict
from judges.models import Cell, LedgerEntry, Run
from tests.factories import make_project
from tests.fakes.provider import Latency, Running
from tests.judges.conftest import KEY
from tests.judges.making import make_battles

REPOSITORY = Path(__file__).resolve().parents[2]
CELERY = ("celery", "-A", "tests.judges.unreliable", "worker", "--loglevel", "INFO", "--without-mingle")
AT_ONCE = 8
EMBEDDED = ("jurybox.cli", "worker", "--engine", "worker")


def share_database(home: Path) -> str:
    """Return the address of the database that this test uses; a SQLite file is put into the workers' directory."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        (home / "jurybox.sqlite3").symlink_to(at["NAME"])
        return ""
    who = f"{quote(str(at['USER']))}:{quote(str(at['PASSWORD']))}"
    return f"postgresql://{who}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


class Workers:
    """Processes that are started here and end with the test."""

    def __init__(self, home: Path, fake: Running, broker: str = "", database: str | None = None) -> None:
        self.home = home
        self.started: list[subprocess.Popen[bytes]] = []
        foreign = ("JURYBOX_", "DJANGO_")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "JURYBOX_HOME": str(home),
            "JURYBOX_DATABASE_URL": share_database(home) if database is None else database,
            "JURYBOX_BROKER_URL": broker,
            "JURYBOX_SECRET_KEY": "k3y-" * 8 + "of-a-test-and-nothing-else",  # so that a retry asks in the same words
            "JURYBOX_JUDGE_PRIVATE_HOSTS": f"127.0.0.1:{fake.port}",
            "JURYBOX_JUDGE_LEASE_SECONDS": "3",
            "JURYBOX_JUDGE_SHARE_SECONDS": "2",
            "JURYBOX_JUDGE_SWEEP_SECONDS": "1",
            "PORTIA_API_KEY": KEY,
        }

    def start(self, command: tuple[str, ...], **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker; what it says goes to a file."""
        with (self.home / f"worker-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=REPOSITORY,
                env={**self.environment, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def shell(self, code: str) -> str:
        """Run code in a process of its own, with Django loaded, and return what it prints."""
        command = [sys.executable, "-m", "jurybox.cli", "shell", "-v0", "-c", code]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, text=True, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def said(self) -> str:
        """Return what all of them have said so far."""
        return "\n".join(path.read_text() for path in sorted(self.home.glob("worker-*.log")))

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def until(self, reached: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not reached():
            assert any(process.poll() is None for process in self.started), self.said()[-20_000:]
            assert time.monotonic() < deadline, self.said()[-20_000:]
            time.sleep(0.05)


@contextmanager
def workers_of(home: Path, fake: Running, broker: str = "", database: str | None = None) -> Iterator[Workers]:
    """Yield a place to start workers from, and leave none behind."""
    workers = Workers(home, fake, broker, database)
    try:
        yield workers
    finally:
        workers.end()


def busy_project(fake: Running, battles: int = 150) -> Project:
    """Return a project whose run takes a while, also for two workers."""
    project = make_project()
    make_battles(project, battles)
    fake.configure(latency=Latency(0.1, 0.2))
    return project


def owners(run: Run) -> set[int]:
    """The process numbers of those who hold leases of the run."""
    found = Cell.objects.filter(run=run, state="leased").values_list("owner", flat=True)
    return {int(owner.split(":")[1]) for owner in found}


def is_done(run: Run) -> bool:
    return Run.objects.get(pk=run.pk).state == "done"


def check(run: Run, fake: Running, *, killed: int) -> None:
    """Every cell has one verdict, and the ledger is the provider's log but for what died with a process."""
    run.refresh_from_db()
    cells = run.planned
    assert (run.verdicts, run.cells.filter(outcome="verdict").count()) == (cells, cells)
    counted = Verdict.objects.filter(counted=True, cell__run=run)
    assert counted.count() == counted.values("occasion").distinct().count() == cells
    calls = fake.log.records()
    asked = Counter(record.request_hash for record in calls)
    assert len(asked) == cells
    assert len(calls) - cells <= killed * AT_ONCE
    states = Counter(LedgerEntry.objects.values_list("state", flat=True))
    assert set(states) <= {"settled", "lost"}
    assert states["settled"] == len(set(LedgerEntry.objects.filter(state="settled").values_list("request_id")))
    assert states["lost"] <= killed * (AT_ONCE + AT_ONCE // 2)
    assert states["settled"] <= len(calls) <= states.total()
    assert run.reserved_nusd == 0
