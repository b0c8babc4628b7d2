"""Engines: who is told that a run is to be drained. The database says what is to be done, and how much of it is left.

A wake that is lost costs time (workers look for what is left), one that comes twice costs nothing.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from django.conf import settings
from django.db import transaction

from judges.engines.celery import Celery
from judges.engines.embedded import Embedded
from judges.models import Run


class Engine(Protocol):
    """Some way to reach workers."""

    def wake(self, run_id: int) -> None:
        """Say that a run has cells to be asked. Must be quick, and must not raise when nobody can be reached."""


ENGINES: dict[str, Engine] = {Run.Engine.WORKER: Embedded(), Run.Engine.CELERY: Celery()}


def usual() -> Run.Engine:
    """Return the engine of new runs: the broker's workers where a broker is set, else the embedded worker."""
    return Run.Engine.CELERY if settings.BROKER_URL else Run.Engine.WORKER


def wake(run: Run) -> None:
    """Wake the workers of a run's engine, once what was written about it is there for them to read."""
    if run.engine in ENGINES:  # a command drains its own runs
        transaction.on_commit(partial(ENGINES[run.engine].wake, run.pk))
