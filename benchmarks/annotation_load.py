"""People who claim and answer without a pause, and what the server that they ask takes: for any annotation server."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PEOPLE, ITEMS = 8, 10_000
WAIT_S = 180


@dataclass
class Measured:
    """What the clients saw, and what the server took."""

    asked_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    done: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    mib: float = 0.0
    twice: int = 0

    def row(self, name: str) -> str:
        """Return a line of the table."""
        times = " | ".join(f"{p(self.asked_ms, q):.0f} / {p(self.answered_ms, q):.0f}" for q in (0.5, 0.95, 0.99))
        cpu, database = (1000 * spent / max(self.done, 1) for spent in (self.cpu_s, self.database_cpu_s))
        spent = f"{cpu:.1f} + {database:.1f}" if database else f"{cpu:.1f}"
        cells = [name, f"{self.done / self.seconds:.1f}", times, spent, sum(self.errors.values()), self.twice]
        return f"| {' | '.join(map(str, cells))} | {self.mib:.0f} |"


def p(values: list[float], share: float) -> float:
    """Return a quantile: the least value that so large a share does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


class Client:
    """One person's connection, kept open as a browser does."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Content-Type": "application/json", **headers}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, float]:
        """Return status, JSON and milliseconds."""
        began = time.perf_counter()
        payload = None if body is None else json.dumps(body)
        self.connection.request(method, path, payload, {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        took = 1000 * (time.perf_counter() - began)
        try:
            return answer.status, json.loads(text or b"null"), took
        except ValueError:
            return answer.status, None, took


Cycle = Callable[[Client, Measured], bool]


def closed_loop(clients: list[Client], cycle: Cycle, tasks: int) -> Measured:
    """Let every client ask and answer until so many answers are in."""
    measured, lock = Measured(), threading.Lock()

    def work(client: Client) -> None:
        while True:
            with lock:
                if measured.done >= tasks:
                    return
            mine = Measured()
            try:
                went_on = cycle(client, mine)
            except OSError as error:
                mine.errors[type(error).__name__] += 1
                went_on = False
            with lock:
                measured.asked_ms += mine.asked_ms
                measured.answered_ms += mine.answered_ms
                measured.errors += mine.errors
                measured.done += mine.done
            if not went_on:
                return

    threads = [threading.Thread(target=work, args=[client]) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - began
    return measured


# --- Processes -------------------------------------------------------------------------------------------------------


@contextmanager
def served(command: list[str], environment: dict[str, str], health: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until it answers, and end it with all its children."""
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + WAIT_S
        while not _answers(health):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.5)
        yield server
    finally:
        started = family(server.pid)
        server.terminate()
        try:
            server.wait(60)
        finally:
            for pid in started:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)


def _answers(health: str) -> bool:
    try:
        with urllib.request.urlopen(health, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [pid]
    if children.exists():
        for child in children.read_text().split():
            found += family(int(child))
    return found


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process and its living descendants have taken."""
    return sum(cpu_of_one(one) for one in family(pid))


def cpu_of_one(pid: int) -> float:
    """Return the seconds of CPU of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def largest_mib(pid: int) -> float:
    """Return the peak resident memory of the largest process of a family."""
    peaks = []
    for one in family(pid):
        lines = Path(f"/proc/{one}/status").read_text().splitlines()
        peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return max(peaks)
