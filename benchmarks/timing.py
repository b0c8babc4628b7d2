"""Time work beside a peer's: turn by turn in one process, because shared machines are noisy and ratios less so."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True)
class Timed:
    """Seconds of several calls: the median of CPU and of wall-clock time, the least CPU time, and the last result."""

    cpu: float
    wall: float
    least: float
    result: Any


def in_turn(times: int, works: Mapping[str, Work]) -> dict[str, Timed]:
    """Call each work once unmeasured, then all of them in turn, several times."""
    results = {name: work() for name, work in works.items()}
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            gc.collect()
            cpu, wall = time.process_time(), time.perf_counter()
            results[name] = work()
            spent[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {name: _timed(runs, results[name]) for name, runs in spent.items()}


def timed(times: int, work: Work) -> Timed:
    """Time one work alone."""
    return in_turn(times, {"": work})[""]


def _timed(runs: list[tuple[float, float]], result: Any) -> Timed:
    cpu, wall = ([run[place] for run in runs] for place in (0, 1))
    return Timed(median(cpu), median(wall), min(cpu), result)


def installed(package: str) -> str | None:
    """Return the version of a peer, or None and a line that says so."""
    try:
        return version(package)
    except PackageNotFoundError:
        print(f"{package}: not installed")
        return None


def machine() -> str:
    """Describe what the figures depend on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pyarrow"))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores ({_processor()}), {platform.system()}, "
        f"Python {platform.python_version()}, {packages}; load over 1, 5, 15 minutes: {load}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


HEAD = "| work | CPU (least) | wall | bar | | note |\n|---|--:|--:|---|---|---|"


def line(what: str, took: Timed, *, bar: str = "", held: bool | None = None, note: str = "") -> str:
    """Return a row of a Markdown table; ``held`` says whether the bar was reached."""
    verdict = {True: "yes", False: "**no**", None: ""}[held]
    spent = f"{seconds(took.cpu)} ({seconds(took.least)})"
    return f"| {what} | {spent} | {seconds(took.wall)} | {bar} | {verdict} | {note} |"


def within(what: str, took: Timed, most: float, note: str = "") -> str:
    """Return a row whose bar is a median CPU time."""
    return line(what, took, bar=f"≤ {seconds(most)}", held=took.cpu <= most, note=note)


def against(what: str, peer: Timed, ours: Timed, least: float | None = None, note: str = "") -> str:
    """Return a row of a peer: how many times the CPU and wall time of ours its work took."""
    ratio = peer.cpu / ours.cpu
    said = f"{ratio:.3g} × ours (wall {peer.wall / ours.wall:.3g} ×)" + (f"; {note}" if note else "")
    if least is None:
        return line(what, peer, note=said)
    return line(what, peer, bar=f"≥ {least:g} ×", held=ratio >= least, note=said)


def seconds(value: float) -> str:
    """Return a duration with three digits, in ms below a second."""
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
