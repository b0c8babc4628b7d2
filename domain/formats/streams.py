"""Rows as the text of a download, piece by piece: nothing of it is kept in memory or on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.formats.writing import inert

AT_ONCE = 500  # rows in one piece


class _Echo:
    """A file whose write returns what is written, for csv.writer."""

    def write(self, text: str) -> str:
        return text


def csv_pieces(columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield CSV whose text cells no spreadsheet takes for a formula, as formats.writing.write_csv does."""
    writer = csv.writer(_Echo())
    yield from _joined(_csv_lines(writer, columns, rows))


def _csv_lines(writer: Any, columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([inert(cell) if isinstance(cell := row.get(name), str) else cell for name in columns])


def jsonl_pieces(columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield one JSON object a line, each with every column."""
    yield from _joined(json.dumps({name: row.get(name) for name in columns}, ensure_ascii=False) + "\n" for row in rows)


def _joined(lines: Iterable[str]) -> Iterator[str]:
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) == AT_ONCE:
            yield "".join(piece)
            piece = []
    if piece:
        yield "".join(piece)


PIECES = {"csv": csv_pieces, "jsonl": jsonl_pieces}
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
