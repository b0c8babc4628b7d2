"""The worker: takes up what nobody is at, and ends in good order."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest

from judges import planning, services
from judges.metric_runs import choose, create_metric_run
from judges.models import Run, Worker
from judges.worker import alive_workers, work
from tests.factories import make_project
from tests.fakes.provider import Faults, Latency, running_provider
from tests.judges.conftest import KEY
from tests.judges.making import make_battles, make_version
from tests.judges.shop import SET_UP, Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 3)
    return project


def work_until(reached: Callable[[], bool], seconds: float = 20) -> None:
    """Run a worker in a thread until something is so, then stop it."""
    stop = threading.Event()
    worker = threading.Thread(target=work, args=[stop])
    worker.start()
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert reached()
    stop.set()
    worker.join(20)
    assert not worker.is_alive()


def state_of(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def test_a_launched_run_is_planned_and_drained(project, fake):
    run = planning.create_run(project=project, version=make_version(project, base_url=fake.openai_url))
    work_until(lambda: state_of(run) == "done")
    run.refresh_from_db()
    assert (run.planned, run.verdicts, len(fake.log)) == (6, 6, 6)
    assert not Worker.objects.exists()


def test_a_worker_is_seen_while_it_is_there(project):
    assert alive_workers() == 0
    work_until(lambda: alive_workers() == 1)
    assert alive_workers() == 0


def test_a_run_in_trouble_does_not_hold_up_another(project, fake):
    broken = planning.create_run(
        project=project, version=make_version(project, model="broken", base_url=fake.openai_url)
    )
    fake.configure(faults=Faults(match=(('"broken"', "500"),)))
    metrics = services.start(create_metric_run(project, choose(["words"])))
    work_until(lambda: state_of(metrics) == "done" and len(fake.log) > 3)
    assert state_of(broken) == "running"
    assert not broken.cells.filter(state="leased").exists()


def test_a_run_of_a_command_is_left_to_it(project, fake):
    version = make_version(project, base_url=fake.openai_url)
    services.start(planning.create_run(project=project, version=version, engine=Run.Engine.COMMAND))
    other = services.start(create_metric_run(project, choose(["words"])))
    work_until(lambda: state_of(other) == "done")
    assert len(fake.log) == 0


def test_sigterm_lets_calls_end_and_gives_the_leases_back(tmp_path):
    with running_provider(api_key=KEY, latency=Latency(0.2)) as fake:
        shop = Shop(tmp_path, fake.openai_url)
        shop.run("shell", "-v0", "-c", SET_UP.format(battles=40))
        judge = ("judge", "shop", "--judge", "Portia", "--model", "m", "--provider", "compatible")
        where = ("--base-url", fake.openai_url, "--key-env", "PORTIA_API_KEY", "--concurrency", "4")
        process = shop.start(*judge, *where)
        deadline = time.monotonic() + 30
        while len(fake.log) < 8:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "Interrupted." in said
        assert "jurybox judge shop --resume 1" in said
        assert shop.rows("SELECT count(*) FROM judges_cell WHERE state = 'leased'") == [(0,)]
        assert shop.rows("SELECT state, reserved_nusd FROM judges_run") == [("paused", 0)]
        ledger = shop.rows("SELECT state, count(*) FROM judges_ledgerentry GROUP BY state")
        assert ledger == [("settled", len(fake.log))]
        assert shop.number("SELECT count(*) FROM domain_verdict WHERE counted") == len(fake.log) < 80
