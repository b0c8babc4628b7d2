"""What must hold whatever dies: every cell accounted for, none judged twice, the ledger as long as the call log."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection, connections, transaction

from domain.models import Verdict
from judges import ledger, queue, services
from judges.bench import Bench
from judges.endings import Ended, Result
from judges.leases import Lease
from judges.ledger import Booking
from judges.models import Cell, LedgerEntry, Run
from judges.models.cells import OUTCOMES
from judges.providers.base import Reply, Stop, Usage
from judges.recording import record
from judges.runner import drain
from tests.factories import make_project
from tests.fakes.provider import Faults, Latency, Running, running_provider
from tests.judges.conftest import KEY
from tests.judges.making import make_battles, make_run, make_version
from tests.judges.running import billed, run_of
from tests.judges.shop import SET_UP, Shop, kill_when

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    project = make_project()
    make_battles(project, 3)
    return make_run(make_version(project, model="gpt-6-luna"))


def answer(run: Run, lease: Lease, verdict: str) -> Ended:
    """What becomes of a cell when its judge says ``verdict``."""
    bench = Bench(run.version)  # type: ignore[arg-type]
    (question,) = bench.questions(run.pk, [lease])
    text = json.dumps({"preference": {"reasons": "Because.", "verdict": verdict}})
    reply = Reply(text, Stop.END, "gpt-6-luna", Usage(input_uncached=1000, output=100))
    ended = bench.ending(Result(question, reply=reply), random.Random(1))
    assert isinstance(ended, Ended)
    return ended


def lease_one(run: Run, owner: str, seconds: float = 60.0, *, sent: bool = True) -> Lease:
    (lease,) = queue.take(run, owner, 1, seconds)
    assert ledger.book(run, [Booking(lease, 10_000_000)]) == 1
    if sent:
        ledger.sending([lease])
    return lease


def lease_again(run: Run, ended: Lease) -> Lease:
    """Another worker takes the cell of a lease that has ended."""
    leases = queue.take(run, "bob", 99, 60)
    queue.give_back(run, [lease for lease in leases if lease.cell_id != ended.cell_id], booked=False)
    (lease,) = (lease for lease in leases if lease.cell_id == ended.cell_id)
    assert ledger.book(run, [Booking(lease, 10_000_000)]) == 1
    return lease


def test_a_leased_cell_is_nobody_elses_until_its_lease_ends(run):
    first = {lease.cell_id for lease in queue.take(run, "ada", 4, 60)}
    second = {lease.cell_id for lease in queue.take(run, "bob", 4, 60)}
    assert (len(first), len(second)) == (4, 2)
    assert not first & second


def test_no_more_cells_are_leased_than_asked_for_whatever_the_plan_of_the_database(run):
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # leave it nothing but nested loops
                for plan in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
                    cursor.execute(f"SET LOCAL enable_{plan} = off")
        assert len(queue.take(run, "ada", 4, 60)) == 4


def test_a_renewed_lease_does_not_end(run):
    lease = lease_one(run, "ada", seconds=0.2)
    queue.renew([lease], 60)
    time.sleep(0.3)
    assert lease.cell_id not in {other.cell_id for other in queue.take(run, "bob", 9, 60)}


def test_a_late_finisher_writes_nothing_but_its_cost(run):
    slow = lease_one(run, "ada", seconds=0.0)
    quick = lease_again(run, slow)
    assert (quick.cell_id, quick.epoch) == (slow.cell_id, slow.epoch + 1)
    bench = Bench(run.version)
    record(run, bench, [answer(run, quick, "A:1")])
    record(run, bench, [answer(run, slow, "B:2")])
    cell = Cell.objects.get(pk=slow.cell_id)
    assert (cell.said, cell.state, cell.epoch) == ("A", "done", quick.epoch)
    assert Verdict.objects.filter(occasion=cell.occasion).count() == 1
    late = LedgerEntry.objects.get(cell=cell, epoch=slow.epoch)
    assert (late.late, late.state) == (True, "settled")
    run.refresh_from_db()
    assert run.verdicts == 1
    assert run.spent_nusd == 2 * late.cost_nusd > 0  # type: ignore[operator]
    assert (run.reserved_nusd, run.unsettled_nusd) == (0, 0)


def test_a_late_finisher_before_the_new_one_does_not_close_the_cell_either(run):
    slow = lease_one(run, "ada", seconds=0.0)
    quick = lease_again(run, slow)
    bench = Bench(run.version)
    record(run, bench, [answer(run, slow, "B:2")])
    assert Cell.objects.get(pk=slow.cell_id).state == "leased"
    assert not Verdict.objects.exists()
    record(run, bench, [answer(run, quick, "A:1")])
    assert Cell.objects.get(pk=slow.cell_id).said == "A"


def test_the_call_of_a_dead_worker_counts_at_its_reservation_until_it_is_known(run):
    dead = lease_one(run, "ada", seconds=0.0)
    lease_again(run, dead)
    run.refresh_from_db()
    assert LedgerEntry.objects.get(cell=dead.cell_id, epoch=dead.epoch).state == "lost"
    assert (run.reserved_nusd, run.unsettled_nusd, run.spent_nusd) == (10_000_000, 10_000_000, 0)


def test_a_call_that_a_dead_worker_booked_and_never_sent_was_never_made(run):
    dead = lease_one(run, "ada", seconds=0.0, sent=False)
    again = lease_again(run, dead)
    run.refresh_from_db()
    assert not LedgerEntry.objects.filter(cell=dead.cell_id, epoch=dead.epoch).exists()
    assert (again.attempts, Cell.objects.get(pk=dead.cell_id).attempts) == (0, 1)
    assert (run.reserved_nusd, run.unsettled_nusd, run.spent_nusd) == (10_000_000, 0, 0)


def test_a_call_that_was_booked_by_a_lease_that_has_ended_is_not_made(run):
    slow = lease_one(run, "ada", seconds=0.0)
    quick = lease_again(run, slow)
    assert ledger.sending([slow, quick]) == {quick.key}
    assert ledger.sending([quick]) == set()


def test_a_call_that_was_declared_lost_and_never_begun_costs_nothing(run):
    slow = lease_one(run, "ada", seconds=0.0)
    ledger.sending([slow])
    quick = lease_again(run, slow)
    run.refresh_from_db()
    assert (run.reserved_nusd, run.unsettled_nusd) == (10_000_000, 10_000_000)
    queue.give_back(run, [slow], booked=True)
    run.refresh_from_db()
    assert (run.reserved_nusd, run.unsettled_nusd) == (10_000_000, 0)
    assert Cell.objects.get(pk=quick.cell_id).epoch == quick.epoch


def test_workers_cannot_reserve_more_than_the_budget_together(run):
    services.set_budget(run, 25_000_000)
    leases = queue.take(run, "ada", 6, 60)
    booked = [ledger.book(run, [Booking(lease, 10_000_000)]) for lease in leases]
    assert booked == [1, 1, 0, 0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_judge_a_cell_twice(fake):
    project = make_project()
    make_battles(project, 30)
    fake.configure(latency=Latency(0.01))
    run = run_of(project, fake, concurrency=4)

    def work() -> None:
        drain(Run.objects.select_related("project", "version__project", "version__rubric").get(pk=run.pk))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.refresh_from_db()
    assert (run.state, run.verdicts, len(fake.log)) == ("done", 60, 60)
    assert len({record.request_hash for record in fake.log.records()}) == 60
    assert run.spent_nusd == billed(fake)


CELLS, AT_ONCE = 1000, 16


def test_a_run_killed_twice_ends_with_every_cell_judged_once(tmp_path):
    with running_provider(
        seed=5, api_key=KEY, latency=Latency(0.02, 0.06), faults=Faults(rate=0.1), log_path=tmp_path / "calls"
    ) as fake:
        shop = Shop(tmp_path, fake.openai_url)
        shop.run("shell", "-v0", "-c", SET_UP.format(battles=CELLS // 2))
        judge = (
            "judge",
            "shop",
            "--judge",
            "Portia",
            "--model",
            "claude-haiku-4-5",
            "--provider",
            "compatible",
            "--repairs",
            "0",
        )
        where = ("--base-url", fake.openai_url, "--key-env", "PORTIA_API_KEY", "--concurrency", str(AT_ONCE))
        kill_when(shop.start(*judge, *where), lambda: len(fake.log) >= 250)
        kill_when(shop.start("judge", "shop", "--resume", "1"), lambda: len(fake.log) >= 600)
        summary = json.loads(shop.run("judge", "shop", "--resume", "1", "--json"))
        check(shop, summary, fake)


def check(shop: Shop, summary: dict[str, Any], fake: Running) -> None:
    assert (summary["state"], summary["planned"], summary["done"]) == ("done", CELLS, CELLS)
    outcomes = dict(shop.rows("SELECT outcome, count(*) FROM judges_cell GROUP BY outcome"))
    assert outcomes == {name: summary[name] for name in OUTCOMES if summary[name]}
    assert sum(outcomes.values()) == CELLS
    assert outcomes["verdict"] > 0.9 * CELLS
    counted = "SELECT count(*), count(DISTINCT occasion) FROM domain_verdict WHERE counted"
    assert shop.rows(counted) == [(CELLS, CELLS)]
    # Paid again: only what was under way, or not yet written down, when the process died.
    calls = fake.log.records()
    answers = Counter(record.request_hash for record in calls if record.usage)
    assert len(answers) == CELLS - summary["transport"]
    assert sum(answers.values()) - len(answers) <= 2 * AT_ONCE
    # Each call of the log is in the ledger: by its id if it was answered, else among those that nobody knows about.
    ledger = Counter(dict(shop.rows("SELECT state, count(*) FROM judges_ledgerentry GROUP BY state")))
    known = {row[0] for row in shop.rows("SELECT request_id FROM judges_ledgerentry WHERE request_id <> ''")}
    answered = {f"req_{record.request_hash[:12]}{record.attempt:04d}": record for record in calls if record.usage}
    assert known <= set(answered)
    assert len(set(answered) - known) <= ledger["lost"] <= 2 * (AT_ONCE + AT_ONCE // 2)
    assert ledger["open"] == 0
    assert ledger.total() - ledger["lost"] <= len(calls) <= ledger.total()
    output = shop.number("SELECT sum(output) FROM judges_ledgerentry")
    assert output == sum((answered[name].usage or {})["output"] for name in known)
    assert shop.number("SELECT sum(cost_nusd) FROM judges_ledgerentry") == round(summary["spent_usd"] * 1e9)
    assert shop.number("SELECT reserved_nusd FROM judges_run") == 0
