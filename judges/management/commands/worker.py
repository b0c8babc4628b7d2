"""``jurybox worker``: an extra worker, on this or another machine."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from judges.worker import work


class Command(BaseCommand):
    """Drain runs until a signal comes."""

    help = "Work on judge runs until SIGTERM or Ctrl-C; then calls under way end and leases are given back."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker in this thread; signals reach it between two steps."""
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        work(stop)
