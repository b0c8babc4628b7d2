"""What becomes of a batch when its process, its command or its worker is gone: found again, and nothing paid twice."""

from __future__ import annotations

import json
import threading

import pytest
from django.urls import reverse

from domain.models import Verdict
from judges import queue, services
from judges.batches import store
from judges.models import Batch, Run
from judges.recording import record
from tests.factories import make_user
from tests.fakes.batches import BatchMode
from tests.fakes.provider import Latency, running_provider
from tests.judges.batching import ALL, Killed, batch_run, billed, die, drain, hasten
from tests.judges.conftest import KEY
from tests.judges.invariants import check_invariants
from tests.judges.shop import SET_UP, Shop, kill_when

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _soon(settings, monkeypatch):
    hasten(settings, monkeypatch)


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
        patch.setattr(store, "handed_in", die)
        with pytest.raises(Killed):
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
        patch.setattr("judges.batches.handing_in.Hander._submit", die)
        with pytest.raises(Killed):
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
        patch.setattr("judges.batches.collecting.record", lambda *given: real(*given) if next(groups) else die())
        with pytest.raises(Killed):
            drain(run)
    run.refresh_from_db()
    assert run.verdicts == 5
    Run.objects.filter(pk=run.pk).update(state="running", reason="")
    Batch.objects.update(due_at=store.later(-1))
    drain(run)
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 12, 12)
    check_invariants(run, fake)


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
