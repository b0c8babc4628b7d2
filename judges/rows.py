"""Change many rows at once, each with its own values: the twin of domain.bulk.bulk_load for updates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Sequence[Any], Sequence[Any]]],
    *,
    where: str,
    also: str = "",
) -> None:
    """Set ``columns`` (attribute names such as ``verdict_id``) of the rows that ``where`` selects.

    Each row is its values and the parameters of ``where``; ``also`` is SQL that every row is given besides. One
    prepared statement for all rows: bulk_update would build one with a CASE per column and row.
    """
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in columns]
    marks = [f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields]
    assignments = ", ".join([*([also] if also else []), *marks])
    prepared = [
        [*(field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)), *parameters]
        for values, parameters in rows
    ]
    if prepared:
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {assignments} WHERE {where}", prepared)  # noqa: S608 - names are ours
