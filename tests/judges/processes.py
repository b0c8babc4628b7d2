"""Workers as processes of their own, on the database of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests.fakes.provider import Running
from tests.judges.conftest import KEY

REPOSITORY = Path(__file__).resolve().parents[2]
CELERY = ("celery", "-A", "tests.judges.unreliable", "worker", "--loglevel", "INFO", "--without-mingle")
EMBEDDED = ("jurybox.cli", "worker", "--engine", "worker")


def address_of_database() -> str:
    """Return the address of the PostgreSQL database that this test uses."""
    at = connection.settings_dict
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
            "JURYBOX_DATABASE_URL": database or address_of_database(),
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

    def said(self) -> str:
        """Return what all of them have said so far."""
        return "\n".join(path.read_text() for path in sorted(self.home.glob("worker-*.log")))

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def until(self, reached: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not reached():
            assert any(process.poll() is None for process in self.started), self.said()[-20_000:]
            assert time.monotonic() < deadline, self.said()[-20_000:]
            time.sleep(0.05)


@contextmanager
def workers_of(home: Path, fake: Running, broker: str = "") -> Iterator[Workers]:
    """Yield a place to start workers from, and leave none behind."""
    workers = Workers(home, fake, broker)
    try:
        yield workers
    finally:
        workers.end()
