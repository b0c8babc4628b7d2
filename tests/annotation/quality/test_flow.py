"""Checks while people work: judged with the answer, counted once, and followed by what the policy says."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Assignment, Item
from annotation.quality.making import add_attention_checks, add_twins
from annotation.services import claim, submit, undo
from domain.models import Event, Verdict
from tests.annotation.make import annotator_of, held
from tests.annotation.quality.make import (
    MANY,
    checked_campaign,
    choose,
    person,
    responses,
    right,
    score,
    scored_campaign,
    work,
    wrong,
)
from tests.factories import make_project

pytestmark = pytest.mark.django_db

ALWAYS = {"checks": {"first": 1.0, "then": 1.0}}
CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "ROLLBACK")


def test_a_check_is_judged_with_its_answer_and_enters_no_aggregate() -> None:
    campaign = checked_campaign(2, 2, quality=ALWAYS)
    user = annotator_of(campaign)
    answers = iter([right, wrong, right, right])
    done = work(user, campaign, lambda task: next(answers)(task))
    assert [task.passed for task in done] == [True, False, None, None]
    assert person(user, campaign).quality["checks"]["calibration"][:2] == [1, 1]
    assert Verdict.objects.filter(role="live").count() == 2


def test_a_changed_answer_is_judged_again_and_counts_once() -> None:
    campaign = checked_campaign(1, 1, quality=ALWAYS)
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    submit(user, first.token, wrong(first), key="1")
    again = undo(user, campaign)
    outcome = submit(user, str(again.token), right(again), key="2")
    assert outcome.task.passed is True
    assert person(user, campaign).quality["checks"]["calibration"][:2] == [1, 0]


def test_who_fails_the_sequential_test_is_warned_and_it_is_logged() -> None:
    campaign = checked_campaign(1, 12, quality=ALWAYS)
    user = annotator_of(campaign)
    work(user, campaign, wrong)
    assert person(user, campaign).standing == "warned"
    event = Event.objects.get(action="quality check failed")
    assert event.details["family"] == "calibration"
    assert event.details["standing"] == "warned"


def test_who_passes_keeps_a_good_standing() -> None:
    campaign = checked_campaign(3, 15, quality=ALWAYS)
    user = annotator_of(campaign)
    work(user, campaign, right)
    assert person(user, campaign).standing == "good"
    assert not Event.objects.filter(action="quality check failed").exists()


@pytest.mark.parametrize(("action", "standing"), [("none", "good"), ("pause", "paused"), ("stop", "stopped")])
def test_the_policy_says_what_follows(action: str, standing: str) -> None:
    campaign = checked_campaign(1, 12, quality=ALWAYS | {"calibration": {"action": action}})
    user = annotator_of(campaign)
    work(user, campaign, wrong)
    assert person(user, campaign).standing == standing


def test_training_comes_first_and_ends_when_enough_is_right() -> None:
    quality = {"training": {"items": 2, "passing": 1}}
    campaign = checked_campaign(2, 3, quality=quality, role="training")
    user = annotator_of(campaign)
    answers = iter([wrong, right, right, right])
    done = work(user, campaign, lambda task: next(answers)(task))
    assert [task.item.role for task in done] == ["training", "training", "live", "live"]
    assert person(user, campaign).trained_at is not None


def test_who_fails_training_waits_for_a_researcher() -> None:
    campaign = checked_campaign(2, 2, quality={"training": {"items": 2, "passing": 2}}, role="training")
    user = annotator_of(campaign)
    done = work(user, campaign, wrong)
    assert len(done) == 2
    assert (person(user, campaign).standing, person(user, campaign).trained_at) == ("paused", None)


def test_the_first_checks_are_the_gate() -> None:
    quality = {"qualification": {"items": 4, "threshold": 0.75}, "checks": {"first": 0.0, "then": 0.0}}
    campaign = checked_campaign(3, 6, quality=quality)
    good, bad = annotator_of(campaign), annotator_of(campaign)
    answers = iter([right, wrong, right, right, right, right, right])
    roles = [task.item.role for task in work(good, campaign, lambda task: next(answers)(task))]
    assert roles == ["calibration"] * 4 + ["live"] * 3
    assert person(good, campaign).qualified_at is not None
    assert len(work(bad, campaign, wrong)) == 4
    assert (person(bad, campaign).standing, person(bad, campaign).qualified_at) == ("stopped", None)


def test_a_repeat_comes_later_and_is_held_against_the_first_answer() -> None:
    quality = {"checks": {"first": 1.0}, "repeats": {"rate": 0.5, "distance": 3}}
    campaign = checked_campaign(MANY, 0, quality=quality)
    user = annotator_of(campaign)
    done = work(user, campaign, right)
    at = {task.item_id: number for number, task in enumerate(done)}
    again = [task for task in done if task.item.role == "repeat"]
    assert again
    for task in again:
        assert task.passed is True
        original = Item.objects.get(copies=task.item)
        assert at[task.item_id] - at[original.pk] > 3
        assert task.item.battle_id == original.battle_id
    assert not person(user, campaign).quality["checks"]["repeat"][1]


def test_a_repeat_is_held_against_the_answer_that_now_stands() -> None:
    quality = {"checks": {"first": 1.0}, "repeats": {"rate": 0.5, "distance": 2}}
    campaign = checked_campaign(MANY, 0, quality=quality)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    while not person(user, campaign).quality.get("pending"):
        task = held(submit(user, str(task.token), right(task), key=f"k{task.pk}").next)
    again = undo(user, campaign)
    submit(user, str(again.token), wrong(again), key="changed")
    (kept,) = person(user, campaign).quality["pending"].values()
    assert kept["answers"]["preference"]["choice"] == "B"


def test_somebody_elses_repeat_is_nobodys() -> None:
    quality = {"checks": {"first": 1.0}, "repeats": {"rate": 0.5, "distance": 1}}
    campaign = checked_campaign(MANY, 0, quality=quality)
    first, second = annotator_of(campaign), annotator_of(campaign)
    work(first, campaign, right, most=MANY // 2)
    work(second, campaign, right)
    asked = Assignment.objects.filter(item__role="repeat").exclude(state="open")
    assert {place.annotator_id for place in asked} == {first.pk, second.pk}
    assert all(place.annotator_id == place.reserved_for_id for place in asked)


def test_a_damaged_copy_beside_its_original_must_lose() -> None:
    campaign = checked_campaign(4, 0, quality=ALWAYS)
    assert add_twins(campaign, 3, seed=1) == 3
    user = annotator_of(campaign)

    def sees_damage(task: Assignment) -> Any:
        expected = task.item.expected
        return choose(expected["preference"]["choice"], task) if expected else right(task)

    done = work(user, campaign, sees_damage)
    twins = [task for task in done if task.item.role == "twin"]
    assert [task.passed for task in twins] == [True] * 3
    for task in twins:
        item: Any = task.item
        shown = item.altered
        kept = {"A": "a", "B": "b"}[item.expected["preference"]["choice"]]
        worse = {"a": "b", "b": "a"}[kept]
        assert shown[kept] in (item.battle.response_a.content, item.battle.response_b.content)
        assert shown[worse] != shown[kept]


def test_a_damaged_response_must_score_below_the_usual() -> None:
    project = make_project()
    campaign = scored_campaign(responses(project, 6), quality={"checks": {"first": 0.0}}, project=project)
    assert add_twins(campaign, 2, seed=1) == 2
    user = annotator_of(campaign)
    work(user, campaign, lambda task: score(4), most=4)
    type(campaign).objects.filter(pk=campaign.pk).update(quality=ALWAYS)
    scores = iter([4, 2, 4])
    done = work(user, campaign, lambda task: score(next(scores)), most=3)
    assert [(task.item.role, task.passed) for task in done] == [("live", None), ("twin", True), ("twin", False)]


def test_who_has_answered_all_live_items_meets_no_check_any_more() -> None:
    campaign = checked_campaign(2, 3, quality={"checks": {"first": 0.0, "then": 0.0}})
    user = annotator_of(campaign)
    work(user, campaign, right, most=1)
    type(campaign).objects.filter(pk=campaign.pk).update(quality=ALWAYS)
    assert [task.item.role for task in work(user, campaign, right)] == ["live"]


def test_one_failed_attention_check_is_forgiven_and_two_are_not() -> None:
    campaign = checked_campaign(3, 0, quality=ALWAYS)
    assert add_attention_checks(campaign, 3, seed=2) == 3
    user = annotator_of(campaign)

    def ignores(task: Assignment) -> Any:
        expected = (task.item.expected or {"preference": {"choice": "B"}})["preference"]["choice"]
        return choose({"A": "B", "B": "A"}[expected], task)

    work(user, campaign, ignores, most=1)
    assert person(user, campaign).standing == "good"
    work(user, campaign, ignores, most=1)
    assert person(user, campaign).standing == "warned"


def test_an_attention_check_says_what_to_answer() -> None:
    project = make_project()
    campaign = scored_campaign(responses(project, 2), quality=ALWAYS, project=project)
    add_attention_checks(campaign, 1, seed=2)
    item: Any = campaign.items.get(role="attention")
    (expected,) = item.expected.values()
    assert f"{expected:g}" in item.altered["response"]


def test_a_scripted_client_is_found_by_the_servers_clock() -> None:
    quality = {"speed": {"floor_ms": 2000}, "straight": {"action": "none"}, "side": {"action": "none"}}
    campaign = checked_campaign(12, 0, quality=quality)
    user = annotator_of(campaign)
    work(user, campaign, lambda task: choose("AB"[task.pk % 2], task, active_ms=60_000))
    assert person(user, campaign).standing == "warned"
    assert "faster than" in person(user, campaign).standing_reason


def test_who_always_takes_one_side_is_found() -> None:
    campaign = checked_campaign(30, 0, quality={"straight": {"action": "none"}})
    user = annotator_of(campaign)
    work(user, campaign, lambda task: choose("B" if task.swapped else "A", task))
    assert "One side" in person(user, campaign).standing_reason


def test_who_stops_looking_half_way_is_found_by_the_run() -> None:
    project = make_project()
    campaign = scored_campaign(responses(project, 60), quality={}, project=project)
    user = annotator_of(campaign)
    scores = iter([1, 5, 3, 4, 2] * 6 + [3] * 30)
    work(user, campaign, lambda task: score(next(scores)))
    assert "many times in a row" in person(user, campaign).standing_reason


@pytest.mark.parametrize("role", ["calibration", "attention", "training", "twin"])
def test_a_check_costs_no_statement_more_than_live_work(role: str) -> None:
    live = checked_campaign(8, 0, quality={})
    check = checked_campaign(1, 8, quality=ALWAYS | {"training": {"items": 9}}, role=role)
    assert _cycle(check) == _cycle(live)


def _cycle(campaign: Any) -> tuple[int, int]:
    """Count the statements of a claim and of a submit, both in the middle of the work."""
    user = annotator_of(campaign)
    work(user, campaign, right, most=2)
    with CaptureQueriesContext(connection) as claimed:
        task = held(claim(user, campaign))
    with CaptureQueriesContext(connection) as submitted:
        submit(user, str(task.token), right(task), key="counted")
    return _real(claimed), _real(submitted)


def _real(captured: CaptureQueriesContext) -> int:
    return sum(not query["sql"].startswith(CONTROL) for query in captured)


def test_a_planned_repeat_costs_two_statements() -> None:
    _, never = _cycle(checked_campaign(8, 0, quality={}))
    with_repeats = checked_campaign(MANY, 0, quality={"repeats": {"rate": 0.5}})
    user = annotator_of(with_repeats)
    counts = set()
    work(user, with_repeats, right, most=2)
    task = held(claim(user, with_repeats))
    for number in range(MANY // 2):
        with CaptureQueriesContext(connection) as captured:
            task = held(submit(user, str(task.token), right(task), key=f"k{number}").next)
        counts.add(_real(captured))
    assert counts == {never, never + 2}
