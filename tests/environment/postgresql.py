"""A PostgreSQL server of our own for the time of a command: ``python -m tests.environment.postgresql COMMAND...``.

The command finds its address in JURYBOX_TEST_DATABASE_URL; a server that is named there already is used instead. The
cluster lives in a temporary directory, listens on loopback alone, asks for a random password, and is removed at the
end, also after a failure.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.environment import must_be_complete

URL_VARIABLE = "JURYBOX_TEST_DATABASE_URL"
PROGRAMS = ("initdb", "postgres")
START_SECONDS = 60
# Nothing here has to survive a power cut.
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def find_binaries() -> Path | None:
    """Return the directory with PostgreSQL's server programs: from the path, else Debian's newest."""
    by_path = shutil.which("initdb")
    candidates = [Path(by_path).resolve().parent] if by_path else []
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(installed, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], reverse=True)
    return next((path for path in candidates if all((path / name).exists() for name in PROGRAMS)), None)


@dataclass
class Server:
    """A private server. What it has acknowledged survives ``crash`` only without the options ``FAST``."""

    binaries: Path
    directory: Path
    identity: dict[str, Any]
    password: str
    port: int
    options: tuple[str, ...] = FAST

    @property
    def url(self) -> str:
        """Return its address."""
        return f"postgresql://jurybox:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and return when it answers."""
        self.process = _start(self.binaries, self.directory, self.identity, self.port, self.options)
        _wait_until_ready(self.process, self.directory / "log")

    def stop(self) -> None:
        """Stop it; open connections are cut."""
        _stop(self.process)

    def crash(self) -> None:
        """End it without a word to anybody: at its next start it recovers from its log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """Run a private server and yield its address."""
    with private_server(binaries) as server:
        yield server.url


@contextmanager
def private_server(binaries: Path, options: tuple[str, ...] = FAST) -> Iterator[Server]:
    """Run a private server, which may be stopped and started meanwhile."""
    directory = Path(tempfile.mkdtemp(prefix="jurybox-postgresql-"))
    try:
        identity = _identity(directory)
        password = secrets.token_urlsafe(24)
        _create(binaries, directory, identity, password)
        server = Server(binaries, directory, identity, password, free_port(), options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _identity(directory: Path) -> dict[str, Any]:
    """Return whom the server runs as; PostgreSQL refuses root, so root lends it another user."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(directory, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _create(binaries: Path, directory: Path, identity: dict[str, Any], password: str) -> None:
    password_file = directory / "password"  # in a directory that only the server's user can enter
    password_file.write_text(password)
    os.chown(password_file, identity.get("user", -1), -1)
    command = [f"{binaries}/initdb", "--pgdata", f"{directory}/data", "--username", "jurybox", "--encoding", "UTF8"]
    command += ["--no-locale", "--no-sync", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    made = subprocess.run(command, cwd=directory, text=True, capture_output=True, check=False, **identity)
    if made.returncode != 0:
        raise SystemExit(f"initdb failed:\n{made.stdout}{made.stderr}")


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(
    binaries: Path, directory: Path, identity: dict[str, Any], port: int, options: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    command = [f"{binaries}/postgres", "-D", f"{directory}/data", "-k", f"{directory}"]
    command += ["-h", "127.0.0.1", "-p", f"{port}"]
    with (directory / "log").open("wb") as log:
        # In a session of its own, so that Ctrl-C reaches the tests first and the server outlives them.
        return subprocess.Popen(
            [*command, *options],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **identity,
        )


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while b"ready to accept connections" not in log.read_bytes():
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"PostgreSQL did not start in {START_SECONDS} s:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # fast shutdown: open connections are cut
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)


def main(command: list[str]) -> int:
    """Run a command with a PostgreSQL and return its exit status."""
    if os.environ.get(URL_VARIABLE):
        return subprocess.run(command, check=False).returncode
    binaries = find_binaries()
    if binaries is None:
        sys.stdout.write(f"PostgreSQL tests skipped: no server programs found and {URL_VARIABLE} is not set\n")
        return 1 if must_be_complete() else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster is removed
    with cluster(binaries) as url:
        return _run(command, {**os.environ, URL_VARIABLE: url})


def _run(command: list[str], environment: dict[str, str]) -> int:
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()  # it got the same Ctrl-C and is on its way out
        finally:
            if process.poll() is None:
                process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
