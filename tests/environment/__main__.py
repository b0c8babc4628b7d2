"""Find what the tests need, install it where we may, and say what is missing: ``python -m tests.environment``."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.environment import chromium, must_be_complete, redis
from tests.environment.postgresql import URL_VARIABLE, find_binaries

INSTALLER = Path(__file__).resolve().parents[2] / "scripts" / "apt-install"


def main() -> int:
    """Return 0 when the tests can run: with everything, or without it where a skip is acceptable."""
    complete = provide("Chromium", chromium.find_chromium, chromium.PACKAGES)
    complete = provide("Redis", redis.find_redis, redis.PACKAGES) and complete
    if not os.environ.get(URL_VARIABLE):
        complete = provide("PostgreSQL", find_binaries, ("postgresql",)) and complete
    return 0 if complete or not must_be_complete() else 1


def provide(what: str, find: Callable[[], object], packages: tuple[str, ...]) -> bool:
    """Find a program, by installing it if need be, and report the outcome."""
    if not find() and can_install():
        sys.stdout.write(f"installing {what}\n")
        sys.stdout.flush()
        subprocess.run([INSTALLER, *packages], check=False)
    found = find()
    sys.stdout.write(f"{what}: {found or 'missing; its tests are skipped. Install: ' + ' '.join(packages)}\n")
    return bool(found)


def can_install() -> bool:
    return os.getuid() == 0 and Path("/usr/bin/apt-get").exists()


if __name__ == "__main__":
    sys.exit(main())
