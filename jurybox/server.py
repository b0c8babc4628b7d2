"""Run the web server and the embedded worker side by side, and stop them together."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

STARTUP_SECONDS = 60.0
STOP_SECONDS = 30.0
RESTART_PAUSE = 2.0


class PortTaken(OSError):
    """Another program answers on the port."""


@dataclass
class Part:
    """One process of the installation. A part that ends by itself is started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches it once, from us."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own command

    def ended(self) -> int | None:
        """Return the exit status of a process that is no longer there."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        """Ask the process to finish what it holds; kill it only when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def web(host: str, port: int, processes: int) -> Part:
    """Return the production web server."""
    return Part(
        "web",
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
            *("--workers", str(processes), "--blocking-threads", str(_threads()), "--log-level", "warning"),
            *("--workers-kill-timeout", "20s", "--respawn-failed-workers", "jurybox.wsgi:application"),
        ],
    )


def _threads() -> int:
    """Return how many requests one process answers at once: most of them wait for the database, not for a core."""
    return min(8, 2 * (os.cpu_count() or 1) + 1)


def worker() -> Part:
    """Return the embedded worker, which runs judges."""
    return Part("worker", [sys.executable, "-m", "jurybox.cli", "worker"])


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens there: the server would share the port silently (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    errno.EADDRINUSE, f"port {port} on {host} is taken; choose another with --port"
                ) from None
            raise


def run(parts: list[Part], address: str, site: str, when_ready: Callable[[], None]) -> int:
    """Run all parts until a signal comes or the web server fails to start; return the exit status.

    ``site`` is a host name that the server answers to; ``address`` is where it listens.
    """
    stop = threading.Event()
    _stop_on_signals(stop)
    for part in parts:
        part.start()
    try:
        health = urllib.request.Request(f"{address}/healthz", headers={"Host": site})  # noqa: S310 - our own address
        if not _answers(health, parts[0], stop):
            return 0 if stop.is_set() else 1
        when_ready()
        while not stop.wait(0.5):
            _restart_ended(parts)
    finally:
        for part in reversed(parts):
            part.stop()
    return 0


def _stop_on_signals(stop: threading.Event) -> None:
    def note(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)


def _restart_ended(parts: list[Part]) -> None:
    for part in parts:
        status = part.ended()
        if status is not None and time.monotonic() - part.started > RESTART_PAUSE:
            sys.stderr.write(f"jurybox: {part.name} ended with status {status}; starting it again\n")
            part.start()


def _answers(health: urllib.request.Request, part: Part, stop: threading.Event) -> bool:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and not stop.is_set():
        if part.ended() is not None:
            return False
        try:
            with urllib.request.urlopen(health, timeout=5):  # noqa: S310 - our own address
                return True
        except (urllib.error.URLError, OSError):
            stop.wait(0.2)
    return False
