"""The runner against the fake provider, over real HTTP."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.db import OperationalError
from django.db.models import Sum

from domain.models import Event, Score, Verdict
from judges import queue, runner, services
from judges.clock import database_now
from judges.models import Cell, Exchange, LedgerEntry, Run
from judges.money import nano
from judges.planning import Selection
from judges.prices import cost_of
from judges.providers import Vendor
from judges.providers.base import Usage
from judges.runner import drain
from tests.factories import make_project, make_response
from tests.fakes.provider import Faults, Latency, Running
from tests.judges.conftest import KEY
from tests.judges.making import make_battles, make_run, make_version
from tests.known import known

pytestmark = pytest.mark.django_db

PRICED = {"vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna"}
LOCAL = {"vendor": Vendor.COMPATIBLE, "model": "fake-judge"}
BY_VENDOR: dict[Vendor, dict[str, Any]] = {
    Vendor.ANTHROPIC: {"model": "claude-opus-5-5"},
    Vendor.OPENAI_CHAT: {"model": "gpt-6-luna"},
    Vendor.OPENAI_RESPONSES: {"model": "gpt-6-luna"},
    Vendor.OPENAI_DECISIONS: {"model": "gpt-6-luna"},
    Vendor.COMPATIBLE: {"model": "local-judge"},
}


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 6)
    return project


def run_of(project, fake: Running, selection: Selection | None = None, judge=PRICED, **changes) -> Run:
    fields: dict[str, Any] = {"base_url": fake.openai_url, **judge}
    return make_run(make_version(project, **fields), selection, **changes)


def billed(fake: Running, model: str = "gpt-6-luna") -> int:
    """What the provider's own log says the run has cost, in billionths of a dollar."""
    from django.utils import timezone

    usages = [Usage(**record.usage) for record in fake.log.records() if record.usage]
    costs = [cost_of(model, usage, timezone.now()) for usage in usages]
    return sum(nano(cost) for cost in costs if cost is not None)


def counted(run: Run) -> dict[str, int]:
    """The four outcomes, counted in the cells themselves."""
    return {name: run.cells.filter(outcome=name).count() for name in ("verdict", "refused", "unreadable", "transport")}


def test_every_battle_gets_a_verdict_in_both_orders(project, fake):
    run = run_of(project, fake)
    drain(run)
    assert (run.state, run.verdicts, run.done, run.planned) == ("done", 12, 12, 12)
    assert len(fake.log) == 12
    assert Verdict.objects.counting().filter(rater__judge_version__isnull=False).count() == 12


def test_both_orders_name_the_same_system_because_the_side_is_turned_back(project, fake):
    run = run_of(project, fake)
    drain(run)
    winners = set(Score.objects.filter(verdict__cell__run=run).values_list("outcome", flat=True))
    assert winners == {"B"}  # the longer text, which the fake judge prefers, is response_b everywhere
    assert set(run.cells.values_list("order", "said", "verdict__swapped")) == {(0, "B", False), (1, "A", True)}


@pytest.mark.parametrize("vendor", list(Vendor))
def test_each_provider_scores_single_responses(vendor, project, fake):
    from tests.judges.making import make_direct_version

    base_url = fake.base_url if vendor is Vendor.ANTHROPIC else fake.openai_url
    version = make_direct_version(project, vendor=vendor, base_url=base_url, **BY_VENDOR[vendor])
    run = make_run(version)
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    values = Score.objects.filter(verdict__cell__run=run).values_list("value", flat=True)
    assert len(values) == 12
    assert set(values) <= {1.0, 2.0, 3.0, 4.0, 5.0}


def test_what_was_sent_and_what_came_back_stay_with_the_cell(project, fake):
    run = run_of(project, fake, Selection(limit=1))
    drain(run)
    exchange = Exchange.objects.filter(cell__run=run).first()
    assert exchange is not None
    assert "what is it made of?" in exchange.prompt
    assert exchange.system.startswith("You are a careful and impartial judge.")
    assert json.loads(exchange.reply)["preference"]["verdict"] in ("A:1", "A:2", "B:1", "B:2", "tie")
    assert exchange.reading["preference"]["outcome"] in ("A", "B", "tie")
    assert exchange.reading["preference"]["reasons"]
    assert exchange.model == "gpt-6-luna"
    assert exchange.request_id.startswith("req_")
    assert exchange.usage["output"] > 0
    assert exchange.settings["parameters"]["max_tokens"] == 500
    assert len(exchange.prompt_hash) == 64


def test_the_ledger_is_the_call_log_of_the_provider(project, fake):
    run = run_of(project, fake)
    drain(run)
    assert run.ledger.count() == len(fake.log) == 12
    assert set(run.ledger.values_list("state", flat=True)) == {"settled"}
    kinds = ("input_uncached", "output")
    sums = run.ledger.aggregate(**{kind: Sum(kind) for kind in kinds})
    assert sums == {kind: fake.log.billed()[kind] for kind in kinds}
    assert run.spent_nusd == billed(fake) > 0
    assert (run.reserved_nusd, run.unsettled_nusd, run.unpriced_calls) == (0, 0, 0)


def test_a_model_without_a_price_costs_an_unknown_amount_and_not_nothing(project, fake):
    run = run_of(project, fake, judge=LOCAL)
    drain(run)
    assert (run.state, run.unpriced_calls) == ("done", 12)
    assert set(run.ledger.values_list("cost_nusd", flat=True)) == {None}
    assert set(run.cells.values_list("cost_nusd", flat=True)) == {None}


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        ("refusal", "refused", "refused"),
        ("truncated", "unreadable", "unreadable"),
        ("empty", "unreadable", "unreadable"),
        ("unreadable", "unreadable", "unreadable"),
    ],
)
def test_an_answer_without_a_verdict_is_an_unscored_verdict_with_its_reason(project, fake, fault, outcome, reason):
    fake.configure(faults=Faults(plan=(fault,) * 9))
    run = run_of(project, fake, Selection(limit=2))
    drain(run)
    assert run.state == "done"
    assert counted(run) == {**dict.fromkeys(("verdict", "refused", "unreadable", "transport"), 0), outcome: 4}
    assert (getattr(run, outcome), run.verdicts) == (4, 0)
    unscored = Verdict.objects.unscored()
    assert set(unscored.values_list("unscored_reason", flat=True)) == {reason}
    assert Score.objects.count() == 0
    assert len(fake.log) == 4  # an answer is paid for, so it is not asked for again


def test_what_never_answers_is_a_transport_error_after_the_last_attempt(project, fake, monkeypatch):
    monkeypatch.setattr("judges.endings.MOST_ATTEMPTS", 3)
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.01)
    fake.configure(faults=Faults(match=(("Question 3", "500"),)))
    run = run_of(project, fake)
    drain(run)
    assert counted(run) == {"verdict": 10, "refused": 0, "unreadable": 0, "transport": 2}
    assert list(run.cells.filter(outcome="transport").values_list("attempts", flat=True)) == [3, 3]
    assert len(fake.log) == 10 + 2 * 3 == run.ledger.count()
    assert Verdict.objects.unscored().filter(unscored_reason="transport").count() == 2


@pytest.mark.parametrize("fault", ["500", "503", "529", "429:0", "reset", "garbage", "html", "list"])
def test_what_fails_once_is_asked_again(project, fake, monkeypatch, fault):
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.01)
    fake.configure(faults=Faults(plan=(fault,)))
    run = run_of(project, fake, Selection(limit=2))
    drain(run)
    assert counted(run)["verdict"] == 4
    assert len(fake.log) == run.ledger.count() == 8
    assert run.spent_nusd == billed(fake)


def test_retry_after_is_obeyed_by_every_call(project, fake):
    fake.configure(faults=Faults(match=(("Question 0:", "429:1"),)))
    run = run_of(project, fake, concurrency=2)
    stop = threading.Event()
    drain(run, stop=stop, on_progress=lambda run: stop.set() if run.done == 10 else None)
    times = sorted(record.time for record in fake.log.records())
    limited = sorted(record.time for record in fake.log.records() if record.fault)
    others = [moment for moment in times if limited[1] < moment < limited[0] + 0.95]
    assert others == []


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


