"""Undoing a revision in bulk: the same as one by one, whole or not at all, in a flat number of statements."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import (
    AnnotatorGroup,
    Assignment,
    Campaign,
    CampaignGroup,
    GuidelineVersion,
    Participant,
    RevisedAnswer,
)
from annotation.revision import applying
from annotation.revision.publishing import undo_revision
from annotation.revision.scope import Scope
from annotation.services import claim, exclude, submit
from domain.bulk import bulk_change
from domain.models import Response, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, value
from tests.annotation.revising import BOTH, assert_complete, both, publish, state_of, two_criteria
from tests.annotation.working import finish, row

pytestmark = pytest.mark.django_db


def one_by_one(version: GuidelineVersion) -> tuple[set[int], int]:
    """Return which turns come back, and how many do not: each answer on its own, in order."""
    free = {(place.item_id, place.slot) for place in Assignment.objects.filter(state="open")}
    left = {
        share.group_id: None if share.quota is None else share.quota - share.taken
        for share in CampaignGroup.objects.all()
    }
    back, surplus = set[int](), 0
    for revised in version.revised.order_by("pk"):
        turn = revised.assignment
        person = Participant.objects.get(campaign=version.campaign, user=turn.annotator_id)
        if turn.verdict_id != revised.before_id or person.standing == "excluded":
            continue
        mine = sorted(place for place in free if place[0] == turn.item_id)
        quota = left.get(person.group_id or 0)
        if turn.slot is None and (not mine or quota == 0):
            surplus += 1
            continue
        if turn.slot is None:
            own = (turn.item_id, revised.turn["slot"])
            free.remove(own if own in mine else mine[0])
            if quota is not None:
                left[person.group_id or 0] = quota - 1
        back.add(turn.pk)
    return back, surplus


def half_answered_again(seed: int) -> tuple[Campaign, GuidelineVersion]:
    """Three of four people have answered all; after a revision some have been asked again, one is excluded."""
    rng = random.Random(seed)
    campaign = direct_campaign(7, overlap=3)
    people = [annotator_of(campaign) for _ in range(4)]
    for person in people[:3]:
        finish(person, campaign)
    version = publish(campaign)
    for person in rng.choices(people, k=12):
        task = claim(person, campaign)
        if task is not None and rng.random() < 0.8:
            submit(person, str(task.token), value(rng.randint(1, 5)), key=f"again-{task.pk}")
    if rng.random() < 0.5:
        exclude(row(people[0]), reason="At random.", by=None)
    return campaign, version


@pytest.mark.parametrize("chunk", [1, 4, 2000])
@pytest.mark.parametrize("seed", range(4))
def test_answers_come_back_as_they_would_one_by_one(chunk, seed, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", chunk)
    campaign, version = half_answered_again(seed)
    back, surplus = one_by_one(version)
    before = dict(version.revised.values_list("assignment_id", "before_id"))
    restored = undo_revision(version, by=None)
    assert (restored.answers, restored.surplus) == (len(back), surplus)
    for turn in Assignment.objects.filter(pk__in=back):
        assert (turn.state, turn.verdict_id, turn.lease_expires) == ("done", before[turn.pk], None)
        assert Verdict.objects.get(pk=turn.verdict_id).counted
    for person in campaign.participants.exclude(standing="excluded"):
        counted = Assignment.objects.filter(annotator=person.user_id, state__in=["done", "reopened"]).count()
        assert person.done == counted
    slots = Counter(Assignment.objects.filter(slot__isnull=False).values_list("item", "slot"))
    assert set(slots.values()) == {1}


@pytest.mark.parametrize("quota", [2, 4, 7, None])
def test_a_group_takes_no_more_back_than_its_quota(quota):
    campaign = direct_campaign(6)
    group = AnnotatorGroup.objects.create(project=campaign.project, name="Nurses")
    share = CampaignGroup.objects.create(campaign=campaign, group=group)
    people = [annotator_of(campaign) for _ in range(2)]
    group.members.set(people)
    finish(people[0], campaign)
    version = publish(campaign)
    submit(people[1], held(claim(people[1], campaign)).token, value(1), key="1")
    CampaignGroup.objects.update(quota=quota)
    back, surplus = one_by_one(version)
    restored = undo_revision(version, by=None)
    assert (restored.answers, restored.surplus) == (len(back), surplus)
    assert set(Assignment.objects.filter(state="done", annotator=people[0]).values_list("pk", flat=True)) == back
    share.refresh_from_db()
    holding = Assignment.objects.filter(annotator__in=people, slot__isnull=False).count()
    assert share.taken == holding


def test_undoing_is_whole_or_not_at_all(monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 2)
    campaign = direct_campaign(6)
    finish(annotator_of(campaign), campaign)
    version = publish(campaign)
    before, calls = state_of(campaign), []

    def failing(*args: Any, **kwargs: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise RuntimeError("the machine stops")

    monkeypatch.setattr(applying, "set_counted", failing)
    with pytest.raises(RuntimeError):
        undo_revision(version, by=None)
    assert state_of(campaign) == before
    assert RevisedAnswer.objects.count() == 6


@pytest.mark.parametrize("lost", ["helpfulness", "fluency"])
def test_statements_do_not_grow_with_the_answers(lost):
    counts = []
    for ask_again in (True, False):
        for items in (1, 3):
            campaign = two_criteria()
            user = annotator_of(campaign)
            for n in range(items):
                task = claim(user, campaign)
                assert task is not None
                submit(user, str(task.token), both(), key=str(n))
            with CaptureQueriesContext(connection) as doing:
                version = publish(campaign, Scope(lost=frozenset({lost}), wanted=BOTH, ask_again=ask_again))
            with CaptureQueriesContext(connection) as undoing:
                undo_revision(version, by=None)
            counts.append((len(doing), len(undoing)))
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


def test_many_rows_are_changed_each_to_its_own_values():
    campaign = direct_campaign(3, is_open=False)
    responses = list(Response.objects.filter(project=campaign.project).order_by("pk"))
    bulk_change(Response, ["content"], [])
    bulk_change(Response, ["content"], ((one.pk, f"Text {one.pk}") for one in responses[:2]))
    assert [one.content for one in Response.objects.order_by("pk")] == [
        f"Text {responses[0].pk}", f"Text {responses[1].pk}", responses[2].content,
    ]  # fmt: skip
    turn = campaign.assignments.first()
    assert turn is not None
    bulk_change(Assignment, ["draft", "shown_at", "visible_ms"], [(turn.pk, {"answers": {"a": 1}}, None, None)])
    turn.refresh_from_db()
    assert (turn.draft, turn.shown_at, turn.visible_ms) == ({"answers": {"a": 1}}, None, None)
    bulk_change(Assignment, ["draft"], [(turn.pk, None)])
    assert Assignment.objects.filter(pk=turn.pk, draft__isnull=True).exists()


def test_what_came_back_is_complete():
    campaign = direct_campaign(5, overlap=2)
    for _ in range(2):
        finish(annotator_of(campaign), campaign)
    undo_revision(publish(campaign), by=None)
    assert_complete(campaign)
