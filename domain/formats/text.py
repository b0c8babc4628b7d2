"""Lines of a text file, plain or gzipped: UTF-8, with budgets, each with what is wrong with it."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from domain.formats.rows import MAX_LINE, Problem, Source, shown

MAX_UNPACKED = 8 * 2**30  # bytes of one gzipped file
MAX_RATIO = 250  # unpacked to packed: text reaches 50, a file made to fill a disk 1,000
MAX_EMPTY_LINES = 2**20  # one after another; no field that we take holds more
_RATIO_COUNTS_FROM = 16 * 2**20
_GZIP = b"\x1f\x8b"
_BAD = re.compile("[\x00\ud800-\udfff]")


class Unreadable(Exception):
    """Nothing after this place in a file can be read."""

    def __init__(self, reason: str, *, value: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value


def is_gzipped(source: Source) -> bool:
    """Say whether a file is gzipped, by its first bytes rather than by its name."""
    with source.open() as file:
        return file.read(2) == _GZIP


class _Unpacking(io.RawIOBase):
    """Unpack gzip up to a budget, so that a small file cannot fill the machine."""

    def __init__(self, packed: BinaryIO, packed_size: int) -> None:
        self._stream = gzip.GzipFile(fileobj=packed)
        self._limit = min(MAX_UNPACKED, max(_RATIO_COUNTS_FROM, packed_size * MAX_RATIO))
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # the stubs want a wider type
        try:
            count = self._stream.readinto(buffer)
        except (EOFError, OSError, zlib.error) as error:
            raise Unreadable(f"the gzip stream is damaged: {error}") from None
        self._read += count
        if self._read > self._limit:
            raise Unreadable(f"unpacks to more than {self._limit // 2**20} MB, out of proportion to its size")
        return count


@contextmanager
def open_bytes(source: Source) -> Iterator[io.BufferedReader]:
    """Open a file for reading, unpacked where it is gzipped."""
    gzipped = is_gzipped(source)
    with source.open() as file:
        yield io.BufferedReader(_Unpacking(file, source.size) if gzipped else _as_raw(file), 2**16)


def _as_raw(file: BinaryIO) -> io.RawIOBase:
    return _Reading(file)


class _Reading(io.RawIOBase):
    """Give any binary file, such as an upload, the interface that a text layer needs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # the stubs want a wider type
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Lines:
    """Iterate over a file's lines and keep the problems of those that hold what cannot be stored.

    A bad line is yielded too, with its bad characters replaced, so that a reader of records keeps its place;
    ``take_problems`` then says what to report instead of the record.
    """

    def __init__(self, source: Source, file: io.BufferedReader, *, universal: bool) -> None:
        self._name = source.name
        # Bytes that are not UTF-8 come as lone surrogates, which tell the line they stand in.
        self._text = io.TextIOWrapper(
            file, encoding="utf-8-sig", errors="surrogateescape", newline="" if universal else "\n"
        )
        self._problems: list[Problem] = []
        self._empty = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_LINE + 1):
            self.number += 1
            self._empty = self._empty + 1 if line.isspace() else 0
            if self._empty > MAX_EMPTY_LINES:
                raise Unreadable(f"{self._empty:,} lines without anything follow one another")
            if len(line) > MAX_LINE:
                raise Unreadable(f"a line is longer than {MAX_LINE // 2**20} million characters")
            yield self._checked(line)

    def take_problems(self) -> list[Problem]:
        """Return the problems since the last call."""
        taken, self._problems = self._problems, []
        return taken

    def _checked(self, line: str) -> str:
        if found := _BAD.search(line):
            around = _legible(line[max(0, found.start() - 20) : found.start() + 20])
            self._problems.append(Problem(self._name, self.number, "", shown(around), _what_is_wrong(found[0])))
            return _BAD.sub("\ufffd", line)
        return line


def _legible(text: str) -> str:
    """Show bytes that are not UTF-8 by their number."""
    return text.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _what_is_wrong(char: str) -> str:
    if char == "\x00":
        return "character U+0000 cannot be stored (a file in UTF-16 is full of them: save it as UTF-8)"
    return f"byte 0x{ord(char) - 0xDC00:02X} is not UTF-8; save the file as UTF-8"
