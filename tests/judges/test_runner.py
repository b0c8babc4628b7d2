"""The runner against the fake provider, over real HTTP."""

from __future__ import annotations

import io
import json
import logging
import threading
from typing import Any

import pytest
from django.core import serializers
from django.db.models import Sum

from domain.models import Event, Score, Verdict
from judges import services
from judges.models import Cell, Exchange, LedgerEntry, Run
from judges.planning import Selection
from judges.providers import Vendor
from judges.runner import drain
from tests.factories import make_response
from tests.fakes.provider import Faults
from tests.judges.conftest import KEY
from tests.judges.making import make_run
from tests.judges.running import LOCAL, billed, counted, run_of

pytestmark = pytest.mark.django_db
BY_VENDOR: dict[Vendor, dict[str, Any]] = {
    Vendor.ANTHROPIC: {"model": "claude-opus-5-5"},
    Vendor.OPENAI_CHAT: {"model": "gpt-6-luna"},
    Vendor.OPENAI_RESPONSES: {"model": "gpt-6-luna"},
    Vendor.OPENAI_DECISIONS: {"model": "gpt-6-luna"},
    Vendor.COMPATIBLE: {"model": "local-judge"},
}


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
