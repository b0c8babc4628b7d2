"""Sides, progress and the order of items: balanced for each person, counted, drawn from the seed."""

from __future__ import annotations

from typing import Any

import pytest

from annotation import sides
from annotation.models import Item, Participant
from annotation.services import claim, progress_of, skip, submit
from domain.models import Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign

pytestmark = pytest.mark.django_db


def test_each_system_of_a_pair_is_left_as_often_as_right_for_each_person():
    campaign = pairwise_campaign(20, overlap=2)
    for user in (annotator_of(campaign), annotator_of(campaign)):
        shown = []
        task: Any = claim(user, campaign)
        while task:
            shown.append(task.swapped)
            balance = sum(shown) - (len(shown) - sum(shown))
            assert abs(balance) <= 1
            task = submit(user, task.token, left(), key="1").next
        assert sum(shown) == 10
    assert Verdict.objects.filter(swapped=True).count() == 20


def test_the_first_side_of_a_pair_is_a_fair_coin():
    first = [sides._coin(Participant(pk=1), Item(pk=n)) for n in range(400)]
    assert 140 < sum(first) < 260  # six standard deviations each way
    assert first == [sides._coin(Participant(pk=1), Item(pk=n)) for n in range(400)]


def test_a_skipped_showing_does_not_count_for_the_balance():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    skip(user, task.token, reason="unsure")
    (balance,) = Participant.objects.get().sides.values()
    assert sum(balance) == 1


def test_progress_counts_answers_and_shrinks_when_others_are_faster():
    campaign = pairwise_campaign(4)
    user, other = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="1")

    def progress():
        row = Participant.objects.select_related("campaign").get(user=user)
        return progress_of(row).done, progress_of(row).total

    assert progress() == (1, 4)
    submit(other, held(claim(other, campaign)).token, left(), key="1")
    assert progress() == (1, 3)


def test_the_order_of_items_is_drawn_from_the_seed():
    def order(seed):
        campaign = direct_campaign(12, seed=seed)
        return [item.response.content for item in campaign.items.select_related("response")]

    assert order(1) == order(1)
    assert order(1) != order(2)
