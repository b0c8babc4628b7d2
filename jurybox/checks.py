"""What ``jurybox check`` says about the machine."""

from __future__ import annotations

import sqlite3  # the module that Django uses: jurybox._sqlite has had its turn
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

from jurybox._sqlite import FIXED_IN


@register(Tags.database)
def sqlite_keeps_acknowledged_writes(**kwargs: Any) -> list[CheckMessage]:
    """Warn where neither the system's SQLite nor pysqlite3 has the fix for lost commits."""
    if connection.vendor != "sqlite":
        return []
    if sqlite3.sqlite_version_info >= FIXED_IN:
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} can lose acknowledged writes under load",
            hint="Install pysqlite3>=0.6.1, use a Python built with SQLite 3.51.3 or newer, or use PostgreSQL.",
            id="jurybox.W001",
        )
    ]
