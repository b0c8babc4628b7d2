"""First come, first served for the threads of a process that write to SQLite.

SQLite lets one transaction write at a time, and who waits looks again by chance: among fifty threads some never get
their turn before their time is up. In line they all do. PostgreSQL keeps a line of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.db import connection


class Line:
    """A lock that is handed on in the order in which threads came."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hand it on at the end."""
        mine = Lock()
        with self._guard:
            self._waiting.append(mine)
            if len(self._waiting) > 1:
                mine.acquire()  # held until whoever is ahead lets go
        mine.acquire()
        try:
            yield
        finally:
            with self._guard:
                self._waiting.popleft()
                if self._waiting:
                    self._waiting[0].release()


_LINE = Line()


@contextmanager
def in_line() -> Iterator[None]:
    """Wait for the other threads of this process where the database is SQLite and no transaction has begun."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _LINE.turn():
        yield
