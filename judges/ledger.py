"""The ledger: what calls may cost is reserved before them, and settled after. The only writer of its entries.

Whoever comes too late to answer a cell has the cost booked all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from domain.bulk import bulk_load
from judges.clock import database_now
from judges.leases import Lease, flat, marks, update_held
from judges.models import Batch, Cell, LedgerEntry, Run
from judges.rows import update_rows

COLUMNS = (
    "run_id", "cell_id", "epoch", "batch_id", "state", "reserved_nusd", "late", "error", "model", "request_id", "price",
    "at",
)  # fmt: skip
OVER = (LedgerEntry.State.SETTLED, LedgerEntry.State.UNKNOWN)
UNDER_WAY = (LedgerEntry.State.BOOKED, LedgerEntry.State.OPEN)


@dataclass(frozen=True, slots=True)
class Booking:
    """A leased cell and the most that its call can cost."""

    lease: Lease
    at_most_nusd: int


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
    bulk_load(LedgerEntry, COLUMNS, rows)
    update_held("attempts = attempts + 1", [list(booking.lease.key) for booking in accepted])
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
            f"UPDATE judges_ledgerentry SET state = 'open' WHERE (cell_id, epoch) IN (VALUES {marks(keys)}) "  # noqa: S608 - marks
            "AND state = 'booked' RETURNING cell_id, epoch",
            flat(keys),
        )
        return set(cursor.fetchall())


def unbook(run: Run, leases: Sequence[Lease]) -> None:
    """Forget the bookings of calls that were never made."""
    entries = _entries(leases).values()
    reserved = sum(entry.reserved_nusd for entry in entries if entry.state in UNDER_WAY)
    lost = sum(entry.reserved_nusd for entry in entries) - reserved  # so declared by whoever has the cell now
    LedgerEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    move(run, {"reserved_nusd": -reserved, "unsettled_nusd": -lost})


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


def declare_lost(run: Run, leases: Sequence[Lease]) -> list[Lease]:
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
            f"WHERE (cell_id, epoch) IN (VALUES {marks(keys)})",
            flat(keys),
        )
        return {(cell_id, epoch): _Entry(*entry) for cell_id, epoch, *entry in cursor.fetchall()}


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
