"""``jurybox up``, as a real process on a real port."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JURYBOX_", "DJANGO_"))}
    return {**kept, "JURYBOX_HOME": str(home), "JURYBOX_HTTPS": "0", **changes}


def up(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "jurybox.cli", "up", *arguments]


@contextmanager
def running(home: Path, *arguments: str, **changes: str):
    port = free_port()
    changes.setdefault("JURYBOX_SECRET_KEY", secrets.token_urlsafe(50))
    log = home.parent / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            up("--port", str(port), *arguments),
            cwd=ROOT,
            env=environment(home, **changes),
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: b"Jurybox" in log.read_bytes(), process, log)
        yield f"http://127.0.0.1:{port}", process, log
    finally:
        process.terminate()
        process.wait(40)


def wait_until(condition, process, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_up_makes_an_admin_serves_and_stops_without_leaving_anything(tmp_path):
    with running(tmp_path / "home") as (address, process, log):
        assert get(f"{address}/healthz")[0] == 200
        status, page = get(f"{address}/login/")
        assert (status, "password" in page) == (200, True)
        assert "sign in as admin with password" in log.read_text()
        assert get(f"{address}/static/css/base.css")[0] == 200
        children = children_of(process.pid)
        assert len(children) == 2  # web server and worker
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
        assert not [child for child in children if Path(f"/proc/{child}").exists()]


def test_a_worker_that_dies_is_started_again(tmp_path):
    with running(tmp_path / "home") as (_, process, log):
        worker = children_of(process.pid)[1]
        time.sleep(2.1)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: b"worker ended" in log.read_bytes(), process, log, seconds=15)
        assert worker not in children_of(process.pid)


@pytest.mark.parametrize("key", ["", "changeme", "django-insecure-" + "x" * 50])
def test_up_refuses_a_missing_or_known_key(tmp_path, key):
    done = subprocess.run(
        up(), cwd=ROOT, env=environment(tmp_path, JURYBOX_SECRET_KEY=key), capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "JURYBOX_SECRET_KEY" in done.stderr
    assert not (tmp_path / "jurybox.sqlite3").exists()


def test_up_refuses_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            up("--port", str(port)),
            cwd=ROOT,
            env=environment(tmp_path, JURYBOX_SECRET_KEY=secrets.token_urlsafe(50)),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr
