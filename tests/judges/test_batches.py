"""Runs in batches: handed in together, fetched when they end, and every call once in the ledger, whatever happens."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from domain.models import Verdict
from judges import engines, queue, services
from judges.batches import store
from judges.drift import models_seen
from judges.keys import batch_problem
from judges.models import Batch, Run
from judges.money import nano
from judges.parameters import Parameters
from judges.planning import Selection
from judges.prices import cost_of
from judges.providers import Vendor
from judges.providers.base import Usage
from judges.providers.batching import attempt_of, custom_id
from judges.recording import record
from judges.worker import drain_any
from tests.factories import make_project, make_user
from tests.fakes.batches import BatchMode
from tests.fakes.provider import Faults, Latency, Running, running_provider
from tests.judges.conftest import KEY
from tests.judges.invariants import check_invariants
from tests.judges.making import make_battles, make_run, make_version
from tests.judges.running import counted
from tests.judges.shop import SET_UP, Shop, kill_when

pytestmark = pytest.mark.django_db

JUDGES: dict[str, dict[str, Any]] = {
    "anthropic": {"vendor": Vendor.ANTHROPIC, "model": "claude-haiku-5-5"},
    "chat": {"vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna"},
    "responses": {"vendor": Vendor.OPENAI_RESPONSES, "model": "gpt-6-luna"},
}
ALL = pytest.mark.parametrize("judge", JUDGES)


@pytest.fixture(autouse=True)
def _soon(settings, monkeypatch):
    settings.JUDGE_BATCH_POLL_SECONDS = 0
    monkeypatch.setattr("judges.batches.drain.TICK_S", 0.01)
    monkeypatch.setattr("judges.batches.drain.BEAT_S", 0.01)
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.01)


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 6)
    return project


def batch_run(project, fake: Running, judge: str = "anthropic", **fields: Any) -> Run:
    named = JUDGES[judge]
    url = fake.base_url if named["vendor"] is Vendor.ANTHROPIC else fake.openai_url
    version = make_version(project, base_url=url, **named, **fields.pop("version", {}))
    fields = {"engine": Run.Engine.COMMAND, **fields}
    return make_run(version, fields.pop("selection", None), mode=Run.Mode.BATCH, **fields)


def drain(run: Run, **options: Any) -> Run:
    drain_any(run, **options)
    run.refresh_from_db()
    return run


def billed(fake: Running) -> int:
    """Return what the provider's call log costs, at the prices of batches."""
    total = 0
    for call in fake.log.records():
        cost = cost_of(call.model, Usage(**call.usage), datetime.now(UTC), batch=True) if call.usage else Decimal(0)
        assert cost is not None
        total += nano(cost)
    return total


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
    assert run.state == "done" or "does not allow another call" in run.reason
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


@ALL
def test_a_batch_whose_answer_was_lost_is_found_again_and_nothing_is_paid_twice(project, fake, judge):
    fake.configure(batches=BatchMode(lost=1))
    run = drain(batch_run(project, fake, judge))
    assert (run.state, run.verdicts) == ("done", 12)
    assert len(fake.batches()) == run.batches.count() == 1
    assert len(fake.log) == run.ledger.count() == 12
    check_invariants(run, fake)


@ALL
def test_a_process_that_died_before_the_answer_leaves_a_batch_that_is_found(project, fake, judge, monkeypatch):
    """Whatever a killed process has written, and no more: booked, handed in, and no name of the job."""
    run = batch_run(project, fake, judge)
    with monkeypatch.context() as patch:
        patch.setattr(store, "handed_in", _die)
        with pytest.raises(_Killed):
            drain(run)
    assert list(run.batches.values_list("state", "vendor_id")) == [("submitting", "")]
    Run.objects.filter(pk=run.pk).update(state="running", reason="")
    Batch.objects.update(due_at=store.later(-1))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log), len(fake.batches())) == ("done", 12, 12, 1)
    check_invariants(run, fake)


@ALL
def test_a_process_that_died_before_it_handed_in_costs_nothing(project, fake, judge, monkeypatch):
    run = batch_run(project, fake, judge)
    with monkeypatch.context() as patch:
        patch.setattr("judges.batches.handing_in.Hander._submit", _die)
        with pytest.raises(_Killed):
            drain(run)
    Run.objects.filter(pk=run.pk).update(state="running", reason="")
    Batch.objects.update(due_at=store.later(-1))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log), len(fake.batches())) == ("done", 12, 12, 1)
    assert list(run.batches.values_list("state", flat=True)) == ["failed", "ended"]
    assert (run.reserved_nusd, run.unsettled_nusd, run.ledger.count()) == (0, 0, 12)
    check_invariants(run, fake)


@ALL
def test_a_process_that_died_while_it_took_results_in_takes_in_the_rest(project, fake, judge, monkeypatch):
    run = batch_run(project, fake, judge)
    monkeypatch.setattr("judges.batches.collecting.GROUP", 5)
    with monkeypatch.context() as patch:
        real, groups = record, iter([True, False])
        patch.setattr("judges.batches.collecting.record", lambda *given: real(*given) if next(groups) else _die())
        with pytest.raises(_Killed):
            drain(run)
    run.refresh_from_db()
    assert run.verdicts == 5
    Run.objects.filter(pk=run.pk).update(state="running", reason="")
    Batch.objects.update(due_at=store.later(-1))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 12, 12)
    check_invariants(run, fake)


class _Killed(Exception):
    pass


def _die(*given: Any) -> None:
    raise _Killed


def test_a_batch_that_the_provider_has_forgotten_is_given_up_at_its_reservation(project, fake):
    fake.configure(batches=BatchMode(seconds=None))
    run = batch_run(project, fake)

    def forget(_: Run) -> None:
        if not fake.provider.settings.batches.seconds:
            for desk in fake.provider.desks:
                desk.jobs.clear()
            if run.batches.filter(state="failed").exists():
                fake.configure(batches=BatchMode(seconds=0.001))

    drain(run, on_progress=forget)
    assert run.ledger.filter(state="lost").count() >= 12
    assert run.unsettled_nusd > 0
    assert "does not know the batch any more" in run.batches.all()[0].detail


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


def test_an_interrupted_command_leaves_the_batch_with_the_provider(project, fake):
    fake.configure(batches=BatchMode(seconds=None))
    run, stop = batch_run(project, fake), threading.Event()

    def end(seen: Run) -> None:
        if seen.batches.filter(state="waiting").exists():
            stop.set()

    drain(run, stop=stop, on_progress=end)
    services.stop_with_reason(run, "Interrupted.")
    assert list(run.batches.values_list("state", flat=True)) == ["waiting"]
    for job in fake.batches():
        job.finish()
    services.take_up(run)
    Batch.objects.update(due_at=store.later(-1))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log), len(fake.batches())) == ("done", 12, 12, 1)


def test_a_worker_leaves_a_run_that_rests_and_comes_back_when_it_is_due(project, fake, client):
    fake.configure(batches=BatchMode(seconds=None))
    run = drain(batch_run(project, fake, engine=Run.Engine.WORKER))
    assert (run.state, run.verdicts) == ("running", 0)
    assert run.rest_until is not None
    Run.objects.filter(pk=run.pk).update(rest_until=store.later(60))
    assert not Run.objects.for_workers().exists()
    assert not services.is_silent(run)
    client.force_login(make_user("root", is_superuser=True))
    page = reverse("judges:run", args=[run.project.slug, run.pk])
    assert b"No worker is running" not in client.get(page).content  # there is nothing to do
    Run.objects.filter(pk=run.pk).update(rest_until=store.later(-1))
    assert b"No worker is running" in client.get(page).content
    Batch.objects.update(due_at=store.later(-1))
    assert Run.objects.for_workers().get() == run
    fake.batches()[0].finish()
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)


def test_a_worker_cancels_the_batches_of_a_run_that_was_stopped_while_it_rested(project, fake):
    fake.configure(batches=BatchMode(seconds=None, done_by_cancel=0.5))
    run = drain(batch_run(project, fake, engine=Run.Engine.WORKER))
    services.cancel(run)
    assert Run.objects.for_workers().get() == run
    drain(run)
    assert (run.state, run.verdicts) == ("cancelled", len(fake.log))
    assert 0 < run.verdicts < 12
    assert list(run.batches.values_list("state", flat=True)) == ["ended"]
    assert not Run.objects.for_workers().exists()


def test_a_worker_calls_back_the_batches_of_a_command_that_is_gone(project, fake):
    fake.configure(batches=BatchMode(seconds=None, done_by_cancel=0.0))
    run, stop = batch_run(project, fake), threading.Event()
    drain(run, stop=stop, on_progress=lambda seen: stop.set() if seen.batches.filter(state="waiting") else None)
    services.cancel(run)
    assert Run.objects.for_workers().get() == run
    drain(run)
    assert (run.state, run.verdicts, run.reserved_nusd) == ("cancelled", 0, 0)
    assert fake.batches()[0].cancelled


def test_results_that_come_after_the_cells_were_asked_again_are_booked_and_not_counted(project, fake):
    fake.configure(batches=BatchMode(seconds=None))
    run = drain(batch_run(project, fake, engine=Run.Engine.WORKER))
    run.cells.update(due_at=store.later(-1))  # as if nobody had looked for days
    taken = queue.take(run, "bob", 99, 60)
    assert len(taken) == 12
    assert run.ledger.filter(state="lost").count() == 12
    queue.give_back(run, taken, booked=False)
    fake.batches()[0].finish()
    Batch.objects.update(due_at=store.later(-1))
    fake.configure(batches=BatchMode())
    Run.objects.filter(pk=run.pk).update(engine="command")
    run.refresh_from_db()
    drain(run)
    assert (run.state, run.verdicts) == ("done", 12)
    assert run.ledger.filter(late=True).count() == 12
    assert len(fake.log) == 24 == run.ledger.filter(state="settled").count()
    assert run.spent_nusd == billed(fake)
    assert Verdict.objects.filter(counted=True).count() == 12


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


def test_the_page_of_a_run_lists_its_batches(project, fake, client):
    project.memberships.get_or_create(user=make_user("ada"), defaults={"role": "owner"})
    client.force_login(project.memberships.get(user__username="ada").user)
    run = drain(batch_run(project, fake))
    page = client.get(reverse("judges:run", args=[project.slug, run.pk]))
    assert page.status_code == 200
    assert fake.batches()[0].name in page.text
    assert "More than one model" not in page.text


def test_the_launch_form_offers_batches_to_the_vendors_alone(project, fake, client):
    project.memberships.get_or_create(user=make_user("ada"), defaults={"role": "owner"})
    client.force_login(project.memberships.get(user__username="ada").user)
    there = reverse("judges:new_run", args=[project.slug])
    fields = {"pairs": "made", "repeats": 1, "concurrency": 4, "batch": "on"}
    local = make_version(project, base_url=fake.openai_url)
    refused = client.post(there, {**fields, "version": local.pk, "key": "k1"})
    assert refused.status_code == 422
    assert "has no batch API" in refused.text
    version = make_version(project, base_url=fake.base_url, **JUDGES["anthropic"])
    looked = client.post(there, {**fields, "version": version.pk, "key": "k2", "look": "1"})
    assert "half the list price" in looked.text
    client.post(there, {**fields, "version": version.pk, "key": "k2"})
    assert Run.objects.get(version=version).mode == "batch"


def test_a_run_whose_model_changed_on_the_way_says_so_and_is_split(project, fake, client):
    project.memberships.get_or_create(user=make_user("ada"), defaults={"role": "owner"})
    client.force_login(project.memberships.get(user__username="ada").user)
    fake.configure(faults=Faults(match=(("Question 1", "wrong-model"), ("Question 4", "wrong-model"))))
    run = drain(batch_run(project, fake))
    seen = models_seen(run)
    assert seen.switched
    assert {row.model: (row.answers, row.verdicts) for row in seen.rows} == {
        "claude-haiku-5-5": (8, 8),
        "another-model-2027": (4, 4),
    }
    page = client.get(reverse("judges:run", args=[project.slug, run.pk]))
    assert "More than one model answered" in page.text
    assert "another-model-2027" in page.text


def test_a_run_in_batches_that_is_killed_pays_nothing_twice(tmp_path):
    mode = BatchMode(seconds=1.0)
    with running_provider(seed=5, api_key=KEY, batches=mode, latency=Latency(0.05), published=True) as fake:
        shop = Shop(tmp_path, fake.base_url)
        shop.environment |= {"JURYBOX_JUDGE_BATCH_POLL_SECONDS": "1", "JURYBOX_JUDGE_BATCH_CALLS": "30"}
        shop.environment["JURYBOX_JUDGE_PRIVATE_HOSTS"] = f"127.0.0.1:{fake.port}"
        shop.run("shell", "-v0", "-c", SET_UP.format(battles=30))
        judge = ("judge", "shop", "--judge", "Portia", "--model", "claude-haiku-5-5", "--provider", "anthropic")
        how = ("--base-url", fake.base_url, "--key-env", "PORTIA_API_KEY", "--repairs", "0", "--batch")
        resume = ("judge", "shop", "--resume", "1")
        kill_when(shop.start(*judge, *how), lambda: len(fake.batches()) >= 2)  # perhaps before its name is known
        kill_when(shop.start(*resume), lambda: len(fake.log) > 0)  # perhaps while results are taken in
        summary = json.loads(shop.run(*resume, "--json"))
        calls = len(fake.log)
    assert (summary["state"], summary["mode"], summary["verdict"], calls) == ("done", "batch", 60, 60)
    states = dict(shop.rows("SELECT state, count(*) FROM judges_ledgerentry GROUP BY state"))
    assert states == {"settled": 60}
    assert shop.rows("SELECT reserved_nusd, unsettled_nusd FROM judges_run") == [(0, 0)]
    assert shop.number("SELECT count(*) FROM domain_verdict WHERE counted") == 60
