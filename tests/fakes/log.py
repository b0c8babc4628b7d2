"""The append-only record of every call that reached the fake provider: what a ledger is compared with."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, written when the server has decided on its answer and before it sends it.

    ``usage`` holds the tokens that the provider bills (input_uncached, cache_read, output, thinking); None where an
    error means that nothing was billed. ``attempt`` counts the calls with the same body, from 1. ``batch`` names the
    batch that the call came in.
    """

    id: int
    time: float
    path: str
    model: str
    request_hash: str
    attempt: int
    status: int
    fault: str | None
    usage: dict[str, int] | None
    batch: str = ""


class CallLog:
    """Calls in order of arrival, in memory and, if a path is given, as JSON lines in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self._records: list[CallRecord] = []
        self._lock = threading.Lock()
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def add(self, record: CallRecord) -> None:
        """Append a call."""
        with self._lock:
            self._records.append(record)
            if self._file is not None:
                self._file.write(json.dumps(asdict(record)) + "\n")
                self._file.flush()

    def records(self, *, after: int = 0) -> list[CallRecord]:
        """Return the calls whose id is greater than ``after``."""
        with self._lock:
            return [record for record in self._records if record.id > after]

    def __len__(self) -> int:
        return len(self._records)

    def faults(self) -> list[str | None]:
        """Return what was done to each call, in order: a fault's name, or None."""
        return [record.fault for record in self.records()]

    def billed(self) -> dict[str, int]:
        """Return the billed tokens summed over all calls."""
        total: dict[str, int] = {}
        for record in self.records():
            for kind, count in (record.usage or {}).items():
                total[kind] = total.get(kind, 0) + count
        return total

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
