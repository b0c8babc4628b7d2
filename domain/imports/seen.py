"""What an import has met so far: on disk rather than in memory, so that ten million rows need no more than ten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

_AT_ONCE = 500


class Sighting(NamedTuple):
    """What was said under a key, and where."""

    digest: bytes
    place: str


class Seen:
    """Keys with what was said under them, in a private temporary database that goes when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, digest BLOB, place TEXT) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Sighting]:
        """Return what is known about some keys."""
        found: dict[bytes, Sighting] = {}
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, digest, place FROM seen WHERE key IN ({marks})"  # noqa: S608 - marks only
            found |= {key: Sighting(digest, place) for key, digest, place in self._database.execute(query, part)}
        return found

    def add(self, rows: Iterable[tuple[bytes, bytes, str]]) -> None:
        """Keep new keys."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")
