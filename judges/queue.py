"""The queue is the table of cells: take a lease, book the call, give back, finish. The only writer of cells and ledger.

Every statement that changes a leased cell names the epoch of its lease. Whoever comes late finds another epoch there,
changes nothing, and has its cost booked all the same. Every transaction locks the run before its cells: one order, so
that workers on PostgreSQL cannot wait for each other in a circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from domain.bulk import bulk_load
from judges.clock import database_now, later_sql, now_sql
from judges.models import Batch, Cell, LedgerEntry, Run
from judges.rows import update_rows

LEDGER_COLUMNS = (
    "run_id", "cell_id", "epoch", "batch_id", "state", "reserved_nusd", "late", "error", "model", "request_id", "price",
    "at",
)  # fmt: skip
OVER = (LedgerEntry.State.SETTLED, LedgerEntry.State.UNKNOWN)
UNDER_WAY = (LedgerEntry.State.BOOKED, LedgerEntry.State.OPEN)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to answer one cell, until its lease ends or another epoch begins."""

    cell_id: int
    epoch: int
    battle_id: int | None
    response_id: int | None
    order: int
    repeat: int
    attempts: int  # calls made before this one
    verdict_id: int | None  # the unscored verdict that a retry would replace
    step: int = 0  # which question of the cell

    @property
    def key(self) -> tuple[int, int]:
        """Return what names one attempt: cell and epoch."""
        return self.cell_id, self.epoch


@dataclass(frozen=True, slots=True)
class Booking:
    """A leased cell and the most that its call can cost."""

    lease: Lease
    at_most_nusd: int


_HELD = "id = %s AND epoch = %s AND state = 'leased'"
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
    return _declare_lost(run, leases)


def lock(run: Run) -> Run:
    """Return the run as it is now, locked until the transaction ends."""
    locked: Run = Run.objects.select_for_update().get(pk=run.pk)
    return locked


