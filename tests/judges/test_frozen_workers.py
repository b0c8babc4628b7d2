"""A worker that froze within a group of statements: other workers end its session, and no other session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from judges import worker
from judges.models import Worker
from judges.worker import SESSION, end_frozen


@pytest.fixture
def held() -> Worker:
    return Worker.objects.create(owner="held", seen_at=timezone.now())


@contextmanager
def stopped_in_a_pipeline(row: Worker, session: str) -> Iterator[psycopg.Connection]:
    """A session that has locked a row and then says no more, as that of a process that was stopped."""
    with ExitStack() as stack:
        frozen = psycopg.connect(**connection.get_connection_params() | {"application_name": session})
        stack.enter_context(suppress(psycopg.OperationalError))  # the pipeline ends without its connection
        stack.enter_context(frozen.pipeline())
        stack.callback(frozen.pgconn.finish)  # before the pipeline is left, which would go on with it
        frozen.execute("SELECT 1 FROM judges_worker WHERE id = %s FOR UPDATE", [row.pk])
        frozen.pgconn.send_flush_request()
        frozen.pgconn.flush()
        wait_until_it_waits(frozen.info.backend_pid)
        yield frozen


def wait_until_it_waits(pid: int) -> None:
    for _ in range(200):
        if seen(pid, "state = 'active' AND wait_event = 'ClientRead'"):
            return
        time.sleep(0.05)
    pytest.fail("PostgreSQL never waited for the next statement of the pipeline")


def seen(pid: int, condition: str = "true") -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM pg_stat_activity WHERE pid = %s AND {condition}", [pid])
        return cursor.fetchone() is not None


def is_gone(pid: int) -> bool:
    for _ in range(100):
        if not seen(pid):
            return True
        time.sleep(0.05)
    return False


def is_locked(row: Worker) -> bool:
    with psycopg.connect(**connection.get_connection_params()) as other:
        return not other.execute(
            "SELECT 1 FROM judges_worker WHERE id = %s FOR UPDATE SKIP LOCKED", [row.pk]
        ).fetchall()


@pytest.fixture
def postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has sessions that can be ended: make test-postgresql")


@pytest.mark.usefixtures("postgresql")
@pytest.mark.django_db(transaction=True)
def test_what_a_worker_holds_that_stopped_within_a_pipeline_is_free_again(held, monkeypatch):
    monkeypatch.setattr(worker, "LONGEST_STANDSTILL", "1s")
    with stopped_in_a_pipeline(held, SESSION) as frozen:
        assert is_locked(held)
        time.sleep(1.2)
        end_frozen()
        assert is_gone(frozen.info.backend_pid)
        assert not is_locked(held)


@pytest.mark.usefixtures("postgresql")
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_has_not_stood_still_for_long_is_left_alone(held):
    with stopped_in_a_pipeline(held, SESSION) as slow:
        end_frozen()
        time.sleep(0.5)
        assert seen(slow.info.backend_pid)
        assert is_locked(held)


@pytest.mark.usefixtures("postgresql")
@pytest.mark.django_db(transaction=True)
def test_sessions_of_anything_but_workers_are_left_alone(held, monkeypatch):
    monkeypatch.setattr(worker, "LONGEST_STANDSTILL", "0s")
    with stopped_in_a_pipeline(held, "jurybox web") as other:
        end_frozen()
        time.sleep(0.5)
        assert seen(other.info.backend_pid)
        assert is_locked(held)


@pytest.mark.usefixtures("postgresql")
@pytest.mark.django_db(transaction=True)
def test_a_worker_between_two_transactions_is_left_alone(monkeypatch):
    monkeypatch.setattr(worker, "LONGEST_STANDSTILL", "0s")
    params = connection.get_connection_params() | {"application_name": SESSION, "autocommit": True}
    with psycopg.connect(**params) as waiting:
        waiting.execute("SELECT 1")
        end_frozen()
        time.sleep(0.5)
        assert waiting.execute("SELECT 1").fetchall()


@pytest.mark.django_db
def test_sqlite_is_asked_nothing():
    if connection.vendor != "sqlite":
        pytest.skip("it is about SQLite: make test-sqlite")
    with CaptureQueriesContext(connection) as asked:
        end_frozen()
    assert not asked.captured_queries
