"""Many people at once, some of whom die: never more than k, never fewer at the end, nobody twice, no errors."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from annotation.models import Assignment, Participant
from annotation.services import NewItem, add_items, claim, open_campaign, skip, submit
from domain.models import Verdict
from tests.annotation.make import CHECKS_FIRST, annotator_of, answer_to, direct_campaign, held, pairwise_campaign, value
from tests.annotation.working import in_threads
from tests.factories import make_battle

pytestmark = pytest.mark.django_db(transaction=True)
K = 3


def assert_exactly_k(campaign, k=K):
    """The promise, read from the database and not from what the clients believe."""
    turns = Assignment.objects.filter(campaign=campaign)
    counted = Verdict.objects.filter(counted=True)
    per_item = turns.filter(state="done").values("item").annotate(n=Count("pk"))
    assert {row["n"] for row in per_item} == {k}
    assert per_item.count() == campaign.items.count()
    assert not turns.filter(state__in=["open", "leased"]).exists()
    twice = counted.values("rater", "battle", "response").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists()
    assert counted.count() == campaign.items.count() * k
    assert sum(Participant.objects.filter(campaign=campaign).values_list("done", flat=True)) == counted.count()


def test_fifty_people_at_once_give_each_item_exactly_k_answers():
    campaign = pairwise_campaign(30, overlap=K)
    people = [annotator_of(campaign) for _ in range(50)]

    def work(person):
        task, rng = claim(person, campaign), random.Random(person.pk)
        while task is not None:
            if rng.random() < 0.05:
                task = skip(person, str(task.token), reason="unsure")
            else:
                task = submit(person, str(task.token), answer_to(task), key=str(rng.random())).next

    in_threads(work, people)
    in_threads(work, people)  # what was skipped last, when the others had already gone
    assert_exactly_k(campaign)


def test_everyone_who_joins_at_once_gets_a_place_on_each_calibration_item():
    campaign = pairwise_campaign(0, is_open=False, quality=CHECKS_FIRST)
    battles = [make_battle(campaign.project) for _ in range(10)]
    right = {"preference": {"choice": "A"}}
    add_items(campaign, [*battles, *(NewItem(one, role="calibration", expected=right) for one in battles[:4])])
    open_campaign(campaign)
    people = [annotator_of(campaign) for _ in range(24)]
    assert all(in_threads(lambda person: claim(person, campaign), people))
    calibration = campaign.items.filter(role="calibration").annotate(places=Count("assignments"))
    assert list(calibration.values_list("overlap", "places")) == [(24, 24)] * 4
    campaign.refresh_from_db()
    assert campaign.slot_count == 10


def test_one_person_in_many_tabs_holds_one_task():
    campaign = direct_campaign(20)
    user = annotator_of(campaign)
    tasks = in_threads(lambda _: claim(user, campaign), range(12))
    assert len({task.pk for task in tasks if task}) == 1
    assert Assignment.objects.filter(state="leased").count() == 1


def test_one_answer_sent_from_many_tabs_at_once_is_one_verdict():
    campaign = direct_campaign(5)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    outcomes = in_threads(lambda _: submit(user, task.token, value(), key="same"), range(12))
    assert sum(outcome.is_new for outcome in outcomes) == 1
    assert len({outcome.next.pk for outcome in outcomes if outcome.next}) == 1
    assert Verdict.objects.count() == 1


def test_late_answers_and_their_successors_at_once_never_exceed_k():
    campaign = direct_campaign(10, overlap=2)
    slow = [annotator_of(campaign) for _ in range(10)]
    tasks = {person.pk: held(claim(person, campaign)) for person in slow}
    Assignment.objects.filter(state="leased").update(lease_expires=timezone.now() - timedelta(seconds=1))
    quick = [annotator_of(campaign) for _ in range(10)]

    def work(person):
        task = tasks.get(person.pk) or claim(person, campaign)
        while task is not None:
            task = submit(person, str(task.token), value(), key="1").next

    in_threads(work, slow + quick)
    in_threads(work, quick)
    turns = Assignment.objects.filter(campaign=campaign, state="done").values("item").annotate(n=Count("pk"))
    assert {row["n"] for row in turns} == {2}
    answered = Assignment.objects.filter(state__in=["done", "surplus"]).count()
    assert Verdict.objects.count() == answered  # every answer is kept
    assert Verdict.objects.filter(counted=True).count() == 20


def test_killed_clients_leave_nothing_behind_that_others_cannot_finish():
    campaign = direct_campaign(80, overlap=K)
    people = [annotator_of(campaign) for _ in range(6)]
    processes = {person.pk: start(campaign, person) for person in people}
    rng, killed_at_work = random.Random(7), 0
    for _ in range(8):
        wait_for_answers(5)
        victim = rng.choice(people)
        killed_at_work += processes[victim.pk].poll() is None
        processes[victim.pk].kill()
        processes[victim.pk].communicate()
        # Nobody waits 20 minutes in a test: the dead are found out at once, by the others or by their own return.
        Assignment.objects.filter(state="leased", annotator=victim).update(lease_expires=timezone.now())
        processes[victim.pk] = start(campaign, victim)
    ends = [(*process.communicate(timeout=120), process.returncode) for process in processes.values()]
    assert [(errors, status) for _, errors, status in ends] == [("", 0)] * len(people)
    assert killed_at_work >= 4
    for person in people:  # and whoever looks again finds what came free last
        task = claim(person, campaign)
        while task is not None:
            task = submit(person, str(task.token), value(), key="end").next
    assert_exactly_k(campaign)


def wait_for_answers(more):
    """Wait until so many further answers are in, or until none come any more."""
    seen, deadline = Verdict.objects.count(), time.monotonic() + 10
    while Verdict.objects.count() < seen + more and time.monotonic() < deadline:
        time.sleep(0.02)


def start(campaign, person):
    """Run one annotator as a process on the test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "jurybox.settings",
        "JURYBOX_DATABASE_URL": os.environ.get("JURYBOX_TEST_DATABASE_URL", ""),
    }
    command = [sys.executable, "-m", "tests.annotation.client", str(connection.settings_dict["NAME"])]
    return subprocess.Popen(
        [*command, str(campaign.pk), str(person.pk), "60"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