def hold(run: Run) -> None:
    """Lock the run until the transaction ends. SQLite has one write lock, with which they begin."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM judges_run WHERE id = %s FOR UPDATE", [run.pk])


def renew(leases: Iterable[Lease], seconds: float) -> None:
    """Move the end of leases that are still held."""
    _update_held(f"due_at = {later_sql()}", [[seconds, *key] for key in sorted(lease.key for lease in leases)])


@transaction.atomic
def book(run: Run, bookings: Sequence[Booking], batch: Batch | None = None) -> int:
    """Reserve the cost of calls before they are made, as many as the budget allows, in order; return how many.

    The rest must be given back. Those of a batch are under way from here on. One row lock on the run makes this safe
    between any number of workers.
    """
    accepted = _affordable(run, bookings)
    now = database_now()
    state, batch_id = (LedgerEntry.State.OPEN, batch.pk) if batch else (LedgerEntry.State.BOOKED, None)
    rows = [
        [run.pk, *booking.lease.key, batch_id, state.value, booking.at_most_nusd, False, "", "", "", "", now]
        for booking in accepted
    ]
    bulk_load(LedgerEntry, LEDGER_COLUMNS, rows)
    _update_held("attempts = attempts + 1", [list(booking.lease.key) for booking in accepted])
    move(run, {"reserved_nusd": sum(booking.at_most_nusd for booking in accepted)})
    return len(accepted)


def sending(leases: Iterable[Lease]) -> set[tuple[int, int]]:
    """Say that booked calls are about to be made: from here on, whoever dies may have made them.

    Return the keys of those that may: the booking of a lease that has ended is gone, and its call is another's.
    """
    keys = {lease.key for lease in leases}
    if not keys:
        return keys
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE judges_ledgerentry SET state = 'open' WHERE (cell_id, epoch) IN (VALUES {_marks(keys)}) "  # noqa: S608 - marks
            "AND state = 'booked' RETURNING cell_id, epoch",
            _flat(keys),
        )
        return set(cursor.fetchall())


@transaction.atomic
def give_back(run: Run, leases: Sequence[Lease], *, booked: bool) -> None:
    """Open cells again whose call was never made, and forget their bookings."""
    hold(run)
    if booked:
        entries = _entries(leases).values()
        reserved = sum(entry.reserved_nusd for entry in entries if entry.state in UNDER_WAY)
        lost = sum(entry.reserved_nusd for entry in entries) - reserved  # so declared by whoever has the cell now
        LedgerEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
        move(run, {"reserved_nusd": -reserved, "unsettled_nusd": -lost})
    attempts = "attempts = attempts - 1, " if booked else ""
    _update_held(f"{attempts}state = 'open', owner = '', due_at = {now_sql()}", [list(lease.key) for lease in leases])


def still_held(leases: Iterable[Lease]) -> set[tuple[int, int]]:
    """Return the keys of leases that are current, locking their cells until the transaction ends."""
    keys = {lease.key for lease in leases}
    if not keys:
        return keys
    locking = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, epoch FROM judges_cell WHERE (id, epoch) IN (VALUES {_marks(keys)}) AND state = 'leased' "  # noqa: S608 - marks
            f"ORDER BY id {locking}",
            _flat(keys),
        )
        return set(cursor.fetchall())


def reopen(delays: Iterable[tuple[Lease, float, str]], *, charged: bool) -> None:
    """Open cells again after a call that failed, to be asked after a delay in seconds; the text says what failed.

    ``charged`` False takes the attempt back: the call failed for a reason that has nothing to do with this cell.
    """
    attempts = "" if charged else "attempts = attempts - 1, "
    _update_held(
        f"{attempts}state = 'open', owner = '', detail = %s, due_at = {later_sql()}",
        [[detail[:500], delay, *lease.key] for lease, delay, detail in delays],
    )


def advance(leases: Iterable[Lease]) -> None:
    """Open cells again for their next step, at once, with all their attempts."""
    _update_held(
        f"state = 'open', owner = '', step = step + 1, attempts = 0, detail = '', due_at = {now_sql()}",
        [list(lease.key) for lease in leases],
    )


def close(columns: Sequence[str], rows: Iterable[tuple[Lease, Sequence[Any]]]) -> None:
    """Finish cells with the values of ``columns``."""
    update_rows(
        Cell,
        columns,
        ((values, lease.key) for lease, values in rows),
        where=_HELD,
        also="state = 'done', owner = '', due_at = NULL",
    )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a call has cost, as far as anybody told us. ``cost_nusd`` None: unknown, and counted at its reservation."""

    lease: Lease
    known: bool
    cost_nusd: int | None = None
    unpriced: bool = False
    usage: dict[str, int] | None = None
    error: str = ""
    status: int | None = None
    model: str = ""
    request_id: str = ""
    price: str = ""
    latency_ms: int | None = None


def settle(settlements: Sequence[Settlement], held: set[tuple[int, int]]) -> Counter[str]:
    """Book what calls have cost, those of late finishers too; return by how much the sums of their run are to move."""
    entries = _entries([settlement.lease for settlement in settlements])
    changed: Counter[str] = Counter()
    rows: list[tuple[Sequence[Any], Sequence[Any]]] = []
    for settlement in settlements:
        entry = entries[settlement.lease.key]
        if entry.state in OVER:
            continue  # the database took it and went away before it could say so
        was = "reserved_nusd" if entry.state in UNDER_WAY else "unsettled_nusd"  # declared lost meanwhile
        changed[was] -= entry.reserved_nusd
        changed["spent_nusd" if settlement.known else "unsettled_nusd"] += (
            settlement.cost_nusd or 0 if settlement.known else entry.reserved_nusd
        )
        changed["unpriced_calls"] += settlement.unpriced
        rows.append((_settled(settlement, late=settlement.lease.key not in held), [entry.pk]))
    update_rows(LedgerEntry, _SETTLED, rows, where="id = %s")
    return changed


def move(run: Run, changed: Mapping[str, int]) -> None:
    """Add to counters and sums of a run."""
    deltas = {name: delta for name, delta in changed.items() if delta}
    if deltas:
        assignments = ", ".join(f"{name} = {name} + %s" for name in deltas)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE judges_run SET {assignments} WHERE id = %s", [*deltas.values(), run.pk])  # noqa: S608 - names are ours


