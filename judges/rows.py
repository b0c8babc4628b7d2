"""Change many rows at once, each with its own values: the twins of domain.bulk.bulk_load for rows that may be there.

One prepared statement serves all rows. bulk_update would build one with a CASE per column and row, and bulk_create
with update_conflicts one of all values together, from model instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from domain.bulk import columns_of


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Sequence[Any], Sequence[Any]]],
    *,
    where: str,
    also: str = "",
) -> None:
    """Set ``columns`` (attribute names such as ``verdict_id``) of the rows that ``where`` selects.

    Each row is its values and the parameters of ``where``; ``also`` is SQL that every row is given besides.
    """
    names, convert = columns_of(model, columns)
    assignments = ", ".join([*([also] if also else []), *(f"{name} = %s" for name in names)])
    prepared = [[*convert(values), *parameters] for values, parameters in rows]
    _execute(f"UPDATE {_table(model)} SET {assignments} WHERE {where}", prepared)  # noqa: S608 - names are ours


def put_rows(
    model: type[models.Model], key: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, or change those whose unique ``key`` is there; each row is its key and the values of ``columns``."""
    names, convert = columns_of(model, [*key, *columns])
    marks = ", ".join(["%s"] * len(names))
    changed = ", ".join(f"{name} = excluded.{name}" for name in names[len(key) :])
    _execute(
        f"INSERT INTO {_table(model)} ({', '.join(names)}) VALUES ({marks}) "  # noqa: S608 - names are ours
        f"ON CONFLICT ({', '.join(names[: len(key)])}) DO UPDATE SET {changed}",
        [convert(row) for row in rows],
    )


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _execute(statement: str, rows: list[list[Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)
