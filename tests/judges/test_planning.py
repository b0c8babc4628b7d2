"""Planning: every item once, in both orders, before the first call."""

from __future__ import annotations

import pytest

from domain.models import Battle, Import
from judges import planning
from judges.estimates import estimate, estimate_for
from judges.models import Cell, Run
from judges.planning import IdempotencyConflict, Selection
from tests.factories import make_battle, make_project, make_prompt, make_response
from tests.judges.making import make_battles, make_direct_version, make_run, make_version

pytestmark = pytest.mark.django_db


def planned(run: Run) -> set[tuple[int | None, ...]]:
    return set(run.cells.values_list("battle_id", "response_id", "order", "repeat"))


def test_a_pairwise_judge_is_asked_about_every_battle_in_both_orders():
    project = make_project()
    make_battles(project, 3)
    run = make_run(make_version(project))
    battles = Battle.objects.values_list("pk", flat=True)
    assert planned(run) == {(pk, None, order, 0) for pk in battles for order in (0, 1)}
    assert run.planned == run.cells.filter(state="open").count() == 6


def test_a_direct_judge_is_asked_about_every_response_once():
    project = make_project()
    make_battles(project, 2)
    run = make_run(make_direct_version(project))
    assert {row[1:] for row in planned(run)} == {(pk, 0, 0) for pk in project.responses.values_list("pk", flat=True)}


def test_repeats_ask_every_item_again_in_each_order():
    make_battle(project := make_project())
    run = make_run(make_version(project), Selection(repeats=3))
    assert sorted(row[2:] for row in planned(run)) == [(order, repeat) for order in (0, 1) for repeat in (0, 1, 2)]


def test_a_limit_counts_items_also_across_chunks(monkeypatch):
    monkeypatch.setattr(planning, "CHUNK", 2)
    project = make_project()
    make_battles(project, 6)
    run = make_run(make_version(project), Selection(limit=5))
    assert run.planned == run.cells.count() == 10
    assert run.cells.values("battle").distinct().count() == 5


def test_all_pairs_are_recorded_once_as_battles(monkeypatch):
    monkeypatch.setattr(planning, "CHUNK", 10)  # one prompt per chunk
    project = make_project()
    for text in ("one", "two"):
        prompt = make_prompt(project, text)
        for system in ("Ash", "Birch", "Cedar"):
            make_response(prompt=prompt, system=system)
    version, every = make_version(project), Selection(pairs="all")
    assert planning.count_items(version, every) == 6
    assert make_run(version, every).planned == 12
    assert make_run(version, every).planned == 12
    assert Battle.objects.count() == 6


def test_the_usual_pairs_are_those_on_record_and_else_all():
    project = make_project()
    prompt = make_prompt(project)
    make_response(prompt=prompt, system="Ash")
    assert planning.usual_pairs(project) == "all"
    make_battle(project)
    assert planning.usual_pairs(project) == "made"


def test_what_has_no_text_or_is_still_loading_is_not_asked_about():
    project = make_project()
    battle = make_battle(project)
    silent = make_battle(project, ("Elm", "Fir"))
    silent.response_b.content = None
    silent.response_b.save()
    loading = Import.objects.create(project=project, format="csv")
    hidden = make_battle(project, ("Oak", "Yew"))
    Battle.objects.filter(pk=hidden.pk).update(batch=loading)
    assert {row[0] for row in planned(make_run(make_version(project)))} == {battle.pk}


def test_a_planner_that_died_is_continued_where_it_stopped(monkeypatch):
    monkeypatch.setattr(planning, "CHUNK", 2)
    project = make_project()
    make_battles(project, 5)
    run = planning.create_run(project=project, version=make_version(project))
    planning._plan_chunk(run)
    run.refresh_from_db()
    assert (run.state, run.planned, run.cells.count()) == ("planning", 4, 4)
    assert planning.plan(Run.objects.get(pk=run.pk)).planned == 10
    assert len(planned(run)) == Cell.objects.count() == 10


def test_a_cancelled_plan_is_not_continued():
    project = make_project()
    make_battles(project, 2)
    run = planning.create_run(project=project, version=make_version(project))
    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
    assert planning.plan(run).state == Run.State.CANCELLED
    assert Cell.objects.count() == 0


def test_the_same_launch_twice_is_one_run():
    project = make_project()
    version = make_version(project)
    first, second = (
        planning.create_run(project=project, version=version, budget_nusd=5, idempotency_key="k") for _ in range(2)
    )
    assert first == second
    with pytest.raises(IdempotencyConflict):
        planning.create_run(project=project, version=version, budget_nusd=6, idempotency_key="k")


@pytest.mark.parametrize(("pairs", "limit", "cells"), [("made", None, 80), ("made", 4, 8), ("all", None, 80)])
def test_an_estimate_counts_the_cells_that_are_then_planned(pairs, limit, cells):
    project = make_project()
    make_battles(project, 40)
    version, selection = make_version(project, model="gpt-6-luna"), Selection(pairs=pairs, limit=limit)
    found = estimate_for(version, selection)
    assert found.cells == cells == make_run(version, selection).planned
    assert found.input_tokens > cells * 300
    assert found.cost_nusd is not None
    assert found.at_most_nusd is not None
    assert 0 < found.cost_nusd < found.at_most_nusd


def test_an_estimate_of_nothing_is_nothing():
    found = estimate_for(make_version(), Selection())
    assert (found.items, found.cells, found.cost_nusd) == (0, 0, None)


def test_an_estimate_of_a_planned_run_is_of_what_is_left():
    project = make_project()
    make_battles(project, 4)
    run = make_run(make_version(project, model="gpt-6-luna"))
    Run.objects.filter(pk=run.pk).update(verdicts=6)
    run.refresh_from_db()
    assert (estimate(run).items, estimate(run).cells) == (1, 2)
