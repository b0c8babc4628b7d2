"""Files in, rows out: one module per file format, and no database.

``read(source, name_of_format)`` yields rows and problems in the order of the file. A problem never raises: it stands in
the place of the row, or of all that follows where nothing more can be read.
"""

from __future__ import annotations

from collections.abc import Callable

from domain.formats.csv import read_csv
from domain.formats.jsonl import read_json_array, read_jsonl
from domain.formats.parquet import read_parquet
from domain.formats.rows import Problem, Row, Rows, Source, shown
from domain.formats.text import Unreadable, open_bytes

__all__ = ["READERS", "Problem", "Row", "Rows", "Source", "detect", "read", "shown"]

READERS: dict[str, Callable[[Source], Rows]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "json": read_json_array,
    "parquet": read_parquet,
}
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or a spreadsheet; save the sheet as CSV",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"BZh": "packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz; unpack it, or pack it with gzip",
    b"%PDF": "a PDF",
}


def read(source: Source, form: str = "auto") -> Rows:
    """Yield a file's rows; ``auto`` tells the format by the file's first bytes, then by its name."""
    try:
        if form == "auto":
            form = detect(source)
    except Unreadable as error:
        yield Problem(source.name, 0, "", error.value, error.reason)
        return
    yield from READERS[form](source)


def detect(source: Source) -> str:
    """Return the format of a file, or raise Unreadable with what it is instead."""
    with source.open() as file:
        if file.read(4) == b"PAR1":
            return "parquet"
    with open_bytes(source) as file:
        head = file.read(4096)
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise Unreadable(f"this is {what}")
    stem = source.name.lower().removesuffix(".gz")
    if stem.endswith((".csv", ".tsv")):
        return "csv"
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not first:
        raise Unreadable("the file is empty")
    return {b"{": "jsonl", b"[": "json"}.get(first, "csv")
