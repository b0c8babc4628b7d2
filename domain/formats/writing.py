"""Write rows to a file that is there whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")
_ROWS_AT_ONCE = 2_000
Writer = Callable[[Path, Mapping[str, type], Iterable[Mapping[str, Any]]], int]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that takes its place, safely on disk, when all went well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def write_jsonl(path: Path, columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write one JSON object a line, each with every column; return how many rows there were."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last one is the answer
            said = {name: row.get(name) for name in columns}
            file.write(json.dumps(said, ensure_ascii=False) + "\n")
    return count


def write_csv(path: Path, columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write CSV whose text cells no spreadsheet takes for a formula: such cells begin with an added quote."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last one is the answer
            writer.writerow([_cell(row.get(name), kind) for name, kind in columns.items()])
    return count


def write_parquet(path: Path, columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write Parquet with typed columns, some thousand rows to a group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for part in _parts(rows):
            count += len(part)
            writer.write_table(
                pa.Table.from_pylist([{name: row.get(name) for name in columns} for row in part], schema)
            )
    return count


WRITERS: dict[str, Writer] = {".jsonl": write_jsonl, ".csv": write_csv, ".parquet": write_parquet}


def inert(text: str) -> str:
    """Return a text that a spreadsheet does not run."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cell(value: Any, kind: type) -> Any:
    return inert(value) if kind is str and isinstance(value, str) else value


def _parts(rows: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    part: list[Mapping[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part
