"""The sweeper: a thread of each Celery worker that says the worker is there, and calls hands to runs that lack some.

It needs no scheduler, and no worker is special: what a lost message or a dead worker left is found by any other one.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.db.models.functions import Now

from judges import runner
from judges.clock import database_now
from judges.engines import shares
from judges.engines.celery import RUNS_AT_ONCE, ring
from judges.models import Hand, Run, Worker

log = logging.getLogger(__name__)

BEAT_S = 2.0
FORGOTTEN = timedelta(days=1)


def sweep() -> int:
    """Call hands to the runs that lack some, as many as this worker has free; return how many were called."""
    free = RUNS_AT_ONCE - shares.how_many()
    called = 0
    for run in Run.objects.for_workers(Run.Engine.CELERY):
        missing = min(shares.missing_hands(run), free - called)
        if missing > 0:
            log.info("calling %s to run %s, which nobody or too few are at", missing, run.pk)
            ring(run.pk, missing)
            called += missing
    return called


class Sweeper(threading.Thread):
    """Beats and sweeps until it is stopped."""

    def __init__(self) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.owner = runner.new_owner()
        self.stopped = threading.Event()

    def run(self) -> None:
        """Go on through whatever happens to the database or the broker."""
        next_sweep = 0.0
        while not self.stopped.is_set():
            try:
                self._beat()
                if time.monotonic() >= next_sweep:
                    sweep()
                    next_sweep = time.monotonic() + settings.JUDGE_SWEEP_SECONDS
            except DatabaseError:
                log.exception("the database does not answer; trying again")
                close_old_connections()
            self.stopped.wait(min(BEAT_S, settings.JUDGE_SWEEP_SECONDS))
        self._leave()

    def _beat(self) -> None:
        values = {"engine": Run.Engine.CELERY, "seen_at": database_now()}
        Worker.objects.update_or_create(owner=self.owner, defaults=values)

    def _leave(self) -> None:
        try:
            Worker.objects.filter(owner=self.owner).delete()
            for presence in (Worker, Hand):
                presence.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()
        except DatabaseError:
            log.warning("the database does not answer; this worker will be missed after a while")
        finally:
            connections.close_all()


_sweepers: list[Sweeper] = []


def start(**said: Any) -> None:
    """Begin to sweep, in the process that a worker's signals reach."""
    _sweepers.append(Sweeper())
    _sweepers[-1].start()


def stop(**said: Any) -> None:
    """Sign off."""
    while _sweepers:
        sweeper = _sweepers.pop()
        sweeper.stopped.set()
        sweeper.join(10)
