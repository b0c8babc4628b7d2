"""What the batch APIs of the vendors have in common: a job of many calls, answered within a day at half the price."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from judges.providers.base import ProviderError, Reply, Request, Transient

SUBMIT_DEADLINE_S = 300.0  # of an upload
FETCH_DEADLINE_S = 900.0  # of a download of results
MOST_RESULTS = 512_000_000  # bytes
LONGEST_LINE = 8_000_000
NAME = re.compile(r"(\d{1,19})-(\d{1,10})-(\w{1,33})", re.ASCII)  # of a call: see custom_id()

Sink = Callable[[bytes], object]


class GivenBack(Transient):
    """The provider gives a call back without having asked the model: nothing is paid, and nobody is to blame."""


class Undecided(Transient):
    """Whether a job arrived cannot be said yet."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one job may hold."""

    calls: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a job, under the name by which its answer will be known."""

    custom_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is, as the provider says. ``over``: nothing more will happen to it.

    ``failed`` says why none of its calls was made; ``queue_is_full``: because too much is waiting already. ``files``
    name what holds the answers, where the provider keeps them in files. ``cancelled``: by us, or by somebody else.
    """

    vendor_id: str
    over: bool
    answered: int = 0
    expires_at: datetime | None = None
    failed: str = ""
    queue_is_full: bool = False
    cancelled: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one call of a job: a reply that is paid for, or an error."""

    custom_id: str
    reply: Reply | None = None
    error: ProviderError | None = None


class BatchApi(Protocol):
    """One judge model behind one vendor's batch API. Methods raise ProviderErrors and nothing else."""

    limits: Limits

    def body(self, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the body of a call and the names of the settings that were withheld."""

    async def submit(self, calls: Sequence[Call], mark: str) -> Job:
        """Hand a job in. ``mark`` is a name of ours by which find() knows it again."""

    async def find(self, mark: str, size: int, since: datetime, known: frozenset[str]) -> Job | None:
        """Return the job of a mark, or None if it never arrived. Raises Undecided when it is too early to say.

        ``known`` are jobs that have another mark; ``since`` is shortly before it was handed in.
        """

    async def look(self, vendor_id: str) -> Job:
        """Return how far a job is."""

    async def cancel(self, vendor_id: str) -> Job:
        """Ask the provider to stop; what it has answered by then stays. A job that is over stays as it is."""

    async def fetch(self, job: Job, sink: Sink) -> None:
        """Pass on the lines with the answers of a job that is over, in any order."""

    def read(self, line: bytes) -> Answer | None:
        """Return what a line says, or None for one that cannot be read."""

    async def aclose(self) -> None:
        """Close the connections."""


def custom_id(cell_id: int, epoch: int, mark: str) -> str:
    """Return the name of a call: its cell, its epoch, and the mark of its job. At most 64 of [A-Za-z0-9_-]."""
    return f"{cell_id}-{epoch}-{mark}"


def attempt_of(name: str, mark: str) -> tuple[int, int] | None:
    """Return the cell and the epoch in the name of a call, or None for a name that is not of this job."""
    parts = NAME.fullmatch(name)
    return (int(parts[1]), int(parts[2])) if parts and parts[3] == mark else None


def line_of(document: Mapping[str, Any]) -> bytes:
    """Return a document as one line of JSON."""
    return json.dumps(document, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