_USAGE = ("input_uncached", "cache_read", "cache_write", "cache_write_1h", "output", "thinking")
_SETTLED = ("state", "late", "cost_nusd", "error", "status", "model", "request_id", "price", "latency_ms", *_USAGE)


def _settled(settlement: Settlement, *, late: bool) -> list[Any]:
    """Return the values of the columns ``_SETTLED``."""
    usage = settlement.usage or {}
    return [
        (LedgerEntry.State.SETTLED if settlement.known else LedgerEntry.State.UNKNOWN).value,
        late,
        settlement.cost_nusd,
        settlement.error[:500],
        settlement.status,
        settlement.model[:200],
        settlement.request_id[:200],
        settlement.price[:80],
        settlement.latency_ms,
        *(usage.get(name) for name in _USAGE),
    ]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the ledger says of an attempt that is under way."""

    pk: int
    state: str
    reserved_nusd: int


def _entries(leases: Iterable[Lease]) -> dict[tuple[int, int], _Entry]:
    keys = {lease.key for lease in leases}
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cell_id, epoch, id, state, reserved_nusd FROM judges_ledgerentry "  # noqa: S608 - marks
            f"WHERE (cell_id, epoch) IN (VALUES {_marks(keys)})",
            _flat(keys),
        )
        return {(cell_id, epoch): _Entry(*entry) for cell_id, epoch, *entry in cursor.fetchall()}


def _marks(keys: Collection[tuple[int, int]]) -> str:
    return ", ".join(["(%s, %s)"] * len(keys))


def _flat(keys: Iterable[tuple[int, int]]) -> list[int]:
    return [part for key in keys for part in key]


def _declare_lost(run: Run, leases: Sequence[Lease]) -> list[Lease]:
    """Settle what the last holders of these cells have left; return the leases with the attempts that were made.

    Calls that they may have made count at their full reservation. Those that were booked only never happened.
    """
    again = [lease.cell_id for lease in leases if lease.epoch > 1]  # the others nobody held before
    if not again:
        return list(leases)
    left = LedgerEntry.objects.filter(cell_id__in=again, state__in=UNDER_WAY)
    found = list(left.values_list("pk", "cell_id", "state", "reserved_nusd"))
    if not found:
        return list(leases)
    made = [(pk, reserved) for pk, _, state, reserved in found if state == LedgerEntry.State.OPEN]
    unmade = {cell_id: (pk, reserved) for pk, cell_id, state, reserved in found if state == LedgerEntry.State.BOOKED}
    LedgerEntry.objects.filter(pk__in=[pk for pk, _ in made]).update(state=LedgerEntry.State.LOST)
    LedgerEntry.objects.filter(pk__in=[pk for pk, _ in unmade.values()]).delete()
    Cell.objects.filter(pk__in=unmade).update(attempts=F("attempts") - 1)
    unknown = sum(reserved for _, reserved in made)
    gone = sum(reserved for _, reserved in unmade.values())
    move(run, {"reserved_nusd": -unknown - gone, "unsettled_nusd": unknown})
    return [replace(lease, attempts=lease.attempts - 1) if lease.cell_id in unmade else lease for lease in leases]


def _affordable(run: Run, bookings: Sequence[Booking]) -> Sequence[Booking]:
    """Lock the run, and return what its budget allows as it is now."""
    locked = Run.objects.select_for_update().filter(pk=run.pk)
    budget, *gone = locked.values_list("budget_nusd", "spent_nusd", "reserved_nusd", "unsettled_nusd").get()
    if budget is None:
        return bookings
    left = budget - sum(gone)
    for index, booking in enumerate(bookings):
        left -= booking.at_most_nusd
        if left < 0:
            return bookings[:index]
    return bookings


def _update_held(assignments: str, rows: list[list[Any]]) -> None:
    """Change leased cells; each row ends with the cell and the epoch of its lease."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE judges_cell SET {assignments} WHERE {_HELD}", rows)  # noqa: S608 - constants
