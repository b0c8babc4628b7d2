"""A shop: a project in a database file of its own, and commands on it that can be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.judges.conftest import KEY

REPOSITORY = Path(__file__).resolve().parents[2]

SET_UP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories import PREFERENCE, make_project, make_rubric
from tests.judges.making import make_battles
project = make_project(slug="shop")
make_rubric(project, PREFERENCE, name="Preference")
make_battles(project, {battles})
"""


class Shop:
    """A project in a database file of its own, and commands on it as processes of their own."""

    def __init__(self, home: Path, provider: str) -> None:
        self.home, self.provider = home, provider
        self.file = home / "jurybox.sqlite3"
        host = provider.removeprefix("http://").removesuffix("/v1")
        foreign = ("JURYBOX_", "DJANGO_")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "JURYBOX_HOME": str(home),
            "JURYBOX_SECRET_KEY": "k3y-" * 8 + "of-a-test-and-nothing-else",  # so that a retry asks in the same words
            "JURYBOX_JUDGE_PRIVATE_HOSTS": host,
            "JURYBOX_JUDGE_LEASE_SECONDS": "2",
            "PORTIA_API_KEY": KEY,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "jurybox.cli", *arguments],
            cwd=REPOSITORY, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    def rows(self, query: str) -> list[Any]:
        database = sqlite3.connect(self.file)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def number(self, query: str) -> int:
        return int(self.rows(query)[0][0])


def kill_when(process: subprocess.Popen[str], reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
