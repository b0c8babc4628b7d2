"""Columns of text out of CSV, JSON lines, JSON and Parquet files, a block at a time."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from analysis.tables import BadFileError, Block, Encoded, Problem, Source, Text
from analysis.text_files import NotTextError, open_text

BLOCK = 500  # rows of text at a time: what fits the processor's cache is read four times faster than 20,000
BATCH = 65_536  # rows of Parquet
DELIMITERS = ",;\t|"
LONGEST_FIELD = 64 * 1024 * 1024  # characters; the csv module's own limit is shorter than long responses


def open_source(path: Path) -> Source:
    """Return the reader for a file, by its suffix."""
    kinds: dict[str, type[CsvSource] | type[JsonLinesSource] | type[JsonSource] | type[ParquetSource]] = {
        ".csv": CsvSource,
        ".jsonl": JsonLinesSource,
        ".json": JsonSource,
        ".parquet": ParquetSource,
    }
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise BadFileError(path, [Problem(None, None, None, f"unknown kind of file; use {', '.join(kinds)}")])
    return kind(path)


@contextmanager
def _text(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    try:
        with open_text(path, newline=newline) as file:
            yield file
    except NotTextError as error:
        raise BadFileError(path, [Problem(error.line, None, error.value, error.reason)]) from error


class CsvSource:
    """UTF-8 with a header line, and whichever of DELIMITERS that line has most of."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def columns(self) -> tuple[str, ...]:
        """Return the header."""
        header = next((row for _, row in self._rows()), None)
        if header is None:
            raise BadFileError(self.path, [Problem(None, None, None, "the file is empty; a header line is needed")])
        names = tuple(name.strip() for name in header)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadFileError(self.path, [Problem(1, twice, None, "the header names this column twice")])
        return names

    def blocks(self, columns: Sequence[str]) -> Iterator[list[Block]]:
        """Yield blocks of the columns; a row of another width than the header is an error."""
        header = self.columns()
        places = [header.index(name) for name in columns]
        with self._reader() as reader:
            next(row for row in reader if row)  # the header
            while block := list(itertools.islice(reader, BLOCK)):
                turned = self._turned(block, len(header))
                yield [turned[place] for place in places]

    def _turned(self, block: list[list[str]], width: int) -> list[tuple[str, ...]]:
        """Return the columns of rows that are all as wide as the header, empty lines left out."""
        widths = set(map(len, block))
        if 0 in widths:
            block = [row for row in block if row]
        if widths - {0, width}:
            self._refuse_width(width)
        return list(zip(*block, strict=True)) or [()] * width

    def line_of(self, row: int) -> int:
        """Read again up to the row: fields may hold line breaks, so only the reader knows."""
        return next(itertools.islice(self._rows(), row + 1, None))[0]

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        csv.field_size_limit(LONGEST_FIELD)
        delimiter = self._delimiter()
        with _text(self.path, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                yield reader
            except csv.Error as error:
                problem = Problem(reader.line_num + 1, None, None, f"not readable as CSV: {error}")
                raise BadFileError(self.path, [problem]) from error

    def _delimiter(self) -> str:
        with _text(self.path) as file:
            header = next((line for line in file if line.strip()), "")
        return max(DELIMITERS, key=header.count)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines' numbers and rows, header first; the number needs the slow way, row by row."""
        with self._reader() as reader:
            for row in reader:
                if row:
                    yield reader.line_num, row

    def _refuse_width(self, width: int) -> None:
        for line, row in self._rows():
            if len(row) != width:
                reason = f"{len(row)} fields, but the header has {width}"
                raise BadFileError(self.path, [Problem(line, None, None, reason)])


class JsonLinesSource:
    """One JSON object per line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def columns(self) -> tuple[str, ...]:
        """Return the keys of the first object; later ones may have more, which are ignored."""
        first = next((record for _, record in self._records()), None)
        if first is None:
            raise BadFileError(self.path, [Problem(None, None, None, "the file holds no row")])
        return tuple(first)

    def blocks(self, columns: Sequence[str]) -> Iterator[list[Block]]:
        """Yield blocks of the columns; a key that is absent is a missing value."""
        records = self._records()
        while block := list(itertools.islice(records, BLOCK)):
            yield [self._texts(block, name) for name in columns]

    def line_of(self, row: int) -> int:
        """Read again up to the row, since blank lines do not count."""
        return next(itertools.islice(self._records(), row, None))[0]

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with _text(self.path) as file:
            for line, text in enumerate(file, start=1):
                if not text.isspace():
                    yield line, self._object(line, self._parsed(line, text))

    def _parsed(self, line: int, text: str) -> Any:
        try:
            return _JSON.decode(text)
        except (ValueError, RecursionError) as error:
            raise BadFileError(self.path, [Problem(line, None, None, f"not valid JSON: {error}")]) from error

    def _object(self, line: int, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            reason = f"a row must be an object with named columns, not {type(value).__name__}"
            raise BadFileError(self.path, [Problem(line, None, None, reason)])
        return value

    def _texts(self, block: list[tuple[int, dict[str, Any]]], column: str) -> list[Text]:
        values = [record.get(column) for _, record in block]
        if set(map(type, values)) <= {str, type(None)}:
            return values
        return [self._text(line, column, record.get(column)) for line, record in block]

    def _text(self, line: int, column: str, value: Any) -> Text:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
        reason = f"must be text or a number, not {type(value).__name__}"
        raise BadFileError(self.path, [Problem(line, column, None, reason)])


class JsonSource(JsonLinesSource):
    """One JSON array of objects; lines count the objects."""

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with _text(self.path) as file:
            whole = self._parsed(1, file.read())
        if not isinstance(whole, list):
            raise BadFileError(self.path, [Problem(None, None, None, "must hold one array of objects")])
        for place, value in enumerate(whole, start=1):
            yield place, self._object(place, value)


class ParquetSource:
    """A Parquet file, read a row group's batch at a time; lines count the rows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def columns(self) -> tuple[str, ...]:
        """Return the names of the top-level columns."""
        return tuple(self._file().schema_arrow.names)

    def blocks(self, columns: Sequence[str]) -> Iterator[list[Block]]:
        """Yield blocks whose text columns arrive as dictionaries, so that each name is decoded once."""
        import pyarrow as pa

        try:
            for batch in self._file(columns).iter_batches(batch_size=BATCH, columns=list(columns)):
                yield [_block(batch.column(name)) for name in columns]
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BadFileError(self.path, [Problem(None, None, None, f"not readable as Parquet: {error}")]) from error

    def line_of(self, row: int) -> int:
        """Rows of a Parquet file have no lines; count them from 1."""
        return row + 1

    def _file(self, dictionaries: Sequence[str] = ()) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.path, read_dictionary=list(dictionaries))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BadFileError(self.path, [Problem(None, None, None, f"not readable as Parquet: {error}")]) from error


def _block(column: Any) -> Block:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return [_as_text(value) for value in column.to_pylist()]
    texts = [_as_text(value) for value in column.dictionary.to_pylist()]
    known, codes = _buffers(column.indices)
    return Encoded(np.where(known, codes, len(texts)), [*texts, None])


def _buffers(indices: Any) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Return which places of an Arrow array are known, and its integers, from its memory.

    Its own conversion imports every data frame library it finds, which takes longer than a million rows.
    """
    validity, data = indices.buffers()
    part = slice(indices.offset, indices.offset + len(indices))
    codes = np.frombuffer(data, dtype=f"i{indices.type.bit_width // 8}")[part]
    if validity is None:
        return np.ones(len(codes), dtype=np.bool_), codes
    return np.unpackbits(np.frombuffer(validity, dtype=np.uint8), bitorder="little")[part].astype(np.bool_), codes


def _as_text(value: Any) -> Text:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON; use null for a missing value")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)  # made once: loads() would make one per line
