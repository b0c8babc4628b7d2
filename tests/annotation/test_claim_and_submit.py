"""Claim and submit: exactly k, once per person, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.errors import AlreadyAnswered, BadAnswer, Incomplete, KeyReused, NoSuchTask
from annotation.models import Item, Participant
from annotation.services import (
    NewItem,
    add_items,
    claim,
    heartbeat,
    keep,
    open_campaign,
    pause_campaign,
    save_draft,
    set_annotators,
    skip,
    submit,
    undo,
    why_empty,
)
from domain.choices import Choice, Outcome, Value
from domain.models import Membership, Rater, Verdict
from tests.annotation.make import (
    CHECKS_FIRST,
    annotator_of,
    direct_campaign,
    held,
    left,
    pairwise_campaign,
    right,
    value,
)
from tests.annotation.statements import counted
from tests.annotation.working import expire
from tests.factories import make_battle, make_user

pytestmark = pytest.mark.django_db


def test_claiming_gives_the_first_item_and_claiming_again_the_same_task():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    assert first.item == campaign.items.first()
    assert held(claim(user, campaign)) == first


def test_claiming_again_renews_the_lease():
    campaign = pairwise_campaign(lease_minutes=7)
    user = annotator_of(campaign)
    expire(held(claim(user, campaign)))
    left_for = held(claim(user, campaign)).lease_expires - timezone.now()
    assert timedelta(minutes=6.9) < left_for <= timedelta(minutes=7)


@pytest.mark.parametrize("overlap", [1, 3])
def test_each_item_gets_exactly_k_answers_of_different_people(overlap):
    campaign = direct_campaign(4, overlap=overlap)
    people = [annotator_of(campaign) for _ in range(overlap + 1)]
    while tasks := [(user, held(task)) for user in people if (task := claim(user, campaign))]:
        for user, task in tasks:
            submit(user, task.token, value(), key="k")
    for item in campaign.items.all():
        verdicts = Verdict.objects.counting().filter(response=item.response)
        assert verdicts.count() == overlap
        assert verdicts.values("rater").distinct().count() == overlap


def test_a_stranger_finds_no_campaign_and_no_task():
    campaign = pairwise_campaign()
    member, stranger = annotator_of(campaign), make_user()
    task = held(claim(member, campaign))
    for attempt in (
        lambda: claim(stranger, campaign),
        lambda: submit(stranger, task.token, left(), key="1"),
        lambda: heartbeat(stranger, task.token),
        lambda: save_draft(stranger, task.token, {}),
        lambda: skip(stranger, task.token, reason="other"),
        lambda: undo(stranger, campaign),
        lambda: keep(stranger, task.token),
    ):
        with pytest.raises(NoSuchTask):
            attempt()


def test_another_annotator_of_the_same_campaign_cannot_touch_my_task():
    campaign = pairwise_campaign()
    task = held(claim(annotator_of(campaign), campaign))
    with pytest.raises(NoSuchTask):
        submit(annotator_of(campaign), task.token, left(), key="1")


def test_who_loses_membership_loses_the_task():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    Membership.objects.filter(user=user).delete()
    with pytest.raises(NoSuchTask):
        submit(user, task.token, left(), key="1")


def test_only_the_chosen_people_take_part_where_people_were_chosen():
    campaign = pairwise_campaign(is_open=False)
    chosen, other = annotator_of(campaign), annotator_of(campaign)
    set_annotators(campaign, [chosen])
    open_campaign(campaign)
    assert claim(chosen, campaign)
    with pytest.raises(NoSuchTask):
        claim(other, campaign)


def test_nobody_is_handed_a_task_of_a_campaign_that_is_not_open():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    claim(user, campaign)
    pause_campaign(campaign)
    assert claim(user, campaign) is None
    assert why_empty(user, campaign.__class__.objects.get(pk=campaign.pk)).code == "paused"


def test_a_cap_ends_a_persons_work():
    campaign = pairwise_campaign(3, per_person_cap=2)
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    second = held(submit(user, first.token, left(), key="1").next)
    assert submit(user, second.token, left(), key="2").next is None
    assert why_empty(user, campaign).code == "cap"


def test_items_added_to_an_open_campaign_are_asked_too():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    assert claim(user, campaign) is None
    assert add_items(campaign, [make_battle(campaign.project)]) == 2
    assert held(claim(user, campaign)).item.position == 1


def test_submitting_records_the_verdict_and_brings_the_next_task():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    outcome = submit(user, task.token, left(2, confidence=4, rationale="Clearer.", active_ms=0), key="1")
    assert outcome.is_new
    assert outcome.next == claim(user, campaign)
    assert held(outcome.next).item != task.item
    verdict = Verdict.objects.get()
    assert (verdict.occasion, verdict.role, verdict.confidence, verdict.active_ms, verdict.rationale.text) == (
        f"assignment:{task.pk}",
        "live",
        4,
        0,
        "Clearer.",
    )
    assert verdict.rater == Rater.objects.get(user=user)
    score = verdict.scores.get()
    assert (score.outcome, score.strength) == ("B" if task.swapped else "A", 2)


def test_a_direct_rating_is_recorded_as_given():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, value(2), key="1")
    assert Verdict.objects.get().scores.get().value == 2


@pytest.mark.parametrize("key", ["same", "another"])
def test_the_same_answer_twenty_times_is_one_verdict(key):
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    outcomes = [submit(user, task.token, left(), key="same" if n == 0 else key) for n in range(20)]
    assert [outcome.is_new for outcome in outcomes] == [True] + [False] * 19
    assert {outcome.next for outcome in outcomes} == {claim(user, campaign)}
    assert Verdict.objects.count() == 1
    assert Participant.objects.get().done == 1


def test_a_key_with_another_answer_is_refused():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="same")
    with pytest.raises(KeyReused, match="Idempotency-Key"):
        submit(user, task.token, right(), key="same")
    with pytest.raises(AlreadyAnswered, match="Undo"):
        submit(user, task.token, right(), key="other")
    assert Verdict.objects.get().scores.get().strength == 1


@pytest.mark.parametrize(
    ("answers", "error", "message"),
    [
        ({}, Incomplete, "Not answered yet: Helpfulness"),
        ({"helpfulness": Value(6)}, BadAnswer, "6 is not one of 1, 2, 3, 4, 5"),
        ({"helpfulness": Choice(Outcome.A)}, BadAnswer, "takes a number"),
        ({"helpfulness": Value(1), "style": Value(1)}, BadAnswer, "no criterion 'style'"),
    ],
)
def test_an_answer_off_the_scale_is_refused_and_the_task_stays(answers, error, message):
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    with pytest.raises(error, match=message):
        submit(user, task.token, value().__class__(answers), key="1")
    assert not Verdict.objects.exists()
    assert claim(user, campaign) == task


def test_nobody_was_active_longer_than_they_had_the_task():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(active_ms=3_600_000), key="1")
    assert (Verdict.objects.get().active_ms or 0) < 60_000


@pytest.mark.parametrize("role", ["calibration", "repeat", "training"])
def test_other_roles_go_the_same_way_and_enter_no_number(role):
    campaign = pairwise_campaign(1, is_open=False, quality=CHECKS_FIRST)
    expected = None if role == "repeat" else {"preference": {"choice": "A"}}
    add_items(campaign, [NewItem(make_battle(campaign.project), role=role, expected=expected, why="It is correct.")])
    open_campaign(campaign)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    following = held(submit(user, task.token, left(), key="1").next)
    submit(user, following.token, left(), key="2")
    assert sorted(Verdict.objects.values_list("role", flat=True)) == sorted(["live", role])
    assert Verdict.objects.counting().count() == 1


def test_calibration_items_have_a_place_for_everyone():
    campaign = pairwise_campaign(1, is_open=False)
    people = [annotator_of(campaign) for _ in range(3)]
    set_annotators(campaign, people[:2])
    add_items(campaign, [NewItem(make_battle(campaign.project), role="calibration", expected={})])
    set_annotators(campaign, people)
    assert Item.objects.get(role="calibration").assignments.count() == 3
    campaign.refresh_from_db()
    assert (campaign.item_count, campaign.live_count, campaign.slot_count) == (2, 1, 1)


def test_calibration_items_grow_with_the_people_who_join():
    campaign = pairwise_campaign(1, is_open=False, quality=CHECKS_FIRST)
    add_items(campaign, [NewItem(make_battle(campaign.project), role="calibration", expected={})])
    open_campaign(campaign)
    for _ in range(4):
        user = annotator_of(campaign)
        task: Any = claim(user, campaign)
        while task:
            task = submit(user, task.token, left(), key="1").next
    assert Verdict.objects.filter(role="calibration", counted=True).count() == 4
    assert Verdict.objects.counting().count() == 1


def test_a_claim_takes_at_most_five_statements():
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    claim(annotator_of(campaign), campaign)
    Participant.objects.create(campaign=campaign, user=user)
    _, fresh = counted(claim, user, campaign)
    _, again = counted(claim, user, campaign)
    assert (fresh, again) == (4, 3)


def test_taking_an_expired_place_takes_at_most_five_statements():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    expire(held(claim(annotator_of(campaign), campaign)))
    Participant.objects.create(campaign=campaign, user=user)
    task, n = counted(claim, user, campaign)
    assert task
    assert n <= 5


def test_a_submit_with_the_next_claim_takes_at_most_twelve_statements():
    campaign = pairwise_campaign(4)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    first, n_first = counted(submit, user, task.token, left(rationale="Why"), key="1")
    second, n = counted(submit, user, first.next.token, left(rationale="Why"), key="1")
    assert second.next
    assert n <= 10
    assert n_first <= 15  # the first answer of a person also makes the rater, the first of a process reads the rubric
