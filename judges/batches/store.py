"""The rows of batches: each move is one transaction, so that a process that dies anywhere leaves a state of these.

submitting: booked, and perhaps handed in. waiting, cancelling: with the provider. ended, failed: nothing left to do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Sum

from judges import ledger, queue
from judges.clock import database_now
from judges.leases import Lease, lock
from judges.ledger import Booking
from judges.models import Batch, Cell, LedgerEntry, Run
from judges.providers.batching import Job

State = Batch.State
OPEN = (State.SUBMITTING, State.WAITING, State.CANCELLING)
DAY_S = 24 * 3600.0
SLACK_S = 3600.0  # after a batch has expired, for its results to be fetched, before its cells are asked again
UNSETTLED = (LedgerEntry.State.OPEN, LedgerEntry.State.LOST)


def mark_of(batch: Batch) -> str:
    """Return the name by which we know a batch at the provider: of this installation, and of this row alone."""
    secret = f"judges.batch:{settings.SECRET_KEY}".encode()
    return hmac.new(secret, str(batch.pk).encode(), hashlib.sha256).hexdigest()[:16]


@transaction.atomic
def open_batch(run: Run, place: int, bookings: Sequence[Booking], seconds: float) -> tuple[Batch | None, int]:
    """Book as many calls as the budget allows, in order, for one batch; return it, and how many they are.

    For so many seconds it is ours to hand in. Its cells are nobody's to ask until it must have ended.
    """
    batch = Batch.objects.create(run=run, place=place, due_at=later(seconds))
    accepted = ledger.book(run, bookings, batch)
    if not accepted:
        batch.delete()
        return None, 0
    queue.renew((booking.lease for booking in bookings[:accepted]), DAY_S + SLACK_S)
    batch.size = accepted
    batch.save(update_fields=["size"])
    return batch, accepted


@transaction.atomic
def claim(run: Run, seconds: float) -> list[Batch]:
    """Return the batches that are due, and let nobody else look at them for so many seconds."""
    lock(run)
    due = list(Batch.objects.filter(run=run, state__in=OPEN, due_at__lte=database_now()))
    for batch in due:
        if batch.expires_at and batch.expires_at < database_now():  # its cells must not be asked again before we look
            queue.renew(leases_of(batch), SLACK_S)
    Batch.objects.filter(pk__in=[batch.pk for batch in due]).update(due_at=later(seconds))
    return due


def hold(batch: Batch, seconds: float) -> None:
    """Keep a batch for so many seconds more."""
    Batch.objects.filter(pk=batch.pk, state__in=OPEN).update(due_at=later(seconds))


@transaction.atomic
def handed_in(batch: Batch, job: Job, seconds: float) -> None:
    """Say that the provider has a batch. It is cancelled at once if the run was stopped meanwhile."""
    run = lock(batch.run)
    stopped = run.state in (Run.State.PAUSED, Run.State.CANCELLED)
    now = database_now()
    batch.state = State.CANCELLING if stopped else State.WAITING
    batch.vendor_id, batch.submitted_at, batch.detail = job.vendor_id, batch.submitted_at or now, ""
    batch.expires_at = job.expires_at or now + timedelta(seconds=DAY_S)
    batch.due_at = later(0 if stopped else seconds)
    batch.save()
    queue.renew(leases_of(batch), max(0.0, (batch.expires_at - now).total_seconds()) + SLACK_S)


def looked_at(batch: Batch, seconds: float, *, job: Job | None = None, detail: str = "") -> None:
    """Say how far a batch is, or why that is not known, and that it is due again in so many seconds."""
    answered = {"answered": min(job.answered, batch.size)} if job else {}
    Batch.objects.filter(pk=batch.pk, state__in=OPEN).update(
        checked_at=database_now(), due_at=later(seconds), detail=detail[:500], **answered
    )


def ended(batch: Batch, *, answered: int = 0, failed: str = "") -> None:
    """Say that nothing more will come of a batch, and how many of its calls have an answer."""
    Batch.objects.filter(pk=batch.pk).update(
        state=State.FAILED if failed else State.ENDED,
        detail=failed[:500],
        answered=answered,
        due_at=None,
        checked_at=database_now(),
        ended_at=database_now(),
    )


@transaction.atomic
def never_arrived(batch: Batch, why: str) -> None:
    """Take a batch back that the provider never had: its calls were not made, and its cells may be asked."""
    queue.give_back(batch.run, leases_of(batch), booked=True)
    ended(batch, failed=why)


@transaction.atomic
def lost(batch: Batch, why: str) -> None:
    """Give a batch up whose fate nobody can tell: its calls count at their reservations, its cells are asked again."""
    run = lock(batch.run)
    entries = LedgerEntry.objects.filter(batch=batch, state=LedgerEntry.State.OPEN)
    leases = leases_of(batch)
    reserved = entries.aggregate(total=Sum("reserved_nusd"))["total"] or 0
    entries.update(state=LedgerEntry.State.LOST)
    Run.objects.filter(pk=run.pk).update(
        reserved_nusd=F("reserved_nusd") - reserved, unsettled_nusd=F("unsettled_nusd") + reserved
    )
    queue.reopen([(lease, 0.0, why) for lease in leases], charged=True)
    ended(batch, failed=why)


def leases_of(batch: Batch) -> list[Lease]:
    """Return the leases under which the calls of a batch were booked that nobody has settled yet."""
    rows = LedgerEntry.objects.filter(batch=batch, state__in=UNSETTLED).order_by("cell_id").select_related("cell")
    return [_lease(entry.cell, entry.epoch) for entry in rows.iterator(chunk_size=500)]


def unsettled(leases: Sequence[Lease]) -> set[tuple[int, int]]:
    """Return the keys of those calls that nobody has settled. For use under the lock of their run."""
    keys = {lease.key for lease in leases}
    found = LedgerEntry.objects.filter(cell_id__in={cell_id for cell_id, _ in keys}, state__in=UNSETTLED)
    return keys & set(found.values_list("cell_id", "epoch"))


def known_jobs() -> frozenset[str]:
    """Return the provider's names of the batches that we know, of all runs."""
    since = database_now() - timedelta(days=30)  # a provider forgets them by then
    found = Batch.objects.filter(submitted_at__gte=since).exclude(vendor_id="")
    return frozenset(found.values_list("vendor_id", flat=True))


def next_due(run: Run) -> datetime | None:
    """Return when somebody must look at one of the run's batches; None without one."""
    due: datetime | None = Batch.objects.filter(run=run, state__in=OPEN).aggregate(due=Min("due_at"))["due"]
    return due


def next_cell(run: Run) -> datetime | None:
    """Return when an open cell of the run may be asked; None without one."""
    due: datetime | None = Cell.objects.filter(run=run, state=Cell.State.OPEN).aggregate(due=Min("due_at"))["due"]
    return due


def later(seconds: float) -> datetime:
    """Return the database's time in so many seconds."""
    return database_now() + timedelta(seconds=seconds)


def _lease(cell: Cell, epoch: int) -> Lease:
    found = {name: getattr(cell, name) for name in Lease.__dataclass_fields__ if hasattr(cell, name)}
    return Lease(cell_id=cell.pk, **{**found, "epoch": epoch, "attempts": max(0, cell.attempts - 1)})
