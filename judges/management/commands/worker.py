"""``jurybox worker``: an extra worker, on this or another machine."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.checks import Tags
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db.backends.signals import connection_created

from judges import engines
from judges.engines.celery import worker_app
from judges.models import Run
from judges.worker import give_way, work


class Command(BaseCommand):
    """Drain runs until a signal comes."""

    requires_system_checks = (Tags.database,)  # the others import every page, which a worker never shows
    help = "Work on judge runs until SIGTERM or Ctrl-C; then calls under way end and leases are given back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say how it learns of runs."""
        parser.add_argument(
            "--engine",
            choices=[Run.Engine.WORKER.value, Run.Engine.CELERY.value],
            help="worker: look into the database every second; celery: be woken through the broker "
            "(default: celery where JURYBOX_BROKER_URL is set)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker in this thread; signals reach it between two steps."""
        connection_created.connect(give_way)
        if (options["engine"] or engines.usual()) == Run.Engine.CELERY:
            self._behind_broker()
        else:
            work(_stop_on_signals())

    def _behind_broker(self) -> None:
        try:
            app = worker_app()
        except ImportError:
            raise CommandError("Celery is not installed: pip install 'jurybox[celery]'", returncode=2) from None
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem), returncode=2) from None
        app.worker_main(["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"])


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop
