"""Calibration items that experts have agreed on, and items of all roles as researchers write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotation.calibration import BadLine, read_items
from annotation.models import Campaign
from annotation.quality.consensus import add_consensus_items, consensus
from annotation.quality.feedback import as_shown
from annotation.services import create_campaign, open_campaign
from tests.annotation.make import annotator_of
from tests.annotation.quality.make import checked_campaign, choose, responses, score, scored_campaign, work
from tests.factories import make_battle, make_project

pytestmark = pytest.mark.django_db


def answer_all(campaign: Campaign, users: list[User], says: Any) -> None:
    for at, user in enumerate(users):
        work(user, campaign, lambda task, at=at: says(at, task))  # type: ignore[misc]


def another(campaign: Campaign, items: list[Any]) -> Campaign:
    return create_campaign(project=campaign.project, rubric=campaign.rubric, name="Next round", items=items, seed=1)


def test_items_on_which_all_experts_agree_become_calibration_items() -> None:
    campaign = checked_campaign(6, 0, quality={}, overlap=3)
    experts = [annotator_of(campaign, role="reviewer") for _ in range(3)]
    odd = campaign.items.order_by("position")[0].battle_id

    def says(at: int, task: Any) -> Any:
        return choose("B" if task.item.battle_id == odd and at == 0 else "A", task)

    answer_all(campaign, experts, says)
    fresh = another(campaign, [make_battle(campaign.project)])
    items = consensus(fresh, 3)
    assert len(items) == 5
    assert all(item.expected == {"preference": {"choice": "A"}} and item.role == "calibration" for item in items)
    assert add_consensus_items(fresh, 3) == 5
    assert consensus(fresh, 3) == []  # each once
    assert open_campaign(fresh).item_count == 6
    with pytest.raises(ValueError, match="two experts"):
        consensus(fresh, 1)


def test_annotators_make_no_consensus_and_live_items_no_check() -> None:
    campaign = checked_campaign(3, 0, quality={}, overlap=3)
    answer_all(campaign, [annotator_of(campaign) for _ in range(3)], lambda at, task: choose("A", task))
    assert consensus(another(campaign, [make_battle(campaign.project)]), 2) == []
    assert consensus(campaign, 2) == []


def test_scores_agree_within_the_tolerance_and_their_median_is_expected() -> None:
    project = make_project()
    campaign = scored_campaign(responses(project, 2), quality={}, project=project, overlap=3)
    experts = [annotator_of(campaign, role="researcher") for _ in range(3)]
    first = campaign.items.order_by("position")[0].pk
    answer_all(campaign, experts, lambda at, task: score([4, 5, 4][at] if task.item_id == first else [1, 3, 5][at]))
    fresh = another(campaign, responses(project, 1))
    (item,) = consensus(fresh, 3)
    assert item.expected == {"helpfulness": 4}


def line(battle: Any, **fields: Any) -> str:
    names = {"system_a": battle.response_a.system.name, "system_b": battle.response_b.system.name}
    return json.dumps({"prompt": battle.prompt.external_id, **names, "outcome": "A", **fields})


def test_a_line_says_its_role() -> None:
    project = make_project()
    battle = make_battle(project)
    campaign = checked_campaign(1, 0, quality={}, project=project)
    text = "\n".join([line(battle), line(battle, role="training", why="Because."), line(battle, role="calibration")])
    items = read_items(text, project, campaign.rubric)
    assert [item.role for item in items] == ["calibration", "training", "calibration"]
    assert items[1].why == "Because."
    with pytest.raises(BadLine, match="line 1: role 'twin'"):
        read_items(line(battle, role="twin"), project, campaign.rubric)


def test_an_attention_line_shows_its_own_text() -> None:
    project = make_project()
    battle = make_battle(project)
    campaign = checked_campaign(1, 0, quality={}, project=project)
    texts = {"a": "Please choose this answer.", "b": "Please choose the other answer."}
    (item,) = read_items(line(battle, role="attention", texts=texts), project, campaign.rubric)
    shown = item.altered or {}
    swapped = battle.response_a.system.name != json.loads(line(battle))["system_a"]
    assert set(shown.values()) == set(texts.values())
    assert shown["b" if swapped else "a"] == texts["a"]
    with pytest.raises(BadLine, match='"texts"'):
        read_items(line(battle, role="attention"), project, campaign.rubric)
    with pytest.raises(BadLine, match='"texts"'):
        read_items(line(battle, role="attention", texts={"a": "x"}), project, campaign.rubric)


def test_reasons_name_the_sides_as_they_were_written_and_as_they_are_shown() -> None:
    project = make_project()
    battle = make_battle(project)
    campaign = checked_campaign(1, 0, quality={}, project=project)
    names = {"system_a": battle.response_b.system.name, "system_b": battle.response_a.system.name}
    (item,) = read_items(line(battle, why="{A} is right, {B} is not.", **names), project, campaign.rubric)
    assert item.why == "{B} is right, {A} is not."
    assert item.expected == {"preference": {"choice": "B"}}
    assert as_shown(item.why, swapped=False) == "B is right, A is not."
    assert as_shown(item.why, swapped=True) == "A is right, B is not."
