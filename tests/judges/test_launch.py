"""Launching: whatever dies meanwhile, and however often somebody clicks, there is one whole run or none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from judges.models import JudgeVersion, Run
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_version

pytestmark = pytest.mark.django_db(transaction=True)

CLICKS, AT_ONCE = 50, 10
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


def launch(client: Client, version: JudgeVersion, key: str) -> HttpResponse:
    fields = {"version": version.pk, "pairs": "made", "repeats": 1, "concurrency": 4, "key": key}
    return client.post(LAUNCH, fields)  # type: ignore[return-value]


def test_a_server_that_dies_at_any_statement_of_a_launch_leaves_a_whole_run_or_none(version, ada):
    before, after = 0, 0
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
        before, after = before + (not found), after + bool(found)
        launch(ada, version, key)  # the same form, sent again
        run = found.get()
        assert (run.state, run.planned, run.alive_at) == ("planning", 0, None)
        assert run in Run.objects.for_workers()
    assert before > 0
    assert after > 0
    assert Run.objects.count() == statements + 1


def test_fifty_clicks_at_once_are_one_run(version, ada):
    def click(_: int) -> str:
        client = Client()
        client.cookies = ada.cookies
        try:
            response = launch(client, version, "the same")
            assert response.status_code == 302
            return response.headers["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        places = set(pool.map(click, range(CLICKS)))
    assert places == {reverse("judges:run", args=["shop", Run.objects.get().pk])}
