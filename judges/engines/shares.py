"""A share of a run: what one task behind a broker does, for a limited time."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from judges import runner
from judges.clock import database_now
from judges.engines.celery import ring
from judges.leases import lock
from judges.models import Hand, Run, Worker
from judges.worker import carry_on

log = logging.getLogger(__name__)

RETRY_S = 1.0

_under_way: set[threading.Event] = set()  # what ends each share of this process
_ending = threading.Event()


def take_share(run_id: int) -> None:
    """Drain a run as one of its hands for a while; then call another one if there is still something to do.

    Nothing happens when the run needs nobody: because it is over, because it rests, or because enough are at it.
    """
    run = _to_do(run_id)
    hand = _join(run) if run and not _ending.is_set() else None
    if run is None or hand is None:
        return
    stop = threading.Event()
    _under_way.add(stop)
    if _ending.is_set():
        stop.set()
    try:
        _stay_at(run_id, hand, stop)
    except Exception:
        log.exception("run %s failed", run_id)
    finally:
        _under_way.discard(stop)
        Hand.objects.filter(pk=hand.pk).delete()
    if _to_do(run_id):
        ring(run_id)


def _stay_at(run_id: int, hand: Hand, stop: threading.Event) -> None:
    """Work on a run until the share's time is up, also through a restart of the database."""
    ends_at = time.monotonic() + settings.JUDGE_SHARE_SECONDS
    while (seconds := ends_at - time.monotonic()) > 0 and not stop.is_set():
        try:
            carry_on(run_id, stop=stop, seconds=seconds, on_progress=lambda _: _sign_of_life(hand))
        except DatabaseError:
            log.exception("the database does not answer; run %s goes on when it does", run_id)
            connections.close_all()
            stop.wait(RETRY_S)
        else:
            return


def end_all(**said: Any) -> None:
    """Let the shares of this process end: calls under way finish, leases are given back, and no share begins."""
    _ending.set()
    for stop in list(_under_way):
        stop.set()


def how_many() -> int:
    """Return how many shares of this process are under way."""
    return len(_under_way)


def missing_hands(run: Run) -> int:
    """Return how many more hands a run could use. A plan, and metrics, are one hand's work."""
    alone = run.state == Run.State.PLANNING or run.is_of_metrics
    wanted = 1 if alone else max(1, Worker.objects.alive().filter(engine=Run.Engine.CELERY).count())
    return max(0, wanted - Hand.objects.alive().filter(run=run).count())


def _to_do(run_id: int) -> Run | None:
    found: Run | None = Run.objects.for_workers(Run.Engine.CELERY).filter(pk=run_id).first()
    return found


@transaction.atomic
def _join(run: Run) -> Hand | None:
    """Become one of the run's hands, unless there are enough. The lock makes them come one by one."""
    lock(run)
    if not missing_hands(run):
        return None
    return Hand.objects.create(run=run, owner=runner.new_owner(), seen_at=database_now())


def _sign_of_life(hand: Hand) -> None:
    Hand.objects.filter(pk=hand.pk).update(seen_at=database_now())
