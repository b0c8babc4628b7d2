"""Looking on while workers drain a run, and letting go in good order."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from django.conf import settings

from judges import runner
from judges.commandline import BadCall
from judges.models import Run
from judges.worker import alive_workers

POLL_S = 1.0
MOVING = (Run.State.PLANNING, Run.State.PLANNED, Run.State.RUNNING)
START = {Run.Engine.WORKER: "jurybox worker", Run.Engine.CELERY: "jurybox worker --engine celery"}


def engine_wanted(name: str | None) -> str:
    """Return the engine that a command asks for: its own process, unless it names workers. Raises BadCall."""
    if name == Run.Engine.CELERY and not settings.BROKER_URL:
        raise BadCall("--engine celery needs a message broker: set JURYBOX_BROKER_URL, or take --engine worker")
    return name or Run.Engine.COMMAND


def handed_over_lines(run: Run) -> list[str]:
    """Say that a run is with the workers, and how to look on."""
    lines = [f"run {run.pk} is left to workers", f"Watch it with: jurybox judge {run.project.slug} --watch {run.pk}"]
    if not alive_workers(run.engine):
        lines.append(f"No such worker is running, so it waits. Start one with: {START[Run.Engine(run.engine)]}")
    return lines


def watch(run: Run, *, stop: threading.Event, on_progress: runner.Progress) -> None:
    """Look at a run again and again, until nobody is at it any more or ``stop`` is set. Changes nothing."""
    on_progress(run)
    while run.state in MOVING and not stop.wait(POLL_S):
        run.refresh_from_db()
        on_progress(run)


def stop_on_signals() -> threading.Event:
    """Let the first signal end the run in good order; a second Ctrl-C ends the program."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return stop
