"""The queue is the table of cells: take a lease, give it back, put off, finish. The only writer of leased cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from judges import ledger
from judges.clock import later_sql, now_sql
from judges.leases import HELD, Lease, flat, hold, marks, update_held
from judges.models import Cell, Run
from judges.rows import update_rows

_RETURNING = 'id, epoch, battle_id, response_id, "order", repeat, attempts, verdict_id, step'


@transaction.atomic
def take(run: Run, owner: str, how_many: int, seconds: float) -> list[Lease]:
    """Lease due cells: open ones, and those whose worker has not been heard of until its lease ended."""
    hold(run)
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            # Materialized, or PostgreSQL may run the subquery for each cell, and find others each time.
            f"WITH due AS MATERIALIZED (SELECT id FROM judges_cell WHERE run_id = %s AND due_at <= {now_sql()} "  # noqa: S608 - constants
            f"ORDER BY due_at, id LIMIT %s {skip}) "
            f"UPDATE judges_cell SET state = 'leased', epoch = epoch + 1, owner = %s, due_at = {later_sql()} "
            f"WHERE id IN (SELECT id FROM due) RETURNING {_RETURNING}",
            [run.pk, how_many, owner, seconds],
        )
        leases = sorted((Lease(*row) for row in cursor.fetchall()), key=lambda lease: lease.cell_id)
    return ledger.declare_lost(run, leases)


def renew(leases: Iterable[Lease], seconds: float) -> None:
    """Move the end of leases that are still held."""
    update_held(f"due_at = {later_sql()}", [[seconds, *key] for key in sorted(lease.key for lease in leases)])


@transaction.atomic
def give_back(run: Run, leases: Sequence[Lease], *, booked: bool) -> None:
    """Open cells again whose call was never made, and forget their bookings."""
    hold(run)
    if booked:
        ledger.unbook(run, leases)
    attempts = "attempts = attempts - 1, " if booked else ""
    update_held(f"{attempts}state = 'open', owner = '', due_at = {now_sql()}", [list(lease.key) for lease in leases])


def still_held(leases: Iterable[Lease]) -> set[tuple[int, int]]:
    """Return the keys of leases that are current, locking their cells until the transaction ends."""
    keys = {lease.key for lease in leases}
    if not keys:
        return keys
    locking = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, epoch FROM judges_cell WHERE (id, epoch) IN (VALUES {marks(keys)}) AND state = 'leased' "  # noqa: S608 - marks
            f"ORDER BY id {locking}",
            flat(keys),
        )
        return set(cursor.fetchall())


def reopen(delays: Iterable[tuple[Lease, float, str]], *, charged: bool) -> None:
    """Open cells again after a call that failed, to be asked after a delay in seconds; the text says what failed.

    ``charged`` False takes the attempt back: the call failed for a reason that has nothing to do with this cell.
    """
    attempts = "" if charged else "attempts = attempts - 1, "
    update_held(
        f"{attempts}state = 'open', owner = '', detail = %s, due_at = {later_sql()}",
        [[detail[:500], delay, *lease.key] for lease, delay, detail in delays],
    )


def advance(leases: Iterable[Lease]) -> None:
    """Open cells again for their next step, at once, with all their attempts."""
    update_held(
        f"state = 'open', owner = '', step = step + 1, attempts = 0, detail = '', due_at = {now_sql()}",
        [list(lease.key) for lease in leases],
    )


def close(columns: Sequence[str], rows: Iterable[tuple[Lease, Sequence[Any]]]) -> None:
    """Finish cells with the values of ``columns``."""
    update_rows(
        Cell,
        columns,
        ((values, lease.key) for lease, values in rows),
        where=HELD,
        also="state = 'done', owner = '', due_at = NULL",
    )
