"""Campaigns for tests that are not about making one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from annotation.answers import Submission
from annotation.models import Assignment, Campaign
from annotation.services import create_campaign, open_campaign
from domain.choices import Choice, Outcome, Value
from domain.models import Membership, Project
from tests.factories import LIKERT, PREFERENCE, make_battle, make_project, make_response, make_rubric, make_user

CHECKS_FIRST = {"checks": {"first": 1}, "training": {"items": 1}}  # so that a test need not wait for one


def pairwise_campaign(
    items: int = 3, *, project: Project | None = None, is_open: bool = True, **fields: Any
) -> Campaign:
    project = project or make_project()
    battles = [make_battle(project) for _ in range(items)]
    return _campaign(project, PREFERENCE, battles, is_open, fields)


def direct_campaign(items: int = 3, *, project: Project | None = None, is_open: bool = True, **fields: Any) -> Campaign:
    project = project or make_project()
    responses = [make_response(project, system="Ash", content=f"Answer {n}.") for n in range(items)]
    return _campaign(project, LIKERT, responses, is_open, fields)


def _campaign(project: Project, criterion: Any, items: list[Any], is_open: bool, changes: dict[str, Any]) -> Campaign:
    fields: dict[str, Any] = {"items": items, "name": "Round 1", "seed": 1} | changes
    if "rubric" not in fields:
        fields["rubric"] = make_rubric(project, criterion)
    campaign = create_campaign(project=project, **fields)
    return open_campaign(campaign) if is_open else campaign


def annotator_of(campaign: Campaign, name: str = "", role: str = "annotator") -> User:
    user = make_user(name)
    Membership.objects.create(project=campaign.project, user=user, role=role)
    return user


def left(strength: int | None = 1, **fields: Any) -> Submission:
    return Submission({"preference": Choice(Outcome.A, strength)}, **fields)


def right(strength: int | None = 1, **fields: Any) -> Submission:
    return Submission({"preference": Choice(Outcome.B, strength)}, **fields)


def value(number: float = 4, **fields: Any) -> Submission:
    return Submission({"helpfulness": Value(number)}, **fields)


def answer_to(task: Assignment) -> Submission:
    return left() if task.item.battle_id else value()


def held(task: Assignment | None) -> Any:
    """The task, where a test needs one to be there."""
    assert task is not None
    return task
