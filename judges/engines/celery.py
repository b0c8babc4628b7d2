"""Celery as the doorbell: messages carry the id of a run, and workers behind a broker each do a share of it.

Nothing rests on a message. One that comes twice finds enough hands at its run, one that is lost leaves a run with too
few hands, which the sweeper of any worker sees (judges.engines.sweeper).
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from judges.models import Run, Worker

log = logging.getLogger(__name__)

TASK = "judges.share"
QUEUE = "jurybox"
RUNS_AT_ONCE = 4  # tasks of one worker process; each has connections of its own to database and provider
REDIS = {
    # Longer than any share takes. A message whose worker was killed comes back after that; nobody waits for it.
    "visibility_timeout": 3600,
    "socket_connect_timeout": 3,
    "socket_timeout": 30,
    "max_retries": 1,  # of a send: a page that launches a run must not wait for a broker that is down
}
RABBITMQ = {"max_retries": 1}


class Celery:
    """Workers that are reached through a broker."""

    def wake(self, run_id: int) -> None:
        """Ring once for each worker that is there."""
        ring(run_id, Worker.objects.alive().filter(engine=Run.Engine.CELERY).count() or 1)


def ring(run_id: int, times: int = 1) -> None:
    """Send messages, each of which calls one more hand to a run."""
    try:
        for _ in range(times):
            app_of(settings.BROKER_URL).send_task(TASK, [run_id], queue=QUEUE, retry=False)
    except Exception as error:
        # Whatever keeps the broker from answering, the run is on record and a sweeper will find it.
        log.warning("no message about run %s could be sent: %s", run_id, type(error).__name__)


@cache
def app_of(url: str) -> Any:
    """Return the Celery application that talks to a broker."""
    import celery

    if not url:
        raise ImproperlyConfigured("JURYBOX_BROKER_URL is not set; it looks like redis://:password@host:6379/0")
    app = celery.Celery("jurybox", broker=url, fixups=set())  # the fixup for Django would change sys.path
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_pool="threads",  # shares wait for providers, and end in good order when their process is asked to
        worker_concurrency=RUNS_AT_ONCE,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,  # whoever reaches the broker could stop workers with it
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=3,
        broker_transport_options=REDIS if url.startswith("redis") else RABBITMQ,
    )
    return app


def worker_app() -> Any:
    """Return the application as a worker needs it: with its task and its sweeper."""
    from celery import signals

    from judges.engines import shares, sweeper

    app = app_of(settings.BROKER_URL)
    app.task(name=TASK)(_share)
    signals.worker_ready.connect(sweeper.start)
    signals.worker_shutting_down.connect(shares.end_all)
    signals.worker_shutdown.connect(sweeper.stop)
    return app


def _share(run_id: int) -> None:
    from judges.engines import shares

    try:
        shares.take_share(run_id)
    finally:
        connections.close_all()  # those of this thread
