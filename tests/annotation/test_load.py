"""The bar for handing out work: fifty people at once, of whom some vanish, with checks, whole prompts and quotas."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.errors import NoSuchTask
from annotation.models import AnnotatorGroup, Assignment, CampaignGroup, Participant
from annotation.quality.hooks import after_answer
from annotation.services import (
    NewItem,
    add_items,
    claim,
    create_campaign,
    exclude,
    open_campaign,
    reinstate,
    skip,
    stop,
    submit,
    withdraw,
)
from annotation.services.items import make_room
from domain.models import Verdict
from tests.annotation.make import annotator_of, value
from tests.annotation.working import in_threads
from tests.factories import LIKERT, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db(transaction=True)
K = 3
SYSTEMS = ("Ash", "Birch", "Cedar", "Daisy")


class Crash(Exception):
    """The server dies in the middle of a submit."""


def scene(prompts, people, quota=None, checks=0):
    """A campaign on whole prompts, and its people in two groups, of which one has a quota."""
    project = make_project()
    campaign = create_campaign(
        project=project,
        rubric=make_rubric(project, LIKERT),
        name="Load",
        overlap=K,
        design="blocks",
        quality={"checks": {"first": 0.1}},
        seed=1,
    )
    responses = []
    for n in range(prompts):
        prompt = make_prompt(project, f"Question {n}?")
        responses += [make_response(prompt=prompt, system=name, content=f"{name} {n}") for name in SYSTEMS]
    known = [make_response(project, system="Ash", content=f"Known {n}") for n in range(checks)]
    add_items(campaign, [*responses, *(NewItem(one, "calibration", {"helpfulness": 4}) for one in known)])
    open_campaign(campaign)
    users = [annotator_of(campaign) for _ in range(people)]
    shares = []
    for name, most, members in (("Few", quota, users[::2]), ("Others", None, users[1::2])):
        group = AnnotatorGroup.objects.create(project=project, name=name)
        group.members.set(members)
        shares.append(CampaignGroup.objects.create(campaign=campaign, group=group, quota=most))
        Participant.objects.bulk_create(Participant(campaign=campaign, user=user, group=group) for user in members)
    make_room(campaign)  # joining at once has a test of its own
    return campaign, users, shares


def work(person, campaign, rng, vanishing=0.0):
    """Answer until there is nothing left, or until this person is gone."""
    task = claim(person, campaign)
    while task is not None:
        if rng.random() < vanishing:
            return
        if rng.random() < 0.02:
            task = skip(person, str(task.token), reason="unsure")
            continue
        key, token = str(rng.random()), str(task.token)
        for _ in range(20):  # a client that gets no answer asks again
            with suppress(Crash):
                task = submit(person, token, value(), key=key).next
                break


def let_time_pass(campaign):
    """Let every lease and every reservation of who has gone run out."""
    past = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(campaign=campaign, state="leased").update(lease_expires=past)
    Assignment.objects.filter(campaign=campaign, reserved_until__isnull=False).update(reserved_until=past)


def assert_exact(campaign, shares):
    """Nothing over, nothing under, nobody twice; every counter says what the rows say."""
    turns = Assignment.objects.filter(campaign=campaign, lane=Assignment.Lane.WORK)
    answered = turns.filter(state="done")
    per_item = Counter(answered.values_list("item", flat=True))
    assert (len(per_item), set(per_item.values())) == (campaign.items.filter(role="live").count(), {K})
    assert not turns.filter(state__in=["open", "leased"]).exists()
    counted = Verdict.objects.counting().values_list("rater", "response")
    assert len(counted) == len(set(counted)) == len(per_item) * K
    for share in shares:
        share.refresh_from_db()
        assert share.taken == answered.filter(annotator__in=share.group.members.all()).count()
    people = Participant.objects.filter(campaign=campaign)
    done = sum(row.done - row.checked for row in people)
    assert done == len(per_item) * K
    assert sum(row.checked for row in people) == Verdict.objects.filter(role="calibration", counted=True).count()


def test_fifty_people_some_of_whom_vanish_answer_two_hundred_items_three_times_each(monkeypatch):
    campaign, people, shares = scene(prompts=50, people=50, quota=150, checks=8)
    dice = random.Random(5)

    def sometimes_crash(*args):
        if dice.random() < 0.03:
            raise Crash
        after_answer(*args)

    monkeypatch.setattr("annotation.services.answering.after_answer", sometimes_crash)
    in_threads(lambda person: work(person, campaign, random.Random(person.pk), vanishing=0.08), people)
    held_by_the_gone = Assignment.objects.filter(campaign=campaign, state="leased").count()
    for wave in range(2):
        let_time_pass(campaign)
        in_threads(lambda person, wave=wave: work(person, campaign, random.Random(person.pk + wave)), people)
    assert held_by_the_gone >= 10
    assert_exact(campaign, shares)
    assert shares[0].taken == 150  # its quota to the last place
    assert Verdict.objects.filter(role="calibration").exists()


def test_decisions_about_people_at_work_leave_every_item_with_its_answers():
    campaign, people, shares = scene(prompts=5, people=12)
    under_review = people[:6]
    decide: dict[int, Any] = {0: exclude, 1: stop, 2: lambda row, **why: withdraw(row, keep_answers=False, **why)}

    def work_or_lead(person):
        if person != "lead":
            with suppress(NoSuchTask):  # of who has withdrawn, nothing is found any more
                work(person, campaign, random.Random(person.pk))
            return
        for number, user in enumerate(under_review):
            row = waited_for(campaign, user)
            decide[number % 3](row, reason="", by=None)
            if number < 2:
                reinstate(row, reason="", by=None)

    in_threads(work_or_lead, [*people, "lead"])
    let_time_pass(campaign)
    in_threads(lambda person: work(person, campaign, random.Random(person.pk)), people[6:])
    assert_exact(campaign, shares)
    gone = [under_review[2], under_review[5]]
    assert not Verdict.objects.filter(rater__user__in=gone).exists()


def waited_for(campaign, user):
    """Somebody's row, once they have joined and answered."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        row = Participant.objects.filter(campaign=campaign, user=user).first()
        if row is not None and row.done:
            break
        time.sleep(0.01)
    return Participant.objects.get(campaign=campaign, user=user)


def test_nobody_shares_a_prompt_while_nobody_leaves():
    campaign, people, shares = scene(prompts=8, people=12)
    rngs = {person: random.Random(person.pk) for person in people}
    for rng in rngs.values():
        rng.random = lambda: 0.5  # type: ignore[method-assign]  # nobody skips
    in_threads(lambda person: work(person, campaign, rngs[person]), people)
    assert_exact(campaign, shares)
    who = defaultdict(set)
    for turn in Assignment.objects.filter(campaign=campaign, state="done").select_related("item"):
        who[turn.item.block, turn.slot].add(turn.annotator_id)
    assert len(who) == 8 * K
    assert {len(people) for people in who.values()} == {1}
