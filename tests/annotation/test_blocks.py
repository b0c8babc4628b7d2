"""Blocks: one person rates all answers to a prompt, in an order of their own; others finish what somebody leaves."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from annotation.models import Assignment, Participant
from annotation.sampling import balanced_orders
from annotation.services import add_items, claim, skip, submit, why_empty
from tests.annotation.make import annotator_of, direct_campaign, held, value
from tests.annotation.statements import counted
from tests.factories import make_prompt, make_response

pytestmark = pytest.mark.django_db
SYSTEMS = ("Ash", "Birch", "Cedar", "Daisy")


def in_blocks(prompts=3, **fields: Any):
    campaign = direct_campaign(0, is_open=False, design="blocks", **fields)
    responses = []
    for n in range(prompts):
        prompt = make_prompt(campaign.project, f"Question {n}?")
        responses += [make_response(prompt=prompt, system=name, content=f"{name} {n}") for name in SYSTEMS]
    add_items(campaign, responses)
    campaign.state = "open"
    campaign.save()
    return campaign


def work_of(user, campaign, most=1000):
    """The tasks that a person answers, one after the other."""
    done: list[Assignment] = []
    task = claim(user, campaign)
    while task is not None and len(done) < most:
        done.append(task)
        task = submit(user, str(task.token), value(), key="1").next
    return done


def owners(campaign):
    """Who answered each slot of each block."""
    found = defaultdict(set)
    for task in Assignment.objects.filter(campaign=campaign, state="done").select_related("item"):
        found[task.item.block, task.slot].add(task.annotator_id)
    return found


def test_one_person_gets_all_answers_to_a_prompt_one_after_the_other():
    campaign = in_blocks(3, overlap=2)
    blocks = [task.item.block for task in work_of(annotator_of(campaign), campaign)]
    assert len(blocks) == 12
    assert sum(a != b for a, b in pairwise(blocks)) == 2  # three stretches of four


def test_two_people_at_work_at_once_never_share_a_slot_of_a_block():
    campaign = in_blocks(3, overlap=2)
    people = [annotator_of(campaign) for _ in range(3)]
    tasks = {person: held(claim(person, campaign)) for person in people}
    while tasks:
        for person, task in list(tasks.items()):
            following = submit(person, str(task.token), value(), key="1").next
            tasks = tasks | {person: following} if following else {p: t for p, t in tasks.items() if p != person}
    found = owners(campaign)
    assert len(found) == 6
    assert all(len(who) == 1 for who in found.values())


def test_the_order_of_the_systems_is_balanced_over_a_campaign():
    campaign = in_blocks(4, overlap=2)
    places: Counter[Any] = Counter()
    for user in (annotator_of(campaign), annotator_of(campaign)):
        for at, task in enumerate(work_of(user, campaign)):
            places[task.item.response.system.name, at % 4] += 1
    assert set(places.values()) == {2}  # each of four systems twice in each of four places
    assert len(places) == 16


@given(st.integers(1, 8), st.integers(0, 99))
def test_orders_are_balanced_in_place_and_in_sequence(n, seed):
    rounds = list(islice(balanced_orders(n, random.Random(seed)), n if n % 2 == 0 or n == 1 else 2 * n))
    in_place = Counter((thing, at) for order in rounds for at, thing in enumerate(order))
    in_sequence = Counter(pair for order in rounds for pair in pairwise(order))
    assert len(in_place) == n * n
    assert len(set(in_place.values())) == 1
    assert len(in_sequence) == n * (n - 1)
    assert len(set(in_sequence.values())) <= 1


def test_what_somebody_leaves_is_kept_for_them_and_then_finished_by_others():
    campaign = in_blocks(1, lease_minutes=20)
    leaver, other = annotator_of(campaign), annotator_of(campaign)
    work_of(leaver, campaign, most=2)  # and holds the third
    Assignment.objects.filter(state="leased").update(lease_expires=timezone.now() - timedelta(minutes=1))
    assert claim(other, campaign) is None
    empty = why_empty(other, campaign)
    assert empty.code == "waiting"
    assert empty.until is not None
    assert empty.until > timezone.now() + timedelta(hours=23)
    Assignment.objects.update(reserved_until=timezone.now() - timedelta(minutes=1))
    assert len(work_of(other, campaign)) == 2
    assert Assignment.objects.filter(state="done").count() == 4
    assert not Assignment.objects.filter(state="open").exists()


def test_a_skipped_answer_goes_to_another_person_and_the_rest_stays():
    campaign = in_blocks(1)
    user, other = annotator_of(campaign), annotator_of(campaign)
    skipped = held(claim(user, campaign))
    following = held(skip(user, str(skipped.token), reason="unsure"))
    submit(user, str(following.token), value(), key="1")
    assert [task.item_id for task in work_of(other, campaign)] == [skipped.item_id]
    assert len(work_of(user, campaign)) == 2


def test_a_cap_in_the_middle_of_a_block_frees_the_rest_at_once():
    campaign = in_blocks(1, per_person_cap=3)
    assert len(work_of(annotator_of(campaign), campaign)) == 3
    assert len(work_of(annotator_of(campaign), campaign)) == 1


def test_what_is_kept_comes_before_other_blocks():
    campaign = in_blocks(2, overlap=1)
    user, other = annotator_of(campaign), annotator_of(campaign)
    first = work_of(user, campaign, most=1)[0]
    mine = held(claim(user, campaign))
    assert mine.item.block == first.item.block
    assert held(claim(other, campaign)).item.block != first.item.block


def test_starting_a_block_takes_five_statements_at_most():
    campaign = in_blocks(2)
    user = annotator_of(campaign)
    Participant.objects.create(campaign=campaign, user=user)
    task, n = counted(claim, user, campaign)
    assert n == 4  # the place and what is kept with it are one
    assert Assignment.objects.filter(reserved_for=user, state="open").count() == 3
    assert task is not None
    assert task.state == "leased"
    assert Assignment.objects.get(pk=task.pk).token == task.token
