"""The worker: looks for runs that are to be drained, and drains each in a thread of its own.

``jurybox up`` runs it beside the web server, ``jurybox worker`` on any machine that reaches the database.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections, connection, connections
from django.db.models.functions import Now

from judges import metric_runs, runner, services
from judges.batches import drain as batches
from judges.clock import database_now
from judges.models import Run, Worker

log = logging.getLogger(__name__)

POLL_S = 1.0
FORGOTTEN = timedelta(days=1)
LONGEST_STANDSTILL = "15s"
SESSION = "jurybox worker"
GIVING_WAY = (
    ("application_name", SESSION),
    ("idle_in_transaction_session_timeout", LONGEST_STANDSTILL),
    ("lock_timeout", "20s"),  # who waits for a worker that stands still must come to the next look
)
RUNS_AT_ONCE = 4  # a run that waits for its provider must not hold up the others


def drain_any(
    run: Run,
    *,
    stop: threading.Event | None = None,
    seconds: float | None = None,
    on_progress: runner.Progress | None = None,
) -> None:
    """Drain a running run, of a judge or of metrics, for so many seconds at most."""
    if run.is_of_metrics:
        metric_runs.drain(run, stop=stop, seconds=seconds, on_progress=on_progress)
    elif run.mode == Run.Mode.BATCH:
        batches.drain(run, stop=stop, seconds=seconds, on_progress=on_progress)
    else:
        runner.drain(run, stop=stop, seconds=seconds, on_progress=on_progress)


def carry_on(
    pk: int,
    *,
    stop: threading.Event,
    seconds: float | None = None,
    on_progress: runner.Progress | None = None,
) -> None:
    """Do what is left of a run: plan it if it is not planned yet, then drain it."""
    run = Run.objects.select_related("project", "version__rubric", "version__project").get(pk=pk)
    if run.state == Run.State.PLANNING:
        try:
            services.start(run)
        except services.WrongState:
            return  # somebody else was quicker, or it was cancelled meanwhile
    drain_any(run, stop=stop, seconds=seconds, on_progress=on_progress)


def give_way(*, connection: Any, **said: Any) -> None:
    """Have PostgreSQL end a transaction of this process that stands still.

    A process that is frozen (a stopped machine, a suspended container) would else keep the lock of its run from all
    other workers. It is a receiver of Django's ``connection_created``, for processes that do nothing but drain.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in GIVING_WAY:
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def end_frozen() -> None:
    """Have PostgreSQL end what other workers hold that stand still within a group of statements.

    Between two statements of a pipeline a session waits for its client without being idle, and no timeout counts.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = current_user AND application_name = %s AND pid <> pg_backend_pid() "
                "AND wait_event = 'ClientRead' AND xact_start IS NOT NULL "
                "AND greatest(state_change, query_start) < now() - %s::interval",
                [SESSION, LONGEST_STANDSTILL],
            )


def work(stop: threading.Event) -> None:
    """Drain runs until ``stop`` is set; then let calls under way end, give leases back and return.

    It may run in a thread of its own: the database connections of its threads are closed at the end.
    """
    try:
        _Worker(stop).loop()
    finally:
        connections.close_all()


class _Worker:
    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.owner = runner.new_owner()
        self.threads: dict[int, threading.Thread] = {}

    def loop(self) -> None:
        log.info("worker %s is looking for runs", self.owner)
        Worker.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()
        while not self.stop.is_set():
            try:
                self._look()
            except DatabaseError:
                log.exception("the database does not answer; trying again")
                close_old_connections()
            self.stop.wait(POLL_S)
        for thread in list(self.threads.values()):
            thread.join()
        Worker.objects.filter(owner=self.owner).delete()
        log.info("worker %s has stopped", self.owner)

    def _look(self) -> None:
        """Give a sign of life and start on what nobody of this process is at."""
        end_frozen()
        self.threads = {pk: thread for pk, thread in self.threads.items() if thread.is_alive()}
        doing = next(iter(self.threads), None)
        Worker.objects.update_or_create(owner=self.owner, defaults={"seen_at": database_now(), "doing_id": doing})
        free = RUNS_AT_ONCE - len(self.threads)
        for run in Run.objects.for_workers().exclude(pk__in=self.threads)[:free]:
            thread = threading.Thread(target=self._drain, args=[run.pk], name=f"run-{run.pk}")
            self.threads[run.pk] = thread
            thread.start()

    def _drain(self, pk: int) -> None:
        """Drain one run; what goes wrong is in the run and in the log, and other runs go on."""
        try:
            carry_on(pk, stop=self.stop)
        except Exception:
            log.exception("run %s failed", pk)
        finally:
            connections.close_all()


def alive_workers(engine: str = Run.Engine.WORKER) -> int:
    """Return how many workers of an engine gave a sign of life in the last seconds."""
    return Worker.objects.alive().filter(engine=engine).count()