def test_a_retry_asks_exactly_what_has_no_verdict_and_replaces_it(project, fake):
    fake.configure(faults=Faults(match=(("Question 2", "empty"),)))
    run = run_of(project, fake)
    drain(run)
    assert (run.verdicts, run.unreadable) == (10, 2)
    fake.configure(faults=Faults())
    assert services.retry(run) == 2
    assert (run.state, run.unreadable) == ("paused", 0)
    services.start(run)
    drain(run)
    assert (run.state, run.verdicts, run.unreadable) == ("done", 12, 0)
    assert len(fake.log) == 14
    assert Verdict.objects.planned().count() == Verdict.objects.counting().count() == 12
    assert Verdict.objects.filter(counted=False).count() == 2


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
@pytest.mark.parametrize("step", ["record", "queue.sending", "queue.take", "queue.renew"])
def test_a_database_that_goes_away_and_comes_back_loses_no_answer(project, fake, monkeypatch, step, after):
    run = run_of(project, fake, concurrency=3)
    name, _, of_queue = step.partition(".")
    target = queue if of_queue else runner
    monkeypatch.setattr(target, of_queue or name, gone_once(getattr(target, of_queue or name), after=after))
    with pytest.raises(OperationalError):
        drain(run)
    run.refresh_from_db()
    if (step, after) == ("queue.take", True):  # leased, and nobody knows: their leases have to end
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
    lease = queue.Lease(entry.cell_id, entry.epoch, None, None, 0, 0, 1, None)
    again = queue.Settlement(lease=lease, known=True, cost_nusd=5, status=500)
    assert queue.settle([again], held=set()) == {}  # its first transaction was taken, and nobody could say so
    assert run.ledger.get(pk=entry.pk).cost_nusd == entry.cost_nusd


@pytest.mark.parametrize(("move", "state"), [(services.pause, "paused"), (services.cancel, "cancelled")])
def test_a_run_stopped_from_a_page_keeps_what_it_has(project, fake, move, state):
    fake.configure(latency=Latency(0.3))
    run = run_of(project, fake, concurrency=1)
    moved: list[Run] = []

    def once(run: Run) -> None:
        if run.state == "running" and run.done and not moved:
            moved.append(move(Run.objects.get(pk=run.pk)))

    began = time.monotonic()
    drain(run, on_progress=once)
    assert time.monotonic() - began < 60
    assert run.state == state
    assert 0 < run.verdicts < 12
    assert run.verdicts == run.cells.filter(outcome="verdict").count()
    before = len(fake.log)
    services.start(run)
    drain(run)
    assert run.verdicts == 12
    assert len(fake.log) - before == 12 - before


def test_hostile_words_of_a_judge_are_stored_whole_on_every_database(project, fake):
    nasty = "</script>\x00 \ud800 <b>A</b> \u202e"
    fake.configure(judge=lambda question, rng: {"preference": {"reasons": nasty, "verdict": "tie"}})
    run = run_of(project, fake, Selection(limit=1))
    drain(run)
    assert run.verdicts == 2
    exchange = Exchange.objects.filter(cell__run=run).first()
    assert exchange is not None
    assert exchange.reading["preference"]["reasons"] == "</script>\ufffd \ufffd <b>A</b> \u202e"


def test_the_key_is_nowhere_in_what_is_stored_or_logged(project, fake, caplog):
    caplog.set_level(logging.DEBUG)
    fake.configure(api_key="another")  # so that the provider complains about ours
    run = run_of(project, fake)
    drain(run)
    assert run.state == "paused"
    stored = io.StringIO()
    for model in (Run, Cell, Exchange, LedgerEntry, Verdict, Event):
        serializers.serialize("json", model._default_manager.all(), stream=stored)
    assert run.reason
    assert KEY not in stored.getvalue() + caplog.text + repr(run) + run.reason


def test_material_of_another_project_is_not_asked_about(project, fake):
    make_response(content="Elsewhere.")
    run = run_of(project, fake)
    assert run.planned == 12
