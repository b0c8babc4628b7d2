"""Parquet, through pyarrow, batch by batch within budgets: a small file can declare little and unpack to a lot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.formats.rows import MAX_ROWS, Problem, Row, Rows, Source, shown
from domain.formats.text import Unreadable
from domain.parsers import BadJSON, refuse_unstorable

MAX_COLUMNS = 1_000
MAX_GROUP = 2**30  # bytes that one row group may declare
MAX_UNPACKED = 8 * 2**30
MAX_TEXT = 4 * 2**20  # bytes of one text that rows refer to
_BYTES_AT_ONCE = 32 * 2**20
_ROWS_AT_ONCE = 500
_NESTED_ROWS_AT_ONCE = 50


def read_parquet(source: Source) -> Rows:
    """Yield the rows of a Parquet file; ``line`` counts them from 1."""
    import pyarrow as pa

    number = 0
    try:
        for values in _values(source):
            number += 1
            yield _row(source.name, number, values)
    except Unreadable as error:
        yield Problem(source.name, number, "", "", error.reason)
    except (pa.ArrowException, OSError, ValueError, OverflowError, NotImplementedError) as error:
        yield Problem(source.name, number, "", "", f"not readable as Parquet: {shown(str(error))}")


def _values(source: Source) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    with source.open() as stream:
        texts = _text_leaves(pq.ParquetFile(stream, **_limits()))
        # Read as dictionaries, so that a text written once and repeated in every row is held once.
        file = pq.ParquetFile(stream, **_limits(), read_dictionary=texts)
        _check_budget(file.metadata)
        unpacked = 0
        for batch in file.iter_batches(batch_size=_batch_size(file)):
            unpacked += batch.nbytes
            if unpacked > MAX_UNPACKED:
                raise Unreadable(f"unpacks to more than {MAX_UNPACKED // 2**30} GB")
            yield from _rows_of(batch)


def _limits() -> dict[str, int]:
    return {"thrift_string_size_limit": 100 * 2**20, "thrift_container_size_limit": 10**6}


def _text_leaves(file: Any) -> list[str]:
    leaves = (file.schema.column(index) for index in range(len(file.schema)))
    return [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]


def _batch_size(file: Any) -> int:
    """Return how many rows to hold at once: fewer where rows are large, or nested, which unfolds what is shared."""
    rows = max(1, file.metadata.num_rows)
    declared = sum(file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups))
    nested = any("." in file.schema.column(index).path for index in range(len(file.schema)))
    most = _NESTED_ROWS_AT_ONCE if nested else _ROWS_AT_ONCE
    return int(max(1, min(most, _BYTES_AT_ONCE * rows // max(1, declared))))


def _check_budget(metadata: Any) -> None:
    if metadata.num_rows > MAX_ROWS:
        raise Unreadable(f"{metadata.num_rows:,} rows; a file may have {MAX_ROWS:,}")
    if metadata.num_columns > MAX_COLUMNS:
        raise Unreadable(f"{metadata.num_columns:,} columns; a file may have {MAX_COLUMNS:,}")
    groups = (metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    if max(groups, default=0) > MAX_GROUP:
        raise Unreadable(f"a row group of more than {MAX_GROUP // 2**30} GB; write it in smaller groups")


def _rows_of(batch: Any) -> Iterator[dict[str, Any]]:
    names = batch.schema.names
    for index in range(len(names)):
        _check_texts(batch.column(index))
    columns = [_column(batch.column(index)) for index in range(len(names))]
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def _check_texts(array: Any) -> None:
    """Refuse a long text before it is unfolded once for every row that refers to it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(array.type):
        if (pc.max(pc.binary_length(array.dictionary)).as_py() or 0) > MAX_TEXT:
            raise Unreadable(f"a text of more than {MAX_TEXT // 2**20} MB")
    elif pa.types.is_struct(array.type):
        for index in range(array.type.num_fields):
            _check_texts(array.field(index))
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        _check_texts(array.values)


def _column(array: Any) -> list[Any]:
    """Return a column as Python values, all rows sharing the one object of a repeated text."""
    import pyarrow as pa

    if not pa.types.is_dictionary(array.type):
        return list(array.to_pylist())
    texts = array.dictionary.to_pylist()
    return [None if index is None else texts[index] for index in array.indices.to_pylist()]


def _row(name: str, line: int, values: dict[str, Any]) -> Row | Problem:
    try:
        plain = {column: _plain(value) for column, value in values.items()}
        refuse_unstorable(plain)
    except BadJSON as error:
        return Problem(name, line, "", "", str(error))
    return Row(name, line, plain)


def _plain(value: Any) -> Any:
    """Return a value in JSON's types: what is missing is null, never NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else _refuse(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | int | bool):
        return value
    return _refuse(value)


def _refuse(value: Any) -> Any:
    raise BadJSON(f"a value of type {type(value).__name__} ({shown(value)}) cannot be read")
