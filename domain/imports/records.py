"""What a row says, in our words and without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.choices import Answer, Unscored
from domain.formats import Problem, Row, shown


class Rejected(ValueError):
    """A value of a row that cannot be imported."""

    def __init__(self, column: str, value: Any, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value
        self.reason = reason

    def at(self, row: Row) -> Problem:
        """Return the problem with its place."""
        return Problem(row.file, row.line, self.column, shown(self.value), self.reason)


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """A system with its id in the files."""

    row: Row
    name: str
    external_id: str = ""
    family: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """What systems were asked."""

    row: Row
    external_id: str
    turns: list[dict[str, str]]
    reference: str = ""
    tags: list[str] = field(default_factory=list)
    split: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A response as a row names it."""

    prompt: str
    system: str
    sample: int = 0


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """What a system answered."""

    row: Row
    target: Target
    content: str | None
    column: str = ""  # where the text stands, for errors
    latency_ms: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RaterName:
    """Who answered."""

    kind: str
    name: str

    @property
    def identity(self) -> str:
        """Return the identity under which an imported rater is found again; no signed-in person has such a one."""
        return f"import:{self.name}"


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """One rater's answer about one response, or about two in the order they were shown.

    ``answers`` is by criterion name and in the shown frame; ``about`` names the criteria that were asked, also where
    there is no answer. ``apart`` tells verdicts apart that the same rater gave
    about the same responses: a repeat, or the opponent beside which a response was scored.
    """

    row: Row
    targets: tuple[Target, ...]
    rater: RaterName
    about: tuple[str, ...]
    answers: Mapping[str, Answer] | Unscored
    column: str = ""
    rationale: str = ""
    confidence: int | None = None
    given_at: datetime | None = None
    apart: str = ""

    @property
    def is_battle(self) -> bool:
        """Say whether it is a vote rather than a rating."""
        return len(self.targets) == 2


Record = SystemRecord | PromptRecord | ResponseRecord | VerdictRecord
