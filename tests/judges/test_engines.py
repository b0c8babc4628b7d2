"""Workers behind a broker: what a message may do to a run (wake it), and what it may not (anything else)."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from judges import engines, planning, services
from judges.clock import database_now
from judges.engines import celery, shares, sweeper
from judges.metric_runs import choose, create_metric_run
from judges.models import Cell, Hand, LedgerEntry, Run, Worker
from judges.querysets import SILENCE
from jurybox import environment
from tests.environment.postgresql import free_port
from tests.factories import make_project, make_user
from tests.fakes.provider import Latency, Running
from tests.judges.making import make_battles, make_version
from tests.judges.processes import AT_ONCE, CELERY, busy_project, check, is_done, owners, workers_of

pytestmark = pytest.mark.django_db(transaction=True)

CELERY_ENGINE = Run.Engine.CELERY


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 4)
    return project


@pytest.fixture
def rings(monkeypatch) -> list[tuple[int, int]]:
    """The messages that would have been sent: run and how many."""
    sent: list[tuple[int, int]] = []
    for module in (celery, shares, sweeper):
        monkeypatch.setattr(module, "ring", lambda run_id, times=1: sent.append((run_id, times)))
    return sent


@pytest.fixture
def open_shares():
    """Let shares begin again after a test that ended them."""
    yield
    shares._ending.clear()


def launched(project, fake: Running, **changes: Any) -> Run:
    version = make_version(project, base_url=fake.openai_url)
    return planning.create_run(project=project, version=version, **{"engine": CELERY_ENGINE, **changes})


def seen(**changes: Any) -> Worker:
    return Worker.objects.create(**{"owner": "ada", "engine": CELERY_ENGINE, "seen_at": database_now(), **changes})


def long_ago() -> Any:
    return database_now() - 2 * SILENCE


def test_a_launch_rings_once_for_each_worker(project, fake, rings):
    launched(project, fake)
    for owner in ("ada", "bob"):
        seen(owner=owner)
    seen(owner="cyd", seen_at=long_ago())
    seen(owner="dan", engine=Run.Engine.WORKER)
    run = launched(project, fake)
    assert [times for _, times in rings] == [1, 2]
    assert rings[-1] == (run.pk, 2)


def test_a_run_of_embedded_workers_or_of_a_command_rings_nobody(project, fake, rings):
    for engine in (Run.Engine.WORKER, Run.Engine.COMMAND):
        launched(project, fake, engine=engine)
    assert rings == []


def test_new_runs_belong_to_the_broker_where_there_is_one(settings):
    assert engines.usual() == Run.Engine.WORKER
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert engines.usual() == CELERY_ENGINE


def test_a_share_plans_and_drains_and_a_message_that_comes_again_does_nothing(project, fake, rings):
    run = launched(project, fake)
    for _ in range(3):
        shares.take_share(run.pk)
    run.refresh_from_db()
    assert (run.state, run.planned, run.verdicts, len(fake.log)) == ("done", 8, 8, 8)
    assert not Hand.objects.exists()


def test_a_share_computes_metrics(project, rings):
    run = services.start(create_metric_run(project, choose(["words"]), engine=CELERY_ENGINE))
    shares.take_share(run.pk)
    run.refresh_from_db()
    assert (run.state, run.verdicts) == ("done", 8)


@pytest.mark.parametrize("state", ["paused", "cancelled", "done"])
def test_a_message_about_a_run_that_needs_nobody_does_nothing(project, fake, rings, state):
    run = launched(project, fake)
    Run.objects.filter(pk=run.pk).update(state=state, reason="Because.")
    shares.take_share(run.pk)
    shares.take_share(run.pk + 1000)
    run.refresh_from_db()
    assert (run.state, len(fake.log)) == (state, 0)


def test_a_run_has_no_more_hands_than_workers(project, fake, rings):
    run = launched(project, fake)
    hand = Hand.objects.create(run=run, owner="ada:1", seen_at=database_now())
    shares.take_share(run.pk)
    assert len(fake.log) == 0
    Hand.objects.filter(pk=hand.pk).update(seen_at=long_ago())  # killed: it will never sign off
    shares.take_share(run.pk)
    assert len(fake.log) == 8


def test_a_share_ends_with_its_time_and_calls_the_next(project, fake, rings, settings):
    settings.JUDGE_SHARE_SECONDS = 0.3
    fake.configure(latency=Latency(0.25))
    run = launched(project, fake, concurrency=2)
    rings.clear()
    shares.take_share(run.pk)
    run.refresh_from_db()
    assert run.state == "running"
    assert 0 < run.verdicts == len(fake.log) < 8
    assert not Cell.objects.filter(state="leased").exists()
    assert set(LedgerEntry.objects.values_list("state", flat=True)) == {"settled"}
    assert rings[-1] == (run.pk, 1)


def test_calls_under_way_may_end_when_only_the_time_is_up(project, fake, rings, settings, monkeypatch):
    monkeypatch.setattr("judges.runner.GRACE_S", 0.0)
    settings.JUDGE_SHARE_SECONDS = 0.1
    settings.JUDGE_LEASE_SECONDS = 1
    fake.configure(latency=Latency(1.5))  # longer than a lease: it is kept
    run = launched(project, fake, concurrency=2)
    shares.take_share(run.pk)
    run.refresh_from_db()
    assert run.verdicts == len(fake.log) > 0
    assert run.unsettled_nusd == 0
    assert not Cell.objects.filter(epoch__gt=1).exists()


def test_a_worker_that_is_stopped_gives_its_leases_back_and_begins_nothing(project, fake, rings, open_shares):
    fake.configure(latency=Latency(0.1))
    run = launched(project, fake, concurrency=1)
    worker = threading.Thread(target=celery._share, args=[run.pk])
    worker.start()
    while len(fake.log) < 2:
        pass
    shares.end_all()
    worker.join(20)
    run.refresh_from_db()
    assert run.verdicts == len(fake.log) < 8
    assert not Cell.objects.filter(state="leased").exists()
    shares.take_share(run.pk)
    assert run.verdicts == len(fake.log)


def test_the_sweeper_calls_hands_to_runs_that_lack_some(project, fake, rings):
    run = launched(project, fake)
    seen(owner="ada")
    seen(owner="bob")
    rings.clear()
    assert sweeper.sweep() == 1  # to plan is one hand's work
    planning.plan(run)
    services.start(run)
    rings.clear()
    assert sweeper.sweep() == 2
    Hand.objects.create(run=run, owner="ada:1", seen_at=database_now())
    assert sweeper.sweep() == 1
    Hand.objects.create(run=run, owner="bob:1", seen_at=database_now())
    assert sweeper.sweep() == 0
    Hand.objects.update(seen_at=long_ago())
    assert sweeper.sweep() == 2
    assert rings == [(run.pk, 2), (run.pk, 1), (run.pk, 2)]
    services.pause(run)
    assert sweeper.sweep() == 0


def test_a_busy_worker_calls_nobody(project, fake, rings, monkeypatch):
    launched(project, fake)
    rings.clear()
    monkeypatch.setattr(shares, "how_many", lambda: celery.RUNS_AT_ONCE)
    assert (sweeper.sweep(), rings) == (0, [])


def test_a_broker_that_is_down_keeps_nobody_from_launching(project, fake, settings, caplog):
    settings.BROKER_URL = f"redis://:secret@127.0.0.1:{free_port()}/0"
    with caplog.at_level(logging.WARNING):
        run = launched(project, fake)
    assert Run.objects.filter(pk=run.pk).exists()
    assert f"no message about run {run.pk} could be sent" in caplog.text
    assert "secret" not in caplog.text


def test_messages_are_json_acknowledged_late_and_carry_an_id_alone(broker_url):
    app = celery.app_of(broker_url)
    celery.app_of(broker_url).control.purge()
    assert app.conf.accept_content == ["json"]
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost) == (True, True)
    app.send_task(celery.TASK, [7], queue=celery.QUEUE)
    with app.connection_for_read() as there:
        queue = there.SimpleQueue(celery.QUEUE)
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.content_type == "application/json"
    assert message.payload[:2] == [[7], {}]


@pytest.mark.parametrize(
    "url", ["http://host/0", "redis://", "redis:6379", "sqla+sqlite:///x", "redis://:pass@h:99999"]
)
def test_an_address_that_is_none_is_refused_without_being_repeated(url):
    with pytest.raises(ImproperlyConfigured, match="JURYBOX_BROKER_URL is no address") as refused:
        environment.broker(url)
    assert "pass@" not in str(refused.value)


def test_a_worker_behind_no_broker_says_what_is_missing():
    with pytest.raises(CommandError, match="JURYBOX_BROKER_URL is not set") as refused:
        call_command("worker", engine="celery")
    assert refused.value.returncode == 2


# --- processes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(fake):
    """A project whose run takes a while, also for two workers."""
    if connection.vendor != "postgresql":
        pytest.skip("workers behind a broker are tried on PostgreSQL: make test-postgresql")
    return busy_project(fake)


def test_two_celery_workers_share_a_run_and_one_is_killed(busy, fake, broker_url, settings, tmp_path):
    settings.BROKER_URL = broker_url
    with workers_of(tmp_path, fake, broker_url) as workers:
        ada = workers.start(CELERY, MESSAGES="3", LOST="0.2", SKEW_S="3600")
        bob = workers.start(CELERY, MESSAGES="3", LOST="0.2", SKEW_S="-3600")
        workers.until(lambda: Worker.objects.alive().filter(engine=CELERY_ENGINE).count() == 2)
        run = launched(busy, fake, concurrency=AT_ONCE)
        for _ in range(2):
            engines.wake(run)
        workers.until(lambda: owners(run) == {ada.pid, bob.pid} and len(fake.log) >= 60)
        ada.send_signal(signal.SIGKILL)
        workers.until(lambda: is_done(run))
        bob.send_signal(signal.SIGTERM)
        assert bob.wait(30) == 0, workers.said()
        assert "Traceback" not in workers.said()
    check(run, fake, killed=1)


def test_a_run_whose_message_was_lost_is_found_by_the_sweeper(busy, fake, broker_url, settings, tmp_path):
    with workers_of(tmp_path, fake, broker_url) as workers:
        workers.start(CELERY, LOST="0.5")
        run = launched(busy, fake, engine=Run.Engine.COMMAND, concurrency=64)
        Run.objects.filter(pk=run.pk).update(engine=CELERY_ENGINE, alive_at=None)  # launched, and nobody was told
        workers.until(lambda: is_done(run))
    check(run, fake, killed=0)


def test_the_page_of_a_run_says_how_many_workers_of_its_engine_are_there(project, fake, rings, client):
    client.force_login(make_user("ada", is_superuser=True))
    run = launched(project, fake)
    page = reverse("judges:run", args=[project.slug, run.pk])
    assert b"No worker behind the broker is running" in client.get(page).content
    seen(owner="ada")
    seen(owner="bob", engine=Run.Engine.WORKER)
    planning.plan(run)
    services.start(run)
    shown = client.get(page)
    assert b"No worker" not in shown.content
    assert (shown.context["workers"], b"behind the broker" in shown.content) == (1, True)
