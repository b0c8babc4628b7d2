"""A Redis server of our own, for the tests of workers behind a broker."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.environment.postgresql import free_port

PACKAGES = ("redis-server",)
START_SECONDS = 30


def find_redis() -> str | None:
    """Return the path of the server program: ``REDIS_SERVER`` if set, else the one on the path."""
    return shutil.which(os.environ.get("REDIS_SERVER", "redis-server"))


@contextmanager
def broker(program: str) -> Iterator[str]:
    """Run a private server on loopback, which keeps nothing on disk, and yield its address."""
    directory = Path(tempfile.mkdtemp(prefix="jurybox-redis-"))
    password, port = secrets.token_urlsafe(24), free_port()
    configuration = directory / "redis.conf"  # not on the command line, where everybody could read the password
    configuration.touch(mode=0o600)
    lines = ("bind 127.0.0.1", f"port {port}", f"requirepass {password}", f"dir {directory}", 'save ""')
    configuration.write_text("\n".join((*lines, "appendonly no", f"logfile {directory}/log\n")))
    # In a session of its own, so that Ctrl-C reaches the tests first and the server outlives them.
    server = subprocess.Popen([program, str(configuration)], stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_until_ready(server, port, directory / "log")
        yield f"redis://:{password}@127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(directory, ignore_errors=True)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Redis did not start:\n{log.read_text() if log.exists() else ''}") from None
            time.sleep(0.05)
        else:
            return
