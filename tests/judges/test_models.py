"""Each invariant of the judges' tables, and the database saying no."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.utils import timezone

from judges.models import Cell, JudgeVersion, LedgerEntry, Run
from tests.factories import make_battle, make_response, make_rubric
from tests.judges.making import make_direct_version, make_run, make_version

pytestmark = pytest.mark.django_db


def refused(name: str, columns: str = ""):
    """The database refuses, and names the invariant; SQLite names the columns of a unique one."""
    return pytest.raises(IntegrityError, match=f"{name}|UNIQUE constraint failed: {columns}" if columns else name)


@pytest.fixture
def run():
    battle = make_battle()
    return make_run(make_version(battle.project))


def cell_of(run: Run, **changes) -> dict[str, object]:
    battle = make_battle(run.project)
    return {"run": run, "battle": battle, "due_at": timezone.now(), **changes}


def test_an_item_is_asked_once_per_order_and_repeat(run):
    cell = run.cells.first()
    with refused("cell_once_per_battle", "judges_cell.run_id"):
        Cell.objects.create(**cell_of(run, battle=cell.battle, order=cell.order, repeat=cell.repeat))


def test_a_response_is_asked_once_per_repeat():
    response = make_response()
    run = make_run(make_direct_version(response.project))
    with refused("cell_once_per_response", "judges_cell.run_id"):
        Cell.objects.create(run=run, response=response, due_at=timezone.now())


def test_a_cell_is_about_a_battle_or_a_response(run):
    with refused("cell_has_one_target"):
        Cell.objects.create(run=run, due_at=timezone.now())


def test_only_a_battle_has_two_orders(run):
    with refused("cell_swaps_a_battle"):
        Cell.objects.create(run=run, response=make_response(run.project), order=1, due_at=timezone.now())


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "done", "outcome": "", "due_at": None},
        {"state": "done", "outcome": "tie", "due_at": None},
        {"state": "done", "outcome": "verdict"},
        {"state": "open", "outcome": "verdict"},
        {"state": "open", "due_at": None},
        {"state": "asleep"},
    ],
)
def test_a_cell_is_due_or_done_with_one_of_four_outcomes(run, changes):
    with refused("cell_is_due_or_done"):
        Cell.objects.create(**cell_of(run, **changes))


def test_a_leased_cell_has_an_owner(run):
    with refused("cell_lease_has_an_owner"):
        Cell.objects.create(**cell_of(run, state="leased"))


def test_one_attempt_has_one_entry_in_the_ledger(run):
    cell = run.cells.first()
    entry = {"run": run, "cell": cell, "epoch": 1, "at": timezone.now()}
    LedgerEntry.objects.create(**entry)
    with refused("ledger_once_per_attempt", "judges_ledgerentry.cell_id"):
        LedgerEntry.objects.create(**entry)


def test_an_entry_of_the_ledger_has_a_known_state(run):
    with refused("ledger_state_is_known"):
        LedgerEntry.objects.create(run=run, cell=run.cells.first(), epoch=1, at=timezone.now(), state="free")


@pytest.mark.parametrize("metrics", [[], [{"name": "length"}]])
def test_a_run_is_of_a_judge_or_of_metrics(run, metrics):
    version = run.version if metrics else None
    with refused("run_of_a_judge_or_of_metrics"):
        Run.objects.create(project=run.project, version=version, metrics=metrics)


@pytest.mark.parametrize("state", ["paused", "failed"])
def test_a_run_that_stopped_says_why(run, state):
    with refused("run_says_why_it_stopped"):
        Run.objects.filter(pk=run.pk).update(state=state)


def test_the_state_of_a_run_is_known(run):
    with refused("run_state_is_known"):
        Run.objects.filter(pk=run.pk).update(state="melted")


def test_reservations_cannot_be_negative(run):
    with refused("run_reservations_not_negative"):
        Run.objects.filter(pk=run.pk).update(reserved_nusd=-1)


def test_a_launch_key_is_used_once(run):
    Run.objects.create(project=run.project, version=run.version, idempotency_key="k")
    with refused("run_launched_once", "judges_run.project_id"):
        Run.objects.create(project=run.project, version=run.version, idempotency_key="k")


@pytest.mark.parametrize(
    ("field", "value"),
    [("model", "another"), ("parameters", {"max_tokens": 99}), ("content_hash", "0" * 64), ("base_url", "http://x")],
)
def test_a_judge_version_never_changes(run, field, value):
    with refused("judge_version_is_frozen"):
        JudgeVersion.objects.filter(pk=run.version_id).update(**{field: value})


def test_a_judge_version_is_not_given_another_rubric(run):
    with refused("judge_version_is_frozen"):
        JudgeVersion.objects.filter(pk=run.version_id).update(rubric=make_rubric(run.project))


def test_where_the_key_of_a_version_is_found_may_change(run):
    assert JudgeVersion.objects.filter(pk=run.version_id).update(key_name="OTHER_API_KEY") == 1


def test_one_content_is_one_version(run):
    twin = JudgeVersion.objects.get(pk=run.version_id)
    twin.pk, twin.number = None, 2
    with refused("judge_version_content_once|judges_judgeversion_rater_id", "judges_judgeversion"):
        twin.save(force_insert=True)


def test_a_compatible_judge_has_an_address(run):
    version = JudgeVersion.objects.get(pk=run.version_id)
    version.pk, version.number, version.content_hash, version.base_url = None, 2, "1" * 64, ""
    with refused("judge_version_compatible_has_an_address"):
        version.save(force_insert=True)
