"""A file as blocks of text columns, and what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

Text = str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one place of a file."""

    line: int | None
    column: str | None
    value: str | None
    reason: str


class BadFileError(ValueError):
    """A file that cannot be read as asked, with the places to mend."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(_sentence(path, problem) for problem in problems))


def _sentence(path: Path, problem: Problem) -> str:
    parts = [str(path)]
    if problem.line is not None:
        parts.append(f"line {problem.line}")
    if problem.column is not None:
        parts.append(f"column {problem.column}")
    if problem.value is not None:
        shown = problem.value if len(problem.value) <= 80 else problem.value[:77] + "..."
        parts.append(f"value {shown!r}")
    return ", ".join(parts) + f": {problem.reason}"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A block of a column that arrives as places in a list of texts."""

    codes: NDArray[Any]
    texts: Sequence[Text]


Block = Sequence[Text] | Encoded


class Source(Protocol):
    """A file as blocks of text columns."""

    path: Path

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        ...

    def blocks(self, columns: Sequence[str]) -> Iterator[list[Block]]:
        """Yield blocks of rows, one entry per column asked for."""
        ...

    def line_of(self, row: int) -> int:
        """Return the line on which a row (counted from 0) ends, counted from 1; slow, for error messages."""
        ...
