"""Is the database ready for a command? An empty one is filled; an older one is left alone and named."""

from __future__ import annotations

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

WRONG = 2


def make_ready() -> None:
    """Bring an empty database up to date, so that a first command needs no other one before it.

    Raises CommandError (status 2) where the database does not answer, or belongs to an older Jurybox: tables that
    hold data change only when somebody asks for it.
    """
    try:
        if not _is_current():
            _fill_if_empty()
    except DatabaseError as error:
        raise CommandError(f"the database does not answer: {str(error).strip()}", returncode=WRONG) from None


def _is_current() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _fill_if_empty() -> None:
    if connection.introspection.table_names():
        raise CommandError(
            "the database is not of this version of Jurybox: take a backup, then run jurybox migrate", returncode=WRONG
        )
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError:
        if not _is_current():  # else another first command was quicker
            raise
