"""The batch APIs of the fake provider: what both vendors' have in common, and how a test makes them behave."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.http1 import HttpRequest, HttpResponse
from tests.fakes.wire import WireError

DAY_S = 24 * 3600
NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class BatchMode:
    """How batches go. Their answers come in an order of their own, and each call keeps the faults of Settings.

    ``seconds`` is how long one takes; None: until a test says finish(). The share ``expiring`` of its calls is not
    made in time, ``done_by_cancel`` those that a cancel comes too late for, and ``missing`` those with no line at all.
    ``refused`` is why the whole of it fails, with its code. ``lost`` is how many of the next jobs are taken without
    the answer that says so ("reset"); ``status`` is what the next creations are refused with.
    """

    seconds: float | None = 0.0
    expiring: float = 0.0
    done_by_cancel: float = 0.5
    missing: float = 0.0
    refused: tuple[str, str] = ("", "")
    lost: int = 0
    status: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """One call of a batch, as it was handed in."""

    custom_id: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Made:
    """What one call of a batch has brought."""

    status: int
    document: dict[str, Any]
    request_id: str


Maker = Callable[[str, Line], Made]


@dataclass
class Job:
    """One batch. ``results`` has a call's end by its name: what it brought, "expired", "cancelled" or "missing"."""

    name: str
    lines: list[Line]
    metadata: dict[str, str] = field(default_factory=dict)
    path: str = ""
    input_file: str = ""
    number: int = field(default_factory=lambda: next(NUMBERS))
    created: float = field(default_factory=time.time)
    finished: bool = False
    cancelled: bool = False
    refused: tuple[str, str] = ("", "")
    results: dict[str, Made | str] = field(default_factory=dict)
    ended: float | None = None

    def finish(self) -> None:
        """Let it end, whatever its mode says."""
        self.finished = True

    def is_over(self, mode: BatchMode, make: Maker) -> bool:
        """Say whether it has ended by now; then its calls have been made."""
        late = mode.seconds is not None and time.time() >= self.created + mode.seconds
        if self.ended is None and (self.finished or self.cancelled or late or self.refused[0]):
            self.ended = time.time()
            if not self.refused[0]:
                self._make(mode, make)
        return self.ended is not None

    def _make(self, mode: BatchMode, make: Maker) -> None:
        for line in self.lines:
            draw = random.Random(f"{self.name}:{line.custom_id}").random()
            if self.cancelled and draw >= mode.done_by_cancel:
                self.results[line.custom_id] = "cancelled"
            elif not self.cancelled and draw < mode.expiring:
                self.results[line.custom_id] = "expired"
            else:
                made = make(self.name, line)
                self.results[line.custom_id] = "missing" if draw >= 1 - mode.missing else made

    def in_their_own_order(self) -> list[tuple[str, Made | str]]:
        """Return the results in an order that is not that of the calls."""
        found = [(name, made) for name, made in self.results.items() if made != "missing"]
        random.Random(self.name).shuffle(found)
        return found

    def count(self, end: str) -> int:
        """Return how many calls ended so: "ok", "error", or one of the ends of ``results``."""
        return sum(
            (made if isinstance(made, str) else "ok" if made.status == 200 else "error") == end
            for made in self.results.values()
        )


class Desk(Protocol):
    """One vendor's batch API."""

    jobs: dict[str, Job]

    def takes(self, path: str) -> bool:
        """Say whether a path is one of this API."""

    def answer(self, request: HttpRequest, mode: BatchMode) -> HttpResponse:
        """Answer one request."""

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""


def taken(job: Job, jobs: dict[str, Job], mode: BatchMode, answer: HttpResponse) -> HttpResponse:
    """Take a job in; the answer is lost on its way if the mode says so."""
    lost = len(jobs) < mode.lost
    jobs[job.name] = job
    return HttpResponse(200, b"", breakage="reset") if lost else answer
