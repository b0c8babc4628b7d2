"""Launching: whatever dies meanwhile, and however often somebody clicks, there is one whole run or none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from domain.models import Event
from judges import launching
from judges.models import JudgeVersion, Run
from judges.planning import create_run
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_version

pytestmark = pytest.mark.django_db(transaction=True)

CLICKS = 50
LAUNCH = reverse("judges:new_run", args=["shop"])


class Killed(BaseException):
    """What nothing catches: the process is no more."""


class KillAt:
    """Let so many statements of this connection through, then kill whoever sends the next one."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute: Callable[..., Any], *of: Any) -> Any:
        if not self.left:
            raise Killed
        self.left -= 1
        return execute(*of)


@pytest.fixture
def version() -> JudgeVersion:
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 2)
    return make_version(project)


@pytest.fixture
def ada(version, client: Client) -> Client:
    client.force_login(version.project.memberships.get(role="owner").user)
    return client


def launch(client: Client, version: JudgeVersion, key: str, headers: dict[str, str] | None = None) -> HttpResponse:
    fields = {"version": version.pk, "pairs": "made", "repeats": 1, "concurrency": 4, "key": key}
    return client.post(LAUNCH, fields, headers=headers)  # type: ignore[return-value]


def test_a_server_that_dies_at_any_statement_of_a_launch_leaves_a_whole_run_or_none(version, ada):
    killed_before = 0  # the run was on record; it gets there in one transaction, so few deaths come after
    for statements in range(200):
        key = f"click-{statements}"
        try:
            with connection.execute_wrapper(KillAt(statements)):
                launch(ada, version, key)
        except Killed:
            connection.close()  # and with it what was not committed
        else:
            break
        found = Run.objects.filter(idempotency_key=key)
        killed_before += not found
        launch(ada, version, key)  # the same form, sent again
        run = found.get()
        assert (run.state, run.planned, run.alive_at) == ("planning", 0, None)
        assert run in Run.objects.for_workers()
    assert killed_before > 5
    assert Run.objects.count() == statements + 1


def test_fifty_clicks_at_once_are_one_run(version, ada, monkeypatch):
    monkeypatch.setattr(launching, "WAIT_S", 60.0)  # fifty threads share this machine with other tests
    together = threading.Barrier(CLICKS)

    def click(_: int) -> str:
        client = Client()
        client.cookies = ada.cookies
        together.wait()
        try:
            response = launch(client, version, "the same")
            assert response.status_code == 302
            return response.headers["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLICKS) as pool:
        places = set(pool.map(click, range(CLICKS)))
    assert places == {reverse("judges:run", args=["shop", Run.objects.get().pk])}
    assert Event.objects.filter(action="run.launched").count() == 1


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_launch_that_is_still_under_way_is_not_waited_for_without_end(version, ada, headers, monkeypatch):
    monkeypatch.setattr(launching, "WAIT_S", 0.2)
    inserted, answered = threading.Event(), threading.Event()

    def hang() -> None:
        try:
            with transaction.atomic():
                create_run(project=version.project, version=version, concurrency=4, idempotency_key="slow")
                inserted.set()
                answered.wait(30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(hang)
        assert inserted.wait(30)
        response = launch(ada, version, "slow", headers=headers)
        answered.set()
        first.result()
    assert response.status_code == 409
    assert b"still being put on record" in response.content
    run = Run.objects.get()
    assert launch(ada, version, "slow").headers["Location"] == reverse("judges:run", args=["shop", run.pk])


def test_after_a_launch_the_database_is_as_patient_as_before(version, ada):
    def patience() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout" if connection.vendor == "postgresql" else "PRAGMA busy_timeout")
            return str(cursor.fetchone()[0])

    before = patience()
    launch(ada, version, "once")
    assert patience() == before
