"""The faults A1 to A16 of a judge run, and what must hold after each: see tests.judges.invariants.

Where a fault has its own tests, they are named here and not repeated:
A1 killed worker: test_process_faults, test_faults, test_worker_faults, and test_batch_deaths for batches. A2 killed
launch: test_process_faults. A3 crashing database: test_worker_faults. A4 lost and doubled messages: test_engines.
A5 pauses that a provider asks for: here, test_throttle, test_runner, test_runner_stops. A6 terminal errors: here,
test_runner_stops. A7 passing errors: here. A8 slow and silent providers: here, test_providers. A9 bodies that are no
answer: here. A10 answers without a verdict: here, test_replies. A11 another model: here, test_batch_pages. A12 runaway
costs: here, test_runner_stops. A13 cancel: here, test_runner_stops. A14 clocks that differ: here. A15 stale leases:
test_faults, test_worker_faults. A16 doubled launches: test_process_faults.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from domain.models import Score, Verdict
from judges import services
from judges.drift import models_seen
from judges.models import Run
from judges.planning import Selection
from judges.providers import Vendor
from judges.runner import drain
from judges.worker import drain_any
from tests.factories import make_project, make_prompt, make_response
from tests.fakes.batches import BatchMode
from tests.fakes.judge import Question
from tests.fakes.provider import Faults, Latency
from tests.judges.invariants import check_invariants
from tests.judges.making import make_direct_version, make_run, make_version
from tests.judges.running import PRICED, run_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def soon(monkeypatch):
    """Waits between attempts that a test can afford."""
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.01)


# --- A5, A6, A7 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["0", "0.05", "-1", "ms", "none"])
def test_a5_a_pause_in_any_shape_is_obeyed_and_the_run_ends(project, fake, soon, shape):
    fake.configure(faults=Faults(match=(("Question 1", f"429:{shape}"),)))
    run = run_of(project, fake)

    def lift(run: Run) -> None:
        if len(fake.log) > 12:
            fake.configure(faults=Faults())

    drain(run, on_progress=lift)
    assert run.state == "done"
    check_invariants(run, fake)


@pytest.mark.parametrize("shape", ["3600", "1e9"])
def test_a5_a_pause_too_long_to_wait_for_parks_the_run_with_its_reason(project, fake, shape):
    fake.configure(faults=Faults(plan=(f"429:{shape}",)))
    run = run_of(project, fake)
    drain(run)
    assert run.state == "paused"
    assert "asks to wait for" in run.reason
    assert len(fake.log) <= 3
    check_invariants(run, fake)


@pytest.mark.parametrize("fault", ["401", "402", "403", "404", "429:spend", "422", "413"])
def test_a6_a_terminal_error_opens_the_circuit_after_three_calls(project, fake, fault):
    fake.configure(faults=Faults(plan=(fault,) * 9))
    run = run_of(project, fake)
    drain(run)
    assert run.state == "paused"
    assert len(fake.log) <= 3
    check_invariants(run, fake)


def test_a7_with_a_third_of_all_calls_failing_every_cell_has_its_answer(project, fake, soon, monkeypatch):
    monkeypatch.setattr("judges.endings.LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr("judges.endings.MOST_ATTEMPTS", 30)
    kinds = ("500", "502", "503", "529", "408", "409", "reset", "fin")
    fake.configure(faults=Faults(rate=0.3, kinds=kinds))
    run = run_of(project, fake, Selection(repeats=4))
    drain(run)
    assert (run.state, run.verdicts, run.planned) == ("done", 48, 48)
    check_invariants(run, fake)


def test_a6_a_batch_that_is_refused_for_good_is_handed_in_once(project, fake):
    fake.configure(batches=BatchMode(status=(403,) * 9))
    run = run_of(project, fake, mode=Run.Mode.BATCH, engine=Run.Engine.COMMAND)
    drain_any(run)
    run.refresh_from_db()
    assert (run.state, len(fake.log), run.reserved_nusd, run.batches.count()) == ("paused", 0, 0, 1)
    assert "403" in run.reason


def test_a7_a_judge_in_trouble_does_not_stop_another(project, fake, soon):
    fake.configure(faults=Faults(match=(('"gpt-6-luna"', "401"),)))
    broken = run_of(project, fake)
    other = make_run(make_version(project, base_url=fake.openai_url, vendor=Vendor.COMPATIBLE, model="local"))
    drain(broken)
    drain(other)
    assert (broken.state, other.state, other.verdicts) == ("paused", "done", 12)


# --- A8, A9 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["hang", "drip", "endless", "fin", "reset"])
def test_a8_a_call_ends_at_its_deadline_whatever_the_provider_does(project, fake, soon, settings, fault):
    settings.JUDGE_CALL_SECONDS = 0.3
    fake.configure(faults=Faults(plan=(fault,)))
    run = run_of(project, fake, Selection(limit=2))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 4, 8)
    assert run.ledger.filter(state="unknown").count() == 4  # it may have been paid for
    assert run.unsettled_nusd > 0
    check_invariants(run, fake)


@pytest.mark.parametrize("fault", ["huge", "gzip", "html", "garbage", "list", "bad-utf8", "sse-error"])
def test_a9_a_body_that_is_no_answer_is_cut_short_and_asked_for_again(project, fake, soon, fault):
    fake.configure(faults=Faults(plan=(fault,)))
    run = run_of(project, fake, Selection(limit=2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    drain(run)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (run.state, run.verdicts) == ("done", 4)
    assert run.ledger.filter(state="unknown").count() == 4
    assert sys.platform != "linux" or grown < 50 * 1024  # KiB
    check_invariants(run, fake)


# --- A10 ------------------------------------------------------------------------------------------------------------


def _score(value: Any, **more: Any) -> str:
    return json.dumps({"helpfulness": {"reasons": "Because.", "score": value}, **more})


GOOD = _score(3)
WITHOUT_VERDICT: tuple[str, ...] = (
    *map(_score, (0, 6, -1, 3.5, 99, 1e308, "A", "B", "three", "", None, True, [], [3], {}, "3 or 4")),
    *map(_score, (float("nan"), float("inf"), -float("inf"))),
    *(GOOD + between + _score(5) for between in ("", "\n", " or rather ", "\n\nOn reflection:\n")),
    *(GOOD[:cut] for cut in (1, 5, 12, 20, 30, len(GOOD) - 2, len(GOOD) - 1)),
    *(json.dumps(value) for value in ([], {}, None, 3, "3", True, [3], {"score": 3}, {"helpfulness": 3})),
    *(json.dumps({name: {"reasons": "x", "score": 3}}) for name in ("helpfullness", "Helpfulness ", "quality")),
    _score(3, other={"reasons": "x", "score": 3}),
    '{"helpfulness": {"reasons": "x", "score": 3, "score": 5}}',
    *("", " ", "\n\n", "3", "Score: 3", "[[3]]", "3/5", "Three stars.", "I'd say 4 out of 5.", "N/A", "null", "{", "}"),
    *("I'm sorry, I can't help with that.", "I cannot assist with rating this response.", "As asked: {score}."),
    "Beide Antworten sind gut.",
    "这个回答很好。",
    "<think>It is a 4. " + _score(4),
)  # fmt: skip


def test_a10_sixty_answers_without_a_verdict_are_none_and_change_no_mean(fake):
    assert len(WITHOUT_VERDICT) >= 60
    project = make_project()
    for number in range(len(WITHOUT_VERDICT) + 10):
        prompt = make_prompt(project, f"Question {number}: what is it made of?")
        make_response(prompt=prompt, content=f"Item <{number}> is copper.")

    def judge(question: Question, rng: random.Random) -> Any:
        number = int(question.candidates()[0].partition("<")[2].partition(">")[0])
        return WITHOUT_VERDICT[number] if number < len(WITHOUT_VERDICT) else _score(2 + number % 2)

    fake.configure(judge=judge)
    run = make_run(make_direct_version(project, base_url=fake.openai_url, **PRICED))
    drain(run)
    said = {cell.response.content: cell for cell in run.cells.select_related("response") if cell.outcome == "verdict"}
    scored = [WITHOUT_VERDICT[n] for n in range(len(WITHOUT_VERDICT)) if f"Item <{n}> is copper." in said]
    assert scored == []
    assert (run.state, run.verdicts, run.transport) == ("done", 10, 0)
    assert run.refused + run.unreadable == len(WITHOUT_VERDICT)
    values = list(Score.objects.filter(verdict__cell__run=run).values_list("value", flat=True))
    assert sum(values) / len(values) == 2.5
    assert Verdict.objects.unscored().count() == len(WITHOUT_VERDICT)
    check_invariants(run, fake)


@pytest.mark.parametrize("vendor", [Vendor.ANTHROPIC, Vendor.OPENAI_CHAT, Vendor.OPENAI_RESPONSES])
@pytest.mark.parametrize("fault", ["tool-call", "two-choices", "negative-usage"])
def test_a10_an_answer_of_another_form_is_no_verdict_and_its_cost_is_never_below_zero(project, fake, vendor, fault):
    model = "claude-haiku-5-5" if vendor is Vendor.ANTHROPIC else "gpt-6-luna"
    url = fake.base_url if vendor is Vendor.ANTHROPIC else fake.openai_url
    fake.configure(faults=Faults(plan=(fault,) * 9))
    run = make_run(make_version(project, vendor=vendor, model=model, base_url=url))
    drain(run)
    assert run.state == "done"
    if fault == "negative-usage":
        assert (run.verdicts, run.spent_nusd, run.ledger.filter(state="unknown").count()) == (12, 0, 12)
        assert run.unsettled_nusd > 0
    else:
        assert (run.verdicts, run.unreadable) == (0, 12)


# --- A11, A12, A13 --------------------------------------------------------------------------------------------------


def test_a11_a_model_that_changes_half_way_is_flagged_and_the_run_split_by_it(project, fake):
    fake.configure(other_model_after=6)
    run = run_of(project, fake, concurrency=1)
    drain(run)
    seen = models_seen(run)
    assert seen.switched
    assert {row.model: row.answers for row in seen.rows} == {"gpt-6-luna": 6, "another-model-2027": 6}
    assert set(run.ledger.values_list("model", flat=True)) == {"gpt-6-luna", "another-model-2027"}


def test_a12_a_provider_that_bills_a_hundred_times_stops_at_the_cap_and_the_calls_under_way(project, fake):
    one = run_of(project, fake, Selection(limit=1))
    drain(one)
    usual = max(cost or 0 for cost in one.ledger.values_list("cost_nusd", flat=True))
    fake.configure(output_times=100)
    budget, at_once = 12 * usual, 2
    run = run_of(project, fake, budget_nusd=budget, concurrency=at_once)
    drain(run)
    dearest = max(cost or 0 for cost in run.ledger.values_list("cost_nusd", flat=True))
    assert dearest > 5 * usual
    assert run.state == "paused"
    assert "does not allow another call" in run.reason
    assert run.spent_nusd <= budget + at_once * dearest
    assert 0 < run.verdicts < 12


def test_a13_a_run_cancelled_half_way_keeps_its_part_and_resumes_without_a_repeat(project, fake, monkeypatch):
    monkeypatch.setattr("judges.runner.BEAT_S", 0.0)
    fake.configure(latency=Latency(0.05))
    run = run_of(project, fake, concurrency=2)

    def cancel(seen: Run) -> None:
        if seen.done >= 4 and seen.state == "running":
            services.cancel(Run.objects.get(pk=seen.pk))

    drain(run, on_progress=cancel)
    assert run.state == "cancelled"
    assert 4 <= run.done < 12
    check_invariants(run, fake)
    services.start(run)
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    assert {record.attempt for record in fake.log.records()} == {1}
    check_invariants(run, fake)


# --- A14 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
def test_a14_leases_and_retries_know_the_database_clock_alone(project, fake, soon, monkeypatch, hours):
    real, real_now = time.time, timezone.now
    monkeypatch.setattr(time, "time", lambda: real() + 3600 * hours)
    monkeypatch.setattr(timezone, "now", lambda: real_now() + timedelta(hours=hours))
    fake.configure(faults=Faults(plan=("500",)))
    run = run_of(project, fake)
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    check_invariants(run, fake)
