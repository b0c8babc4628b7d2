"""Runs of judges beside the event loop of a browser."""

from __future__ import annotations

import threading

from django.db import connections

from judges.models import Run
from judges.runner import drain


def drained(run: Run) -> None:
    """Drain a run in a thread of its own: this one has the event loop of Playwright."""
    thread = threading.Thread(target=_drain, args=[run])
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def _drain(run: Run) -> None:
    try:
        drain(run)
    finally:
        connections.close_all()
