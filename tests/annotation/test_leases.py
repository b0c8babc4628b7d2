"""Leases: who lets one expire loses the place and no answer, and nobody waits for them."""

from __future__ import annotations

import pytest

from annotation.models import Assignment, Participant
from annotation.services import claim, close_campaign, heartbeat, skip, submit, why_empty
from domain.models import Verdict
from tests.annotation.make import annotator_of, held, left, pairwise_campaign, right
from tests.annotation.working import expire

pytestmark = pytest.mark.django_db


def lapse(task, campaign):
    """Let a lease expire and another person take the place."""
    expire(task)
    other = annotator_of(campaign)
    return other, held(claim(other, campaign))


def states(campaign):
    return list(Assignment.objects.filter(campaign=campaign).order_by("pk").values_list("slot", "state"))


def test_an_expired_task_goes_to_another_person_inside_their_claim():
    campaign = pairwise_campaign(1)
    slow, quick = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(slow, campaign))
    assert claim(quick, campaign) is None
    empty = why_empty(quick, campaign)
    assert (empty.code, empty.until) == ("waiting", Assignment.objects.get(pk=task.pk).lease_expires)
    expire(task)
    taken = held(claim(quick, campaign))
    assert (taken.item_id, taken.slot) == (task.item_id, task.slot)
    assert taken.token != task.token
    task.refresh_from_db()
    assert (task.state, task.slot) == ("lapsed", None)


def test_a_heartbeat_keeps_a_task_and_says_when_it_is_lost():
    campaign = pairwise_campaign(1)
    slow, quick = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(slow, campaign))
    expire(task)
    assert heartbeat(slow, task.token).held
    assert claim(quick, campaign) is None
    expire(task)
    claim(quick, campaign)
    assert not heartbeat(slow, task.token).held


def test_a_late_answer_counts_while_the_place_is_still_there():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    expire(task)
    assert submit(user, task.token, left(), key="1").counted


def test_a_late_answer_counts_when_another_place_of_the_item_is_open():
    campaign = pairwise_campaign(1, overlap=2)
    slow, quick, third = (annotator_of(campaign) for _ in range(3))
    task = held(claim(slow, campaign))
    submit(quick, held(claim(quick, campaign)).token, left(), key="1")
    expire(task)
    taken = held(claim(third, campaign))
    skip(third, taken.token, reason="unsure")
    assert submit(slow, task.token, left(), key="1").counted
    assert [state for slot, state in states(campaign) if slot] == ["done", "done"]
    assert not Assignment.objects.filter(state="open").exists()


def test_a_late_answer_to_a_full_item_is_kept_and_never_counted():
    campaign = pairwise_campaign(1)
    slow = annotator_of(campaign)
    task = held(claim(slow, campaign))
    other, taken = lapse(task, campaign)
    submit(other, taken.token, right(), key="1")
    outcome = submit(slow, task.token, left(rationale="I was slow"), key="1")
    assert not outcome.counted
    surplus = Verdict.objects.get(rater__user=slow)
    assert (surplus.counted, surplus.rationale.text) == (False, "I was slow")
    assert Verdict.objects.counting().count() == 1
    assert Participant.objects.get(user=slow).done == 0


def test_who_lost_a_place_gets_it_back_when_nothing_else_is_left():
    campaign = pairwise_campaign(1)
    slow = annotator_of(campaign)
    task = held(claim(slow, campaign))
    other, taken = lapse(task, campaign)
    skip(other, taken.token, reason="language")
    again = held(claim(slow, campaign))
    assert (again.pk, again.token, again.state, again.slot) == (task.pk, task.token, "leased", 1)


def test_an_answer_after_the_end_is_kept_and_not_counted():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    close_campaign(campaign)
    assert not submit(user, task.token, left(), key="1").counted
    assert not Verdict.objects.get().counted
