"""One clock for leases: the database's. Machines disagree about the time, and a lease must not end twice."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

# Both as text that the database compares with what Django wrote into the column.
SQLITE_NOW = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
SQLITE_LATER = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s || ' seconds')"
POSTGRESQL_NOW = "clock_timestamp()"
POSTGRESQL_LATER = "clock_timestamp() + %s * interval '1 second'"


def now_sql() -> str:
    """Return the present as an SQL expression."""
    return POSTGRESQL_NOW if connection.vendor == "postgresql" else SQLITE_NOW


def later_sql() -> str:
    """Return an SQL expression of the present plus a number of seconds, which is its one parameter."""
    return POSTGRESQL_LATER if connection.vendor == "postgresql" else SQLITE_LATER


def database_now() -> datetime:
    """Return what the database's clock shows."""
    with connection.cursor() as cursor:
        # The parameter is there for the driver to unescape the doubled percent signs.
        cursor.execute(f"SELECT {now_sql()} WHERE 1 = %s", [1])
        (shown,) = cursor.fetchone()
    return shown if isinstance(shown, datetime) else datetime.fromisoformat(shown).replace(tzinfo=UTC)
