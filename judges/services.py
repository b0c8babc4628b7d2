"""Moving runs from state to state. Each move is one conditional update: of two people or workers, one does it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from domain.services import log
from judges import engines
from judges.models import Batch, Cell, Exchange, Run
from judges.money import dollars
from judges.planning import plan
from judges.querysets import SILENCE

State = Run.State
LIVE_FIELDS = [
    "state", "reason", "engine", "planned", "verdicts", "refused", "unreadable", "transport", "budget_nusd",
    "spent_nusd", "reserved_nusd", "unsettled_nusd", "unpriced_calls", "started_at", "started_with", "alive_at",
    "rest_until", "finished_at",
]  # fmt: skip
RESUMABLE = (State.PLANNED, State.PAUSED, State.CANCELLED, State.FAILED)


class WrongState(ValueError):
    """A move that the run's state does not allow; the message says which state it is in."""


def start(run: Run, *, engine: str | None = None, user: User | None = None) -> Run:
    """Let a run be drained: a fresh one is planned first; one that stopped goes on with what is left.

    A running one may be started again, by another engine, once its process has not been heard of for a while.
    """
    if run.state == State.PLANNING:
        run = plan(run)
    _move(
        run,
        RESUMABLE,
        State.RUNNING,
        or_if=Q(state=State.RUNNING, alive_at__lt=Now() - SILENCE),
        reason="",
        engine=engine or run.engine,
        started_at=Now(),
        started_with=F("verdicts") + F("refused") + F("unreadable") + F("transport"),
        alive_at=Now(),
        rest_until=None,
        finished_at=None,
    )
    log(run.project, "run.started", user, run=run.pk)
    engines.wake(run)
    return run


def take_up(run: Run) -> Run:
    """Go on with a run in the foreground: one that was stopped, or one whose command has died."""
    if run.state == State.DONE:
        raise WrongState(f"run {run.pk} is done; there is nothing to resume")
    if run.state == State.RUNNING:
        if run.engine != Run.Engine.COMMAND:
            raise WrongState(f"run {run.pk} is being worked on; pause it first, or look at its page")
        run.refresh_from_db()
        return run  # a command of its own died, or is still there: leases keep the two apart
    return start(run, engine=Run.Engine.COMMAND)


def pause(run: Run, user: User | None = None) -> Run:
    """Stop a run for now; calls under way end and count."""
    who = user.get_username() if user else "somebody"
    _move(run, (State.RUNNING, State.PLANNED), State.PAUSED, reason=f"Paused by {who}.")
    _call_back_batches(run)
    log(run.project, "run.paused", user, run=run.pk)
    return run


def cancel(run: Run, user: User | None = None) -> Run:
    """Stop a run for good; what it has found so far stays and is labelled as a part."""
    allowed = (State.PLANNING, State.PLANNED, State.RUNNING, State.PAUSED, State.FAILED)
    _move(run, allowed, State.CANCELLED, reason="", finished_at=Now())
    _call_back_batches(run)
    log(run.project, "run.cancelled", user, run=run.pk)
    return run


@transaction.atomic
def retry(run: Run, *, among: QuerySet[Cell] | None = None, user: User | None = None) -> int:
    """Open again what has no verdict (all of it, or what there is of it among some cells); return how many cells.

    The run is not started by this. The unscored verdicts stay until better ones replace them.
    """
    locked = Run.objects.select_for_update().get(pk=run.pk)
    cells = Cell.objects.filter(run=locked).without_verdict()
    if among is not None:
        cells = cells.filter(pk__in=among.order_by().values("pk"))
    opened = 0
    Exchange.objects.filter(cell__in=cells, step__gt=0).delete()
    for outcome in ("refused", "unreadable", "transport"):
        count = cells.filter(outcome=outcome).update(
            state=Cell.State.OPEN, outcome="", said="", attempts=0, step=0, due_at=Now(), finished_at=None
        )
        setattr(locked, outcome, getattr(locked, outcome) - count)
        opened += count
    if opened and locked.state == State.DONE:
        locked.state, locked.reason, locked.finished_at = State.PAUSED, "Cells were opened to be asked again.", None
    locked.save(update_fields=["refused", "unreadable", "transport", "state", "reason", "finished_at"])
    run.refresh_from_db(fields=LIVE_FIELDS)
    if opened:
        log(run.project, "run.retried", user, run=run.pk, cells=opened)
    return opened


