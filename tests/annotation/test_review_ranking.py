"""The queue's order, as the database counts it, is that of comparing every answer with every other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.listings import Listing
from annotation.material import permuted
from annotation.models import Assignment, Campaign, Item
from annotation.quality.errors import Undefined
from annotation.review import sampling
from annotation.review.disagreement import disagreement, list_disagreement
from annotation.review.queue import queue_of
from annotation.review.ranking import ranking_of
from annotation.review.reading import said_of_list
from annotation.rubrics import spec_of
from annotation.services import create_campaign, open_campaign
from domain.choices import Choice, Outcome, Value
from domain.listings import battles_of
from domain.models import Rubric, Verdict
from domain.services import Draft, create_rubric, record_verdict, set_counted
from domain.specs import CriterionSpec, Kind, Level
from tests.annotation.make import annotator_of, direct_campaign, pairwise_campaign
from tests.annotation.reviewing import reviewer_of
from tests.factories import (
    LIKERT,
    PREFERENCE,
    SLIDER,
    make_project,
    make_prompt,
    make_rater,
    make_response,
    make_rubric,
)

pytestmark = pytest.mark.django_db
COLOUR = CriterionSpec("colour", "Colour", kind=Kind.SCORE, level=Level.NOMINAL, values=(1.0, 2.0, 3.0))
CRITERIA = (LIKERT, replace(LIKERT, key="tone", name="Tone"), SLIDER, COLOUR)
PEOPLE = 4


def answered(campaign: Campaign, rng: random.Random, *, others: Rubric | None = None) -> None:
    """Answer places at random: some items by nobody, some by one, some answers without a criterion, some uncounted."""
    people = [annotator_of(campaign) for _ in range(PEOPLE)]
    raters = [make_rater(campaign.project) for _ in people]
    for person in people:
        campaign.participants.create(user=person)
    for place in campaign.assignments.select_related("item").filter(item__role="live"):
        who = (place.slot or 1) - 1
        if rng.random() < 0.3:
            continue
        rubric = others if others is not None and rng.random() < 0.3 else campaign.rubric
        answers = {one.key: _random(one, rng) for one in rubric.spec().criteria if rng.random() < 0.9}
        place.answer, place.seed = _ranks(place.item, rng), rng.randrange(1000)
        if answers:
            drafted = Draft(raters[who].pk, answers, f"assignment:{place.pk}", **_about(place.item))
            place.verdict = record_verdict(project=campaign.project, rubric=rubric, draft=drafted).verdict
            set_counted([place.verdict.pk], counted=rng.random() < 0.9)
        place.annotator, place.token, place.answered_at = people[who], f"token-{place.pk}", timezone.now()
        place.state = rng.choice(["done", "done", "done", "reopened"])
        place.save()


def _random(criterion: CriterionSpec, rng: random.Random) -> Choice | Value:
    if criterion.kind is Kind.CHOICE:
        return Choice(rng.choice(list(Outcome)))
    return Value(rng.choice(criterion.values) if criterion.values else rng.choice([0.1, 33.3, 70.0, 99.9]))


def _about(item: Item) -> dict[str, Any]:
    if item.listed is None:
        return {"battle_id": item.battle_id, "response_id": item.response_id}
    return {"battle_id": next(iter(battles_of([tuple(item.listed)]).values()))}


def _ranks(item: Item, rng: random.Random) -> dict[str, Any] | None:
    if item.listed is None:
        return None
    labels = "ABCDEFGH"[: len(item.listed)]
    return {"ranks": {label: rng.randint(1, len(labels)) for label in labels}}


def compared(campaign: Campaign, criterion: str = "") -> list[tuple[int, int, float | None, str]]:
    """Return (item, answers, disagreement, criterion) in the order of the queue, answer by answer."""
    rows = []
    criteria = [one for one in spec_of(campaign).criteria if criterion in ("", one.key)]
    for item in campaign.items.filter(role="live"):
        turns = [
            turn
            for turn in item.assignments.all()
            if turn.state in ("done", "reopened") and turn.verdict is not None and turn.verdict.counted
        ]
        if len(turns) < min(2, item.overlap):
            continue
        said: list[dict[str, Any]]
        if item.listed is not None:
            said = [said_of_list(turn.answer or {}, permuted(item.listed, turn.seed)) for turn in turns]
        else:
            said = [_scores(turn.verdict) for turn in turns]
        apart = []
        for one in criteria:
            try:
                given = [each[one.key] for each in said if one.key in each]
                value = list_disagreement(said, one) if item.listed is not None else disagreement(given, one)
            except Undefined:
                continue
            apart.append((value, one.name))
        widest = max(apart, key=lambda pair: pair[0], default=(None, ""))
        mean = sum(value for value, _ in apart) / len(apart) if apart else -1.0
        rows.append((-1.0 if widest[0] is None else widest[0], mean, item.position, (item.pk, len(turns), *widest)))
    return [row[-1] for row in sorted(rows, key=lambda row: (-row[0], -row[1], row[2]))]


def _scores(verdict: Verdict | None) -> dict[str, Any]:
    assert verdict is not None
    return {score.criterion.key: score.outcome or score.value for score in verdict.scores.all()}


def in_queue(campaign: Campaign, criterion: str = "") -> Sequence[Any]:
    return [(one.item, one.answers, one.disagreement, one.criterion) for one in ranking_of(campaign, criterion).items]


def assert_same(campaign: Campaign) -> None:
    for criterion in ("", *(one.key for one in spec_of(campaign).criteria)):
        expected = compared(campaign, criterion)
        assert [row[:2] for row in in_queue(campaign, criterion)] == [row[:2] for row in expected]
        assert in_queue(campaign, criterion) == expected
    assert len({row[2] for row in expected}) > 2  # or it would say little


@pytest.mark.parametrize("seed", range(3))
def test_choices_stand_in_the_order_of_comparing_all_answers(seed):
    campaign = pairwise_campaign(30, overlap=PEOPLE)
    answered(campaign, random.Random(seed))
    assert_same(campaign)


@pytest.mark.parametrize("seed", range(3))
def test_several_criteria_stand_in_the_order_of_the_widest_and_then_of_the_mean(seed):
    project = make_project()
    rubric = make_rubric(project, *CRITERIA)
    campaign = direct_campaign(30, project=project, rubric=rubric, overlap=PEOPLE)
    earlier = create_rubric(project=project, spec=replace(rubric.spec(), criteria=CRITERIA[:2]))
    answered(campaign, random.Random(seed), others=earlier)
    assert_same(campaign)


def test_lists_stand_in_the_order_of_their_pairs():
    project = make_project()
    prompts = [make_prompt(project) for _ in range(10)]
    lists = [sorted(make_response(prompt=prompt).pk for _ in range(3)) for prompt in prompts]
    items = [Listing(prompt.pk, tuple(listed)) for prompt, listed in zip(prompts, lists, strict=True)]
    rubric = make_rubric(project, PREFERENCE)
    made = create_campaign(
        project=project, rubric=rubric, name="Lists", items=items, task="ranking", overlap=PEOPLE, seed=1
    )
    campaign = open_campaign(made)
    answered(campaign, random.Random(1))
    assert_same(campaign)


def test_checks_are_no_part_of_the_queue():
    campaign = direct_campaign(3, overlap=2)
    answered(campaign, random.Random(3))
    [first, *_] = [one.item for one in ranking_of(campaign).items]
    assert first in [row[0] for row in compared(campaign)]
    Item.objects.filter(pk=first).update(role="calibration", expected={"helpfulness": 4.0})
    assert first not in [one.item for one in ranking_of(campaign).items]


def test_what_is_left_to_draw_is_counted_once_for_the_page():
    campaign = direct_campaign(20, overlap=PEOPLE)
    answered(campaign, random.Random(5))
    people = {row.annotator_id for row in Assignment.objects.filter(verdict__counted=True)}
    total = Assignment.objects.filter(verdict__counted=True).count()
    queue = queue_of(campaign, reviewer_of(campaign))
    assert queue.answers == total
    assert sampling.left_to_draw(campaign) == sampling.left_to_draw(campaign, queue.answers) == (total, len(people))
    sampling.draw_sample(campaign, total - 1, seed=1)
    assert sampling.left_to_draw(campaign, queue.answers) == (1, 1)


def test_a_page_of_the_queue_reads_no_answer_but_those_to_its_settled_items():
    campaign = direct_campaign(20, overlap=PEOPLE)
    answered(campaign, random.Random(5))
    queue = queue_of(campaign, reviewer_of(campaign), only_disputed=False)
    with CaptureQueriesContext(connection) as captured:
        assert len(queue.lines_of(queue.items[:5])) == 5
    assert not any("domain_score" in query["sql"] for query in captured if "review" not in query["sql"])
