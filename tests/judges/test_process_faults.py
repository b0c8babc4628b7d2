"""The faults A1, A2 and A16 of a judge run: commands that are killed, launches that die, launches sent twice."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from judges import planning
from judges.models import Cell, Run
from tests.factories import make_project, make_user
from tests.fakes.provider import Latency, running_provider
from tests.judges.conftest import KEY
from tests.judges.making import make_battles, make_version
from tests.judges.running import PRICED
from tests.judges.shop import SET_UP, Shop, kill_when

pytestmark = pytest.mark.django_db


def kill_and_resume(home, *, cells: int, kills: int, at_once: int) -> None:
    """Kill the command that drains a run again and again, then let it end, and compare the ledger with the log."""
    chance = random.Random(7)
    with running_provider(seed=5, api_key=KEY, latency=Latency(0.02, 0.05), log_path=home / "calls") as fake:
        shop = Shop(home, fake.openai_url)
        shop.run("shell", "-v0", "-c", SET_UP.format(battles=cells // 2))
        first = ("judge", "shop", "--judge", "Portia", "--model", "m", "--provider", "compatible", "--repairs", "0")
        where = ("--base-url", fake.openai_url, "--key-env", "PORTIA_API_KEY", "--concurrency", str(at_once))
        step = cells // (kills + 1)
        for kill in range(kills):
            aim = (kill + 1) * step - chance.randrange(step // 2)
            command = (*first, *where) if kill == 0 else ("judge", "shop", "--resume", "1")
            kill_when(shop.start(*command), lambda aim=aim: len(fake.log) >= aim)  # type: ignore[misc]
        summary = json.loads(shop.run("judge", "shop", "--resume", "1", "--json"))
        calls = len(fake.log)
    assert (summary["state"], summary["verdict"]) == ("done", cells)
    counted = shop.rows("SELECT count(*), count(DISTINCT occasion) FROM domain_verdict WHERE counted")
    assert counted == [(cells, cells)]
    states = dict(shop.rows("SELECT state, count(*) FROM judges_ledgerentry GROUP BY state"))
    assert states.keys() <= {"settled", "lost"}
    assert states["settled"] == cells
    assert states.get("lost", 0) <= kills * at_once  # calls under way, and no longer what was merely booked
    assert calls <= sum(states.values()) <= calls + kills * at_once
    assert calls - cells <= kills * at_once  # paid again


def test_a1_the_ledger_of_a_killed_run_holds_its_calls_and_hardly_one_more(tmp_path):
    kill_and_resume(tmp_path, cells=400, kills=2, at_once=8)


@pytest.mark.slow
def test_a1_a_long_run_that_is_killed_all_the_time(tmp_path):
    kill_and_resume(tmp_path, cells=10_000, kills=20, at_once=32)


class _Killed(Exception):
    pass


class _Until:
    """Lets so many statements through to the database."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if self.left <= 0 and not sql.startswith(("ROLLBACK", "SAVEPOINT", "RELEASE")):
            raise _Killed
        self.left -= 1
        return execute(sql, params, many, context)


def launch(version) -> Run:
    order = planning.create_run(project=version.project, version=version, idempotency_key="once")
    return planning.plan(order)


@pytest.mark.django_db(transaction=True)
def test_a2_a_launch_that_dies_at_any_statement_is_one_run_when_it_is_made_again(project):
    version = make_version(project, **PRICED)
    died = 0
    for statements in range(60):
        try:
            with connection.execute_wrapper(_Until(statements)):
                launch(version)
        except _Killed:
            died += 1
            assert Run.objects.count() <= 1
            assert not Cell.objects.filter(run__state="planned").exists()
        else:
            break
    run = Run.objects.get()
    assert died > 5
    assert (run.state, run.planned, run.cells.count()) == ("planned", 12, 12)


@pytest.mark.django_db(transaction=True)
def test_a16_a_launch_sent_many_times_at_once_is_one_run(fake):
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 2)
    version = make_version(project, base_url=fake.openai_url, **PRICED)
    owner = project.memberships.get(role="owner").user
    clients = [Client() for _ in range(20)]
    for client in clients:
        client.force_login(owner)
    form = {"version": version.pk, "pairs": "made", "repeats": 1, "concurrency": 4, "key": "same"}
    there, codes = reverse("judges:new_run", args=["shop"]), []

    def send(client: Client) -> None:
        try:
            codes.append(client.post(there, form).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * len(clients)
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a16_the_same_key_with_another_order_launches_nothing(fake):
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 2)
    version = make_version(project, base_url=fake.openai_url, **PRICED)
    planning.create_run(project=project, version=version, idempotency_key="same")
    with pytest.raises(planning.IdempotencyConflict):
        planning.create_run(project=project, version=version, idempotency_key="same", mode=Run.Mode.BATCH)
    assert Run.objects.count() == 1
