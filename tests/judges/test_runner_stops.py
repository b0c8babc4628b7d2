"""What stops a run, what is on record then, and how it goes on: providers, budgets, people, the database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError

from judges import ledger, queue, runner, services
from judges.clock import database_now
from judges.leases import Lease
from judges.ledger import Settlement
from judges.models import Cell, Run
from judges.planning import Selection
from judges.runner import drain
from tests.fakes.provider import Faults, Latency
from tests.judges.conftest import KEY
from tests.judges.running import LOCAL, billed, run_of
from tests.known import known

pytestmark = pytest.mark.django_db


def test_a_provider_that_asks_for_an_hour_parks_the_run(project, fake):
    fake.configure(faults=Faults(plan=("429:3600",)))
    run = run_of(project, fake)
    drain(run)
    assert (run.state, run.done) == ("paused", 0)
    assert run.reason == "The provider asks to wait for 60 minutes. Resume the run after that."
    assert len(fake.log) <= 3


@pytest.mark.parametrize("fault", ["401", "402", "403", "404", "429:spend", "400"])
def test_an_error_that_would_come_again_stops_the_run_after_three_calls_at_most(project, fake, fault):
    fake.configure(faults=Faults(plan=(fault,) * 9))
    run = run_of(project, fake)
    drain(run)
    assert run.state == "paused"
    assert fault.partition(":")[0] in run.reason
    assert len(fake.log) <= 3
    assert run.ledger.count() == len(fake.log)
    assert run.cells.filter(state="open", outcome="").count() == run.planned - run.done
    fake.configure(faults=Faults())
    services.start(run)
    drain(run)
    assert run.state == "done"
    assert run.verdicts + run.transport == 12


def test_a_missing_key_is_named_before_any_call(project, fake, monkeypatch):
    monkeypatch.delenv("PORTIA_API_KEY")
    run = run_of(project, fake)
    drain(run)
    assert (run.state, len(fake.log)) == ("paused", 0)
    assert run.reason == ("There is no key: set the environment variable PORTIA_API_KEY, or store a key of this name.")


def test_a_vendors_key_is_not_sent_to_somebody_else(project, fake, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    judge = {**LOCAL, "key_name": "OPENAI_API_KEY", "base_url": "https://collector.example/v1"}
    run = run_of(project, fake, judge=judge)
    drain(run)
    assert run.state == "paused"
    assert "OPENAI_API_KEY is sent to api.openai.com only, not to collector.example" in run.reason


def test_a_private_address_is_refused_unless_it_is_opened(project, fake, settings):
    settings.JUDGE_PRIVATE_HOSTS = []
    run = run_of(project, fake)
    drain(run)
    assert (run.state, len(fake.log)) == ("paused", 0)
    assert "127.0.0.1 may not be called" in run.reason


def test_the_budget_is_never_exceeded_and_stops_the_run(project, fake):
    one_call = run_of(project, fake, Selection(limit=1))
    drain(one_call)
    cost = one_call.spent_nusd // 2
    reserved = one_call.ledger.first().reserved_nusd  # type: ignore[union-attr]
    run = run_of(project, fake, budget_nusd=4 * cost + reserved)
    drain(run)
    assert run.state == "paused"
    assert "does not allow another call" in run.reason
    assert 0 < run.verdicts < 12
    assert run.spent_nusd <= run.budget_nusd  # type: ignore[operator]
    services.set_budget(run, None)
    services.start(run)
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    assert len(fake.log) == 2 + 12


def test_a_budget_too_small_for_one_call_makes_none(project, fake):
    run = run_of(project, fake, budget_nusd=1)
    drain(run)
    assert (run.state, len(fake.log), run.reserved_nusd) == ("paused", 0, 0)


def test_a_stop_gives_the_leases_back_and_a_resume_does_the_rest(project, fake):
    fake.configure(latency=Latency(0.05))
    run = run_of(project, fake, concurrency=2)
    stop = threading.Event()
    drain(run, stop=stop, on_progress=lambda run: stop.set())
    assert run.state == "running"
    assert not run.cells.filter(state="leased").exists()
    assert run.reserved_nusd == 0
    assert run.ledger.count() == len(fake.log) < 12
    drain(run)
    assert run.verdicts == 12
    assert len(fake.log) == run.ledger.count() == 12  # nothing was asked twice


def gone_once(function, *, after: bool):
    """Let a step of the runner fail as where the database goes away: before it has done its work, or ``after``."""
    gone: list[bool] = []

    def step(*arguments, **how):
        done = function(*arguments, **how) if gone or after else None
        if not gone:
            gone.append(True)
            raise OperationalError("the connection is lost")
        return done

    return step


@pytest.mark.parametrize("after", [False, True], ids=["before it wrote", "when it had written"])
@pytest.mark.parametrize(
    ("module", "step"), [(runner, "record"), (ledger, "sending"), (queue, "take"), (queue, "renew")]
)
def test_a_database_that_goes_away_and_comes_back_loses_no_answer(project, fake, monkeypatch, module, step, after):
    run = run_of(project, fake, concurrency=3)
    monkeypatch.setattr(module, step, gone_once(getattr(module, step), after=after))
    with pytest.raises(OperationalError):
        drain(run)
    run.refresh_from_db()
    if (step, after) == ("take", True):  # leased, and nobody knows: their leases have to end
        Cell.objects.filter(run=run, state="leased").update(due_at=database_now() - timedelta(seconds=1))
    assert run.ledger.filter(state__in=["booked", "open"]).count() == 0
    assert run.ledger.count() == len(fake.log)
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    assert len(fake.log) == run.ledger.count() == 12  # what was asked before it went is on record, and not asked again
    assert (run.spent_nusd, run.reserved_nusd, run.unsettled_nusd) == (billed(fake), 0, 0)


def test_a_mistake_of_the_program_forgets_no_call_that_was_paid(project, fake, monkeypatch):
    run = run_of(project, fake, concurrency=1)
    monkeypatch.setattr(runner, "record", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drain(run)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.ledger.filter(state="open").count() == len(fake.log) == 1
    assert run.reserved_nusd == run.ledger.get(state="open").reserved_nusd > 0
    monkeypatch.undo()


def test_what_is_settled_is_settled_once(project, fake):
    run = run_of(project, fake)
    drain(run)
    entry = known(run.ledger.first())
    lease = Lease(entry.cell_id, entry.epoch, None, None, 0, 0, 1, None)
    again = Settlement(lease=lease, known=True, cost_nusd=5, status=500)
    assert ledger.settle([again], held=set()) == {}  # its first transaction was taken, and nobody could say so
    assert run.ledger.get(pk=entry.pk).cost_nusd == entry.cost_nusd


@pytest.mark.parametrize(("move", "state"), [(services.pause, "paused"), (services.cancel, "cancelled")])
def test_a_run_stopped_from_a_page_keeps_what_it_has(project, fake, move, state):
    fake.configure(latency=Latency(0.3))
    run = run_of(project, fake, concurrency=1)
    moved: list[Run] = []

    def once(run: Run) -> None:
        if run.state == "running" and run.done and not moved:
            moved.append(move(Run.objects.get(pk=run.pk)))

    drain(run, on_progress=once)
    assert run.state == state
    assert 0 < run.verdicts < 12
    assert run.verdicts == run.cells.filter(outcome="verdict").count()
    services.start(run)
    drain(run)
    assert (run.verdicts, len(fake.log)) == (12, 12)
