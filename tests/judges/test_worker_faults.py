"""Worker processes that are killed, stopped and brought back, and a database that crashes under them."""

from __future__ import annotations

import random
import signal
import time
from functools import partial
from typing import Any, LiteralString

import psycopg
import pytest
from django.db import connection

from judges import planning
from judges.models import Cell, LedgerEntry, Run
from tests.environment import must_be_complete
from tests.environment.postgresql import find_binaries, private_server
from tests.fakes.provider import Latency, Running
from tests.judges.making import make_version
from tests.judges.processes import AT_ONCE, EMBEDDED, busy_project, check, is_done, owners, workers_of

pytestmark = pytest.mark.django_db(transaction=True)


def launched(project, fake: Running) -> Run:
    version = make_version(project, base_url=fake.openai_url)
    return planning.create_run(project=project, version=version, concurrency=AT_ONCE)


def test_two_embedded_workers_share_a_run_and_one_is_killed(fake, tmp_path):
    with workers_of(tmp_path, fake) as workers:
        ada, bob = (workers.start(EMBEDDED) for _ in range(2))
        run = launched(busy_project(fake), fake)
        workers.until(lambda: owners(run) == {ada.pid, bob.pid} and len(fake.log) >= 60)
        bob.send_signal(signal.SIGKILL)
        workers.until(lambda: is_done(run))
    check(run, fake, killed=1)


def test_a_worker_that_comes_back_after_its_leases_have_ended_writes_nothing_but_costs(fake, tmp_path):
    if connection.vendor == "sqlite":
        pytest.skip("a process that is stopped in a transaction holds the one lock of SQLite")
    with workers_of(tmp_path, fake) as workers:
        ada, bob = (workers.start(EMBEDDED) for _ in range(2))
        run = launched(busy_project(fake), fake)
        workers.until(lambda: owners(run) == {ada.pid, bob.pid} and len(fake.log) >= 40)
        ada.send_signal(signal.SIGSTOP)
        # It may have been stopped in a transaction, whose locks PostgreSQL takes from it after a while.
        workers.until(lambda: Cell.objects.filter(run=run, epoch__gt=1).exists())
        ada.send_signal(signal.SIGCONT)
        workers.until(lambda: is_done(run) and not LedgerEntry.objects.filter(state="open").exists())
        for process in (ada, bob):
            process.send_signal(signal.SIGTERM)
        assert (ada.wait(30), bob.wait(30)) == (0, 0), workers.said()  # a call that was cut off has a grace of 20 s
    check(run, fake, killed=1)


@pytest.mark.slow
def test_workers_that_are_killed_every_other_second_lose_and_double_nothing(fake, tmp_path):
    chance, kills = random.Random(1), 12
    with workers_of(tmp_path, fake) as workers:
        alive = [workers.start(EMBEDDED) for _ in range(4)]
        run = launched(busy_project(fake, battles=800), fake)
        workers.until(lambda: len(owners(run)) == 4)
        for _ in range(kills):
            time.sleep(2)
            victim = alive.pop(chance.randrange(4))
            victim.send_signal(signal.SIGKILL)
            alive.append(workers.start(EMBEDDED))
        workers.until(lambda: is_done(run), seconds=120)
    check(run, fake, killed=kills)


def has_seen(fake: Running, calls: int) -> bool:
    return len(fake.log) >= calls


SET_UP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from judges.planning import create_run
from tests.factories import make_project
from tests.judges.making import make_battles, make_version
project = make_project()
make_battles(project, 150)
create_run(project=project, version=make_version(project, base_url="{url}"), concurrency={at_once})
"""


def test_a_database_that_crashes_and_comes_back_has_lost_and_doubled_nothing(fake, tmp_path):
    if connection.vendor == "sqlite":
        pytest.skip("the server that crashes is PostgreSQL: make test-postgresql")
    binaries = find_binaries()
    if binaries is None:
        (pytest.fail if must_be_complete() else pytest.skip)("no PostgreSQL server to crash")
    fake.configure(latency=Latency(0.1, 0.2))
    with private_server(binaries, options=()) as server, workers_of(tmp_path, fake, database=server.url) as workers:
        workers.shell(SET_UP.format(url=fake.openai_url, at_once=AT_ONCE))
        for _ in range(2):
            workers.start(EMBEDDED)
        for calls in (60, 150):
            workers.until(partial(has_seen, fake, calls))
            server.crash()
            time.sleep(0.5)
            server.start()
        with psycopg.connect(server.url, autocommit=True) as database:

            def asked(query: LiteralString) -> list[Any]:
                return database.execute(query).fetchall()

            workers.until(lambda: asked("SELECT 1 FROM judges_run WHERE state = 'done'") == [(1,)])
            assert asked("SELECT planned, verdicts, reserved_nusd FROM judges_run") == [(300, 300, 0)]
            counted = "SELECT count(*), count(DISTINCT occasion) FROM domain_verdict WHERE counted"
            assert asked(counted) == [(300, 300)]
            ledger = dict(asked("SELECT state, count(*) FROM judges_ledgerentry GROUP BY state"))
    calls = fake.log.records()
    assert len({record.request_hash for record in calls}) == 300
    assert len(calls) - 300 <= 2 * 2 * AT_ONCE
    assert set(ledger) <= {"settled", "lost"}
    assert ledger["settled"] <= len(calls) <= sum(ledger.values())
