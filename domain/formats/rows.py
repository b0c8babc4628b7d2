"""What every reader yields: rows with the place they came from, and problems that say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MAX_LINE = 16 * 2**20  # characters of one line
MAX_FIELD = 2**20  # characters of one CSV field
MAX_ROWS = 50_000_000  # of one file
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: values by column, and where it stands (a line of a text, a row of a table)."""

    file: str
    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row, or the rest of a file, was rejected. Line 0 is the file itself."""

    file: str
    line: int
    column: str
    value: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON, tables and the record."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
        }


Rows = Iterator[Row | Problem]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, any number of times: a path, an upload, or a buffer in a test."""

    name: str
    open: Callable[[], BinaryIO]
    size: int

    @classmethod
    def at(cls, path: Path) -> Source:
        """Return the source for a file on disk."""
        return cls(name=path.name, open=lambda: path.open("rb"), size=path.stat().st_size)


def shown(value: Any) -> str:
    """Return a value as an error shows it: short, on one line, nothing invisible in it."""
    text = value if isinstance(value, str) else "" if value is None else repr(value)
    text = text[: _SHOWN + 1]
    visible = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    return visible if len(visible) <= _SHOWN else visible[: _SHOWN - 1] + "…"
