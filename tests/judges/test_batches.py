"""Runs in batches: handed in together, fetched when they end, every call once in the ledger, whatever is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from judges import engines, services
from judges.batches import store
from judges.keys import batch_problem
from judges.models import Batch, Run
from judges.parameters import Parameters
from judges.planning import Selection
from judges.providers.batching import attempt_of, custom_id
from tests.fakes.batches import BatchMode
from tests.fakes.provider import Faults
from tests.judges.batching import ALL, batch_run, billed, drain, hasten
from tests.judges.invariants import check_invariants
from tests.judges.making import make_run, make_version
from tests.judges.running import counted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _soon(settings, monkeypatch):
    hasten(settings, monkeypatch)


@ALL
def test_a_run_in_batches_ends_like_any_other_and_costs_half(project, fake, judge):
    run = drain(batch_run(project, fake, judge))
    assert (run.state, run.verdicts) == ("done", 12)
    (batch,) = run.batches.all()
    assert (batch.state, batch.size, batch.answered) == ("ended", 12, 12)
    assert batch.vendor_id == fake.batches()[0].name
    assert {record.batch for record in fake.log.records()} == {batch.vendor_id}
    assert run.spent_nusd == billed(fake) > 0
    assert set(run.ledger.values_list("batch", flat=True)) == {batch.pk}
    assert all(price.endswith(", batch") for price in run.ledger.values_list("price", flat=True))
    assert set(run.ledger.values_list("latency_ms", flat=True)) == {None}  # nobody knows how long a call took
    check_invariants(run, fake)


@ALL
def test_a_batch_gives_the_verdicts_that_single_calls_give(project, fake, judge):
    in_batches = drain(batch_run(project, fake, judge))
    assert in_batches.version is not None
    one_by_one = make_run(in_batches.version, engine=Run.Engine.COMMAND)
    drain(one_by_one)
    columns = ("battle", "order", "said")
    assert set(in_batches.cells.values_list(*columns)) == set(one_by_one.cells.values_list(*columns))
    assert in_batches.spent_nusd * 2 == pytest.approx(one_by_one.spent_nusd, rel=0.01)


@ALL
def test_calls_that_fail_within_a_batch_are_asked_again_and_the_others_count(project, fake, judge):
    plan = ("Question 1", "500"), ("Question 2", "refusal"), ("Question 3", "empty")
    fake.configure(faults=Faults(match=plan), batches=BatchMode(seconds=None))
    run = batch_run(project, fake, judge)

    def end_all(_: Run) -> None:
        for job in fake.batches():
            job.finish()
        if len(fake.batches()) > 1:
            fake.configure(faults=Faults(match=plan[1:]))

    drain(run, on_progress=end_all)
    assert counted(run) == {"verdict": 8, "refused": 2, "unreadable": 2, "transport": 0}
    assert run.ledger.filter(status=500, state="settled", cost_nusd=0).count() >= 2  # errors are not billed
    check_invariants(run, fake)


@ALL
def test_calls_that_expire_are_handed_in_again_without_a_charge(project, fake, judge):
    fake.configure(batches=BatchMode(expiring=0.5))
    run = drain(batch_run(project, fake, judge))
    assert (run.state, run.verdicts) == ("done", 12)
    assert run.batches.count() > 1
    assert run.ledger.count() > 12
    assert len(fake.log) == 12
    assert set(run.cells.values_list("attempts", flat=True)) == {1}
    assert run.spent_nusd == billed(fake)
    check_invariants(run, fake)


@ALL
def test_a_call_without_a_line_in_the_results_may_have_been_paid_for(project, fake, judge):
    fake.configure(batches=BatchMode(seconds=None, missing=0.6))
    run = batch_run(project, fake, judge)

    def end_all(_: Run) -> None:
        if len(fake.batches()) > 1:
            fake.configure(batches=BatchMode(seconds=None))
        for job in fake.batches():
            job.finish()

    drain(run, on_progress=end_all)
    missing = 12 - fake.batches()[0].count("ok")
    assert (run.state, run.verdicts) == ("done", 12)
    assert run.ledger.filter(state="unknown").count() == missing > 0
    assert run.unsettled_nusd > 0
    check_invariants(run, fake)


@ALL
def test_a_pause_cancels_the_batch_and_keeps_what_was_finished(project, fake, judge):
    fake.configure(batches=BatchMode(seconds=None, done_by_cancel=0.5))
    run = batch_run(project, fake, judge)

    def pause(seen: Run) -> None:
        if seen.state == "running" and seen.batches.filter(state="waiting").exists():
            services.pause(Run.objects.get(pk=seen.pk))

    drain(run, on_progress=pause)
    assert run.state == "paused"
    assert run.verdicts == fake.batches()[0].count("ok") == len(fake.log)
    assert 0 < run.verdicts < 12
    assert run.cells.filter(state="open").count() == 12 - run.verdicts
    assert (run.reserved_nusd, run.unsettled_nusd) == (0, 0)
    fake.configure(batches=BatchMode())
    services.start(run)
    drain(run)
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 12, 12)
    check_invariants(run, fake)


@pytest.mark.parametrize(("state", "woken"), [("waiting", 1), ("ended", 0), (None, 0)])
def test_a_stop_wakes_workers_only_where_batches_are_to_be_called_back(
    project, fake, monkeypatch, django_capture_on_commit_callbacks, state, woken
):
    calls: list[int] = []
    monkeypatch.setitem(engines.ENGINES, Run.Engine.WORKER, SimpleNamespace(wake=calls.append))
    run = batch_run(project, fake, engine=Run.Engine.WORKER)
    if state:
        Batch.objects.create(run=run, state=state, size=1, vendor_id="msgbatch_1", due_at=store.later(60))
    with django_capture_on_commit_callbacks(execute=True):
        services.pause(run)
    assert calls == [run.pk] * woken


def test_a_batch_that_somebody_else_cancels_pauses_the_run(project, fake):
    fake.configure(batches=BatchMode(seconds=None, done_by_cancel=0.0))
    run = batch_run(project, fake)

    def cancel_there(_: Run) -> None:
        for job in fake.batches():
            job.cancelled = True

    drain(run, on_progress=cancel_there)
    assert (run.state, run.verdicts, len(fake.batches())) == ("paused", 0, 1)
    assert "was cancelled at the provider" in run.reason


def test_the_budget_is_reserved_for_whole_batches_and_only_what_fits_is_handed_in(project, fake):
    first = drain(batch_run(project, fake, selection=Selection(limit=1)))
    reserved = first.ledger.values_list("reserved_nusd", flat=True)[0]
    run = drain(batch_run(project, fake, budget_nusd=int(3.5 * reserved)))
    sizes = list(run.batches.values_list("size", flat=True))
    assert sizes[0] == 3
    assert run.spent_nusd <= int(3.5 * reserved)
    assert (run.state, run.verdicts, sum(sizes)) == ("done", 12, 12)
    check_invariants(run)


def test_a_budget_too_small_for_one_call_hands_nothing_in(project, fake):
    run = drain(batch_run(project, fake, budget_nusd=1))
    assert (run.state, run.batches.count(), len(fake.batches()), run.reserved_nusd) == ("paused", 0, 0, 0)


@pytest.mark.parametrize(("calls", "size", "sizes"), [(5, 10**9, [5, 5, 2]), (100, 1, [1] * 12)])
def test_a_run_is_cut_into_batches_of_the_size_that_is_set(project, fake, settings, calls, size, sizes):
    settings.JUDGE_BATCH_CALLS, settings.JUDGE_BATCH_BYTES = calls, size
    run = drain(batch_run(project, fake))
    assert [len(job.lines) for job in fake.batches()] == sizes
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 12, 12)


def test_a_judge_with_samples_takes_one_step_per_batch(project, fake):
    run = batch_run(project, fake, version={"parameters": Parameters(max_tokens=500, repairs=0, samples=3)})
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    assert [len(job.lines) for job in fake.batches()] == [12, 12, 12]
    assert len(fake.log) == run.ledger.count() == 36


@pytest.mark.parametrize("judge", ["chat", "responses"])
def test_a_full_queue_is_waited_for(project, fake, judge, monkeypatch):
    monkeypatch.setattr("judges.batches.drain.FULL_QUEUE_S", 0.05)
    fake.configure(batches=BatchMode(refused=("token_limit_exceeded", "Enqueued token limit reached.")))
    run = batch_run(project, fake, judge)

    def make_room(_: Run) -> None:
        if fake.batches():
            fake.configure(batches=BatchMode())

    drain(run, on_progress=make_room)
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 12, 12)
    assert (run.reserved_nusd, run.unsettled_nusd) == (0, 0)


@pytest.mark.parametrize("judge", ["chat", "responses"])
def test_a_batch_that_is_refused_pauses_the_run_and_says_why(project, fake, judge):
    fake.configure(batches=BatchMode(refused=("invalid_json_line", "Line 3 is not JSON.")))
    run = drain(batch_run(project, fake, judge))
    assert run.state == "paused"
    assert run.reason == "The provider refused a batch: Line 3 is not JSON."
    assert (len(fake.log), run.reserved_nusd, run.cells.filter(state="open").count()) == (0, 0, 12)


@ALL
@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_creation_that_fails_is_tried_again(project, fake, judge, status):
    fake.configure(batches=BatchMode(status=(status, status)))
    run = drain(batch_run(project, fake, judge))
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 12, 12)
    assert len(fake.batches()) == 1
    check_invariants(run, fake)


@ALL
def test_a_wrong_key_stops_the_run_at_once(project, fake, judge):
    fake.configure(api_key="another")
    run = drain(batch_run(project, fake, judge))
    assert run.state == "paused"
    assert "401" in run.reason
    assert (run.reserved_nusd, run.ledger.count(), run.cells.filter(state="open").count()) == (0, 0, 12)


def test_a_compatible_server_has_no_batches(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    assert "has no batch API" in batch_problem(version)
    run = drain(make_run(version, mode=Run.Mode.BATCH, engine=Run.Engine.COMMAND))
    assert run.state == "paused"
    assert "no batch API" in run.reason


def test_a_name_of_a_call_tells_its_cell_its_attempt_and_its_batch():
    assert attempt_of(custom_id(12, 3, "ab12"), "ab12") == (12, 3)
    for foreign in ("12-3-other", "12-ab12", "x-3-ab12", "", "12-3"):
        assert attempt_of(foreign, "ab12") is None
    assert len(custom_id(2**63, 2**31, "f" * 16)) <= 64