def ask_again(run: Run, *, engine: str, among: QuerySet[Cell] | None = None, user: User | None = None) -> int:
    """Open again what has no verdict, and start the run for it; return how many cells.

    A run that somebody or something stopped before its end stays as it is: who asks one cell again has not said that
    all the others may be paid for.
    """
    stopped_early = run.state != State.RUNNING and Cell.objects.filter(run=run, due_at__isnull=False).exists()
    opened = retry(run, among=among, user=user)
    if opened and not stopped_early and run.state != State.RUNNING:
        start(run, engine=engine, user=user)
    return opened


def set_budget(run: Run, budget_nusd: int | None, user: User | None = None) -> None:
    """Change the cap of a run, also while it runs."""
    Run.objects.filter(pk=run.pk).update(budget_nusd=budget_nusd, rest_until=None)
    run.refresh_from_db(fields=LIVE_FIELDS)
    log(run.project, "run.budget", user, run=run.pk, budget_usd=None if budget_nusd is None else str(run.budget_usd))


def set_concurrency(run: Run, calls: int | None) -> None:
    """Change how many calls a run that is about to go on makes at once; None leaves it."""
    if calls is not None:
        Run.objects.filter(pk=run.pk).update(concurrency=calls)
        run.concurrency = calls


def stop_with_reason(run: Run, reason: str) -> bool:
    """Pause a running run for trouble; return whether it was this call that did."""
    stopped = Run.objects.filter(pk=run.pk, state=State.RUNNING).update(state=State.PAUSED, reason=reason[:2000])
    run.refresh_from_db(fields=LIVE_FIELDS)
    return bool(stopped)


def stop_for_budget(run: Run) -> bool:
    """Pause a run whose next call its budget does not allow; not while money is reserved for calls under way."""
    run.refresh_from_db(fields=LIVE_FIELDS)
    if run.state != State.RUNNING:
        return True
    if run.reserved_nusd or run.budget_nusd is None:
        return False
    left = run.budget_nusd - run.spent_nusd - run.unsettled_nusd
    return stop_with_reason(
        run,
        f"The budget of ${dollars(run.budget_nusd):,.4f} does not allow another call: ${dollars(left):,.4f} is left, "
        "and a call is reserved at the most it can cost. Raise the budget to go on.",
    )


@transaction.atomic
def finish_if_done(run: Run) -> bool:
    """Call a running run done when no cell is due any more; return whether there is nothing left to do here."""
    locked = Run.objects.select_for_update().get(pk=run.pk)
    if locked.state == State.RUNNING and not Cell.objects.filter(run=locked, due_at__isnull=False).exists():
        Run.objects.filter(pk=run.pk).update(state=State.DONE, reason="", finished_at=Now())
        log(locked.project, "run.done", run=run.pk)
    run.refresh_from_db(fields=LIVE_FIELDS)
    return run.state != State.RUNNING


def sign_of_life(run: Run) -> None:
    """Say that a process is at work on the run."""
    Run.objects.filter(pk=run.pk).update(alive_at=Now())


def fail(run: Run, reason: str) -> None:
    """Say that the program failed on a run; it can be resumed all the same."""
    Run.objects.filter(pk=run.pk, state=State.RUNNING).update(state=State.FAILED, reason=reason[:2000])
    run.refresh_from_db(fields=LIVE_FIELDS)


def is_silent(run: Run) -> bool:
    """Return whether a running run's process has not been heard of for a while, and not because it rests."""
    awake = Q(rest_until__isnull=True) | Q(rest_until__lt=Now() - SILENCE)
    return Run.objects.filter(awake, pk=run.pk, state=State.RUNNING, alive_at__lt=Now() - SILENCE).exists()


def is_resting(run: Run) -> bool:
    """Return whether there is nothing to do for a run now: its batches are with the provider."""
    return Run.objects.filter(pk=run.pk, state=State.RUNNING, rest_until__gt=Now()).exists()


def _call_back_batches(run: Run) -> None:
    """Have the batches of a run that was stopped cancelled; what they have answered by then is kept."""
    waiting = Batch.objects.filter(run=run, state=Batch.State.WAITING)
    if waiting.update(state=Batch.State.CANCELLING, due_at=Now()):
        engines.wake(run)


def _move(run: Run, allowed: Iterable[str], state: str, *, or_if: Q | None = None, **changes: object) -> None:
    where = Q(state__in=list(allowed)) if or_if is None else Q(state__in=list(allowed)) | or_if
    moved = Run.objects.filter(where, pk=run.pk).update(state=state, **changes)
    run.refresh_from_db(fields=LIVE_FIELDS)
    if not moved:
        raise WrongState(f"the run is {run.get_state_display()}, so it cannot become {State(state).label}")
