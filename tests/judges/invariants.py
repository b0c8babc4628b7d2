"""What must hold after any run, whatever went wrong on the way: one place that says it in queries."""

from __future__ import annotations

from collections import Counter

from django.db.models import Count, Sum

from domain.models import Verdict
from judges.models import Cell, Run
from judges.models.cells import OUTCOMES
from judges.recording import COUNTERS
from tests.fakes.provider import Running


def check_invariants(run: Run, fake: Running | None = None, *, unmade: int = 0) -> None:
    """No lost cell, no second counted verdict, sums that agree, and a ledger that is the provider's call log.

    ``unmade`` is how many calls the ledger may hold that the provider never saw: those whose process was killed
    between the mark and the call.
    """
    run.refresh_from_db()
    _check_cells(run)
    _check_money(run)
    if fake is not None:
        _check_calls(run, fake, unmade)


def _check_cells(run: Run) -> None:
    cells = Cell.objects.filter(run=run)
    assert cells.count() == run.planned
    outcomes = Counter(dict(cells.filter(state="done").order_by().values_list("outcome").annotate(n=Count("pk"))))
    assert {name: getattr(run, COUNTERS[name]) for name in OUTCOMES} == {name: outcomes[name] for name in OUTCOMES}
    counted = Verdict.objects.filter(counted=True, cell__run=run)
    assert counted.count() == counted.values("occasion").distinct().count() == run.done
    assert not Verdict.objects.filter(counted=True, cell__isnull=True).exists()
    unscored = cells.filter(state="done").exclude(outcome="verdict")
    assert not counted.filter(cell__in=unscored, scores__isnull=False).exists()  # missing is never a score
    if run.state == Run.State.DONE:
        assert not cells.exclude(state="done").exists()


def _check_money(run: Run) -> None:
    sums = {
        state: run.ledger.filter(state__in=states).aggregate(total=Sum(column))["total"] or 0
        for state, states, column in (
            ("spent", ["settled"], "cost_nusd"),
            ("reserved", ["booked", "open"], "reserved_nusd"),
            ("unsettled", ["unknown", "lost"], "reserved_nusd"),
        )
    }
    assert sums == {"spent": run.spent_nusd, "reserved": run.reserved_nusd, "unsettled": run.unsettled_nusd}
    if run.budget_nusd is not None:
        assert run.spent_nusd + run.reserved_nusd + run.unsettled_nusd <= run.budget_nusd
    if run.state == Run.State.DONE:
        assert run.reserved_nusd == 0


def _check_calls(run: Run, fake: Running, unmade: int) -> None:
    """Compare the ledger with the log; calls of a batch that were given back were never made."""
    calls = fake.log.records()
    answered = {f"req_{call.request_hash[:12]}{call.attempt:04d}": call for call in calls if call.usage}
    entries = run.ledger.exclude(error__startswith="The batch ").exclude(error__startswith="The provider refused a b")
    known = set(entries.exclude(request_id="").values_list("request_id", flat=True))
    told = {name for name in known if name in answered}
    lost = entries.filter(state__in=["lost", "unknown"]).count()
    if not any(call.batch for call in calls):
        assert known <= set(answered)
        assert len(set(answered) - told) <= lost
    assert len(calls) <= entries.count() <= len(calls) + unmade
    if not lost:
        billed = Counter[str]()
        for call in calls:
            billed.update(call.usage or {})
        for kind in ("input_uncached", "output"):
            assert (entries.aggregate(total=Sum(kind))["total"] or 0) == billed[kind]
