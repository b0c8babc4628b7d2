"""Queries whose SQL is built once, for what is asked at every request.

Django builds the SQL of a query anew each time, which takes it about ten times as long as SQLite takes to answer one of
the small questions that a claim or an answer consists of. Here a query is built once for each database, with ``Param``
in the place of every value that changes, and from then on it only runs:

    @prepared
    def _named() -> QuerySet[System]:
        return System.objects.filter(name=Param("name", CharField())).select_related("project")

    _named().first(name="Ash")

What decides the shape of a query, such as whether somebody is an administrator, is an argument of the function. Nothing
of a row is remembered between two runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models.expressions import Expression
from django.db.models.query import RelatedPopulator, get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=models.Model)
P = ParamSpec("P")
ALIAS = "default"
LARGEST = 2**63 - 1  # of all whole numbers that a column can hold
_WHOLE = (models.IntegerField, models.ForeignKey)


class Param(Expression):
    """A value of a prepared query that comes with each run, under a name; ``field`` says how the database spells it."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Leave a place in the parameters."""
        return "%s", (_Place(self.name, self.output_field, isinstance(self.output_field, _WHOLE)),)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value goes among the parameters."""

    name: str
    field: models.Field[Any, Any]
    is_whole: bool  # whether a whole number goes to the database as it is

    def filled(self, values: dict[str, Any], connection: Any) -> Any:
        value = values[self.name]
        if self.is_whole and type(value) is int:
            if not -LARGEST <= value <= LARGEST:
                raise EmptyResultSet  # such as an id made up in an address: no row has it
            return value
        return self.field.get_db_prep_save(value, connection)


@dataclass(frozen=True, slots=True)
class Prepared(Generic[Row]):
    """A query ready to run. Its rows come with whatever ``select_related`` and ``annotate`` had asked for."""

    sql: str
    params: tuple[Any, ...]
    locks: bool
    model: type[Row]
    names: list[str]  # of the model's own columns, with which a row begins
    related: list[RelatedPopulator]
    annotations: dict[str, int]
    converters: list[tuple[int, list[Callable[..., Any]], Any]]  # by position, and for which column

    def first(self, **values: Any) -> Row | None:
        """Return the first row, None without one. Build the query with ``[:1]`` where there may be many."""
        return next(iter(self.all(**values)), None)

    def all(self, **values: Any) -> list[Row]:
        """Return all rows."""
        connection = connections[ALIAS]
        if self.locks and not connection.in_atomic_block:
            raise TransactionManagementError("rows can be locked in a transaction only")
        try:
            params = [p.filled(values, connection) if type(p) is _Place else p for p in self.params]
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return [self._row(list(columns), connection) for columns in found]

    def _row(self, columns: list[Any], connection: Any) -> Row:
        for position, steps, column in self.converters:
            for step in steps:
                columns[position] = step(columns[position], column, connection)
        row = self.model.from_db(ALIAS, self.names, columns[: len(self.names)])
        for related in self.related:
            related.populate(columns, row)
        for name, position in self.annotations.items():
            setattr(row, name, columns[position])
        return row


def prepared(build: Callable[P, models.QuerySet[Row]]) -> Callable[P, Prepared[Row]]:
    """Make a function that builds a query return it prepared: built once for each kind of database and arguments."""

    @lru_cache(maxsize=64)
    def made(vendor: str, *args: Any, **kwargs: Any) -> Prepared[Row]:
        return _prepare(build(*args, **kwargs))

    @wraps(build)
    def find(*args: P.args, **kwargs: P.kwargs) -> Prepared[Row]:
        return made(connections[ALIAS].vendor, *args, **kwargs)  # type: ignore[arg-type]  # who calls it knows

    return find


def save_columns(row: models.Model, names: Collection[str] = ()) -> None:
    """Do what ``row.save(update_fields=names)`` does, without names all columns, by a prepared statement.

    No signal is sent, and no column is set by itself (``auto_now``). Raises DatabaseError where the row is gone.
    """
    connection = connections[ALIAS]
    sql, places = _update(connection.vendor, type(row), tuple(names))
    params = [place.filled(row.__dict__, connection) for place in places]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        if cursor.rowcount != 1:
            raise DatabaseError(f"{row._meta.label} {row.pk} is not there any more, so nothing was saved")


@lru_cache(maxsize=64)
def _update(vendor: str, model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[_Place, ...]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    chosen = [field for field in fields if not names or field.name in names]
    key = model._meta.pk
    query: Any = model._base_manager.filter(pk=Param(key.attname, key)).query.chain(UpdateQuery)
    query.add_update_values({field.name: Param(field.attname, field) for field in chosen})
    sql, places = query.get_compiler(connection=connections[ALIAS]).as_sql()
    return sql, tuple(places)


def _prepare(rows: models.QuerySet[Row]) -> Prepared[Row]:
    compiler = rows.query.get_compiler(connection=connections[ALIAS], elide_empty=False)
    sql, params = compiler.as_sql()
    shape: Any = compiler.klass_info
    own = shape["select_fields"]
    columns = [column for column, _, _ in compiler.select]
    converters = compiler.get_converters(columns).items()
    return Prepared(
        sql=sql,
        params=tuple(params),
        locks=rows.query.select_for_update,
        model=rows.model,
        names=[columns[position].target.attname for position in own],
        related=get_related_populators(shape, compiler.select, ALIAS),  # type: ignore[call-arg]  # types of Django 6
        annotations=compiler.annotation_col_map or {},
        converters=[(at, [_of_any_connection(step) for step in steps], column) for at, (steps, column) in converters],
    )


def _of_any_connection(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a converter that does not keep the connection for which a query was built: threads come and go."""
    if not isinstance(getattr(step, "__self__", None), BaseDatabaseOperations):
        return step
    convert = step.__func__  # type: ignore[attr-defined]  # it is a method
    return lambda value, column, connection: convert(connection.ops, value, column, connection)
