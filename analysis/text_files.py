"""Text files opened as UTF-8, with the line of what is not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32 begins like the first of them, or with zeros


class NotTextError(ValueError):
    """A file that is not UTF-8, from ``line`` on."""

    def __init__(self, line: int | None, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.line, self.value, self.reason = line, value, reason


@contextmanager
def open_text(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """Open a file for reading; what is not UTF-8 raises NotTextError where the reader comes upon it."""
    with path.open("rb") as file:
        first = file.read(4)
    if first.startswith(_WIDE) or b"\0" in first:
        raise NotTextError(1, None, "the file is UTF-16 or no text at all; save it as UTF-8")
    with path.open(encoding="utf-8-sig", newline=newline) as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            raise _first_that_is_not_utf8(path) from error


def _first_that_is_not_utf8(path: Path) -> NotTextError:
    """Read again line by line: text is decoded in blocks, so the error does not know its line."""
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):  # a line feed is never part of another character of UTF-8
            try:
                raw.decode()
            except UnicodeDecodeError as error:
                around = raw[max(0, error.start - 20) : error.start + 20].decode(errors="replace").strip()
                byte = f"0x{raw[error.start]:02x}"
                reason = f"byte {byte} is not UTF-8; save the file as UTF-8, not as Latin-1 or Windows-1252"
                return NotTextError(line, around, reason)
    return NotTextError(None, None, "not UTF-8 when it was first read, and changed since")
