"""Time work beside a peer's, in one process and one run: shared machines are noisy, ratios less so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Timed:
    """Seconds of CPU and of wall-clock time of the best of several calls, and what the call returned."""

    cpu: float
    wall: float
    result: Any


def best_of(times: int, work: Callable[[], Any]) -> Timed:
    """Call the work several times and return the quickest: what others use of the machine only ever adds."""
    runs = [_once(work) for _ in range(times)]
    return Timed(min(run.cpu for run in runs), min(run.wall for run in runs), runs[-1].result)


def _once(work: Callable[[], Any]) -> Timed:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return Timed(time.process_time() - cpu, time.perf_counter() - wall, result)


def line(what: str, timed: Timed, beside: Timed | None = None, note: str = "") -> str:
    """Return a row of a Markdown table."""
    ratio = f"{beside.cpu / timed.cpu:.0f}×" if beside else ""
    return f"| {what} | {seconds(timed.cpu)} | {seconds(timed.wall)} | {ratio} | {note} |"


def seconds(value: float) -> str:
    """Return a duration with three digits, in ms below a second."""
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


HEAD = "| work | CPU | wall | ours is | note |\n|---|--:|--:|--:|---|"
