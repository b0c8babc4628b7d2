"""Launching from a page: the same form is one run, however often and however fast it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction

from domain.models import Project
from judges import planning
from judges.models import Run

WAIT_S = 10.0  # for a launch that is under way; its transaction takes some milliseconds unless something is wrong


class StillLaunching(Exception):
    """The same launch is being put on record by another request, which has not come to an end."""


def launch(*, project: Project, key: str, user: User, **order: Any) -> Run:
    """Put a run on record for workers to plan and drain, or return the one that this key has launched.

    Raises planning.IdempotencyConflict for another order under the same key, and StillLaunching.
    """
    with _waiting_briefly():
        return planning.create_run(project=project, user=user, idempotency_key=key, **order)


@contextmanager
def _waiting_briefly() -> Iterator[None]:
    """Do something in a transaction that waits for others at most so long. Raises StillLaunching."""
    try:
        with _patience(round(WAIT_S * 1000)), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {round(WAIT_S * 1000)}")
            yield
    except OperationalError as error:
        if not _is_about_a_lock(error):
            raise
        raise StillLaunching from error


@contextmanager
def _patience(milliseconds: int) -> Iterator[None]:
    """Have SQLite wait at most so long for its one writer, and as long as before afterwards."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


def _is_about_a_lock(error: OperationalError) -> bool:
    return any(words in str(error) for words in ("database is locked", "lock timeout"))  # of SQLite, of PostgreSQL
