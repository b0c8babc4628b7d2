"""Calibration items out of what experts agree on: answers of reviewers, researchers and owners to the same rubric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from annotation.models import ROLES, Campaign
from annotation.quality.judging import slack
from annotation.quality.policy import Policy, Tolerance
from annotation.rubrics import rubric_of
from annotation.services import NewItem, add_items
from domain.models import Battle, Membership, Response, Score
from domain.services import log
from domain.specs import CriterionSpec, Kind

EXPERTS = ("owner", "researcher", "reviewer")
Target = tuple[str, int]  # ("battle" | "response", its id)
Said = dict[str, dict[int, Any]]  # by criterion, by rater


def consensus(campaign: Campaign, experts: int) -> list[NewItem]:
    """Return calibration items on which at least so many experts agree about every criterion, and none disagrees.

    Choices agree when they are the same, numbers within the campaign's tolerance (their median is then expected).
    What this campaign asks about already is left out: nobody is to meet an item live and as a check.
    """
    if experts < 2:
        raise ValueError(f"{experts} is no consensus; ask for two experts or more")
    specs = [criterion.spec() for criterion in rubric_of(campaign).criteria.all()]
    tolerance = Policy.from_json(campaign.quality).tolerance
    asked = _asked(campaign)
    found: dict[Target, dict[str, Any]] = {}
    for target, said in _expert_answers(campaign).items():
        expected = _agreed(said, specs, experts, tolerance)
        if expected is not None and target not in asked:
            found[target] = expected
    return [_item(target, expected, experts) for target, expected in _with_targets(found)]


@transaction.atomic
def add_consensus_items(campaign: Campaign, experts: int, *, user: User | None = None) -> int:
    """Add them to a campaign, and return how many there are."""
    items = consensus(campaign, experts)
    if items:
        add_items(campaign, items)
    log(campaign.project, "calibration items added", user, campaign=campaign.pk, n=len(items), experts=experts)
    return len(items)


def _asked(campaign: Campaign) -> set[Target]:
    rows = campaign.items.filter(listed__isnull=True).values_list("battle_id", "response_id")
    return {("response", response) if battle is None else ("battle", battle) for battle, response in rows}


def _expert_answers(campaign: Campaign) -> dict[Target, Said]:
    """Read what experts of the project have said under this rubric, of each the latest answer that counts."""
    experts = Membership.objects.filter(project=campaign.project_id, role__in=EXPERTS).values("user")
    rows = Score.objects.filter(
        verdict__project=campaign.project_id,
        verdict__rubric=campaign.rubric_id,
        verdict__counted=True,
        verdict__role__in=[ROLES.LIVE, ROLES.REVIEW],
        verdict__rater__user__in=experts,
    ).order_by("verdict__given_at", "verdict_id")
    fields = ("verdict__battle_id", "verdict__response_id", "verdict__rater_id", "criterion__key", "outcome", "value")
    answers: dict[Target, Said] = defaultdict(lambda: defaultdict(dict))
    for battle, response, rater, key, outcome, value in rows.values_list(*fields):
        target = ("response", response) if battle is None else ("battle", battle)
        answers[target][key][rater] = value if outcome is None else outcome
    return answers


def _agreed(said: Said, specs: Iterable[CriterionSpec], experts: int, tolerance: Tolerance) -> dict[str, Any] | None:
    expected: dict[str, Any] = {}
    for criterion in specs:
        answers = list(said.get(criterion.key, {}).values())
        if len(answers) < experts:
            return None
        if criterion.kind is Kind.CHOICE:
            if len(set(answers)) > 1:
                return None
            expected[criterion.key] = {"choice": answers[0]}
        else:
            if max(answers) - min(answers) > slack(criterion, tolerance) + 1e-9:
                return None
            expected[criterion.key] = median(answers)
    return expected


def _with_targets(found: dict[Target, dict[str, Any]]) -> list[tuple[Battle | Response, dict[str, Any]]]:
    battles = Battle.objects.in_bulk([pk for kind, pk in found if kind == "battle"])
    responses = Response.objects.in_bulk([pk for kind, pk in found if kind == "response"])
    return [(battles[pk] if kind == "battle" else responses[pk], expected) for (kind, pk), expected in found.items()]


def _item(target: Battle | Response, expected: dict[str, Any], experts: int) -> NewItem:
    return NewItem(target, role=ROLES.CALIBRATION, expected=expected, why=f"{experts} experts or more agree on this.")
