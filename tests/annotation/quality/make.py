"""Campaigns with checks, and people who answer them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, Participant
from annotation.services import NewItem, claim, create_campaign, open_campaign, submit
from domain.choices import Choice, Outcome, Value
from domain.models import Project
from tests.factories import LIKERT, PREFERENCE, make_battle, make_project, make_response, make_rubric

Answerer = Callable[[Assignment], Submission]
CHECKS = {"checks": {"first": 1.0, "then": 1.0}}  # every task is one, while there are any
MANY = 40  # items, for what is drawn at even odds: that none of the first half is drawn happens once in a million times


def checked_campaign(
    live: int,
    checks: int,
    *,
    quality: dict[str, Any],
    role: str = "calibration",
    project: Project | None = None,
    overlap: int = 1,
) -> Campaign:
    """Pairs whose first response is right, asked live and as checks of one role."""
    project = project or make_project()
    items: list[Any] = [make_battle(project) for _ in range(live)]
    items += [
        NewItem(make_battle(project), role=role, expected={"preference": {"choice": "A"}}, why="A is right.")
        for _ in range(checks)
    ]
    return _made(project, PREFERENCE, items, quality, overlap)


def scored_campaign(items: list[Any], *, quality: dict[str, Any], project: Project, overlap: int = 1) -> Campaign:
    return _made(project, LIKERT, items, quality, overlap)


def responses(project: Project, n: int) -> list[Any]:
    return [make_response(project, system="Ash", content=f"Answer number {k} has some words in it.") for k in range(n)]


def _made(project: Project, criterion: Any, items: list[Any], quality: dict[str, Any], overlap: int) -> Campaign:
    rubric = make_rubric(project, criterion)
    campaign = create_campaign(project=project, rubric=rubric, name="Checked", items=items, seed=1, overlap=overlap)
    Campaign.objects.filter(pk=campaign.pk).update(quality=quality)
    return open_campaign(campaign)


def choose(outcome: str, task: Assignment, **fields: Any) -> Submission:
    """Choose in the battle's frame, whichever side it is shown on."""
    choice = Choice(Outcome(outcome))
    return Submission({"preference": choice.turned() if task.swapped else choice}, **fields)


def right(task: Assignment) -> Submission:
    return choose("A", task)


def wrong(task: Assignment) -> Submission:
    return choose("B", task)


def score(number: float) -> Submission:
    return Submission({"helpfulness": Value(number)})


def work(user: User, campaign: Campaign, answer: Answerer, most: int = 1000) -> list[Assignment]:
    """Answer until there is no task left, and return what was answered, in order."""
    done: list[Assignment] = []
    task = claim(user, campaign)
    while task is not None and len(done) < most:
        outcome = submit(user, str(task.token), answer(task), key=f"k{task.pk}")
        done.append(outcome.task)
        task = outcome.next
    return done


def person(user: User, campaign: Campaign) -> Participant:
    return Participant.objects.get(user=user, campaign=campaign)
