"""Reviewers decide blind: no names, no answers of others, unless they ask, and that is on record."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotation.errors import NotHeld
from annotation.models import Assignment, Review
from annotation.review import choosing
from annotation.review.adjudicating import decide, open_answers
from annotation.review.page import voices_of
from domain.models import Event
from tests.annotation.reviewing import choose, disputed, page_of, reviewer_of, settle

pytestmark = pytest.mark.django_db


def test_a_reviewers_pages_name_no_system_and_no_annotator():
    campaign, items = disputed(["ABA", "ABt"])
    ada = reviewer_of(campaign, "ada")
    queue = page_of(ada, "review", campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    card = page_of(ada, "adjudicate", campaign, review.pk)
    opened = page_of(ada, "review_open", campaign, review.pk, post=True)
    assert "Annotator 1" not in card
    assert "Annotator 3" in opened
    decide(ada, campaign, review.pk, choose("A", review.swapped))
    settled = page_of(ada, "adjudicate", campaign, review.pk)
    after = page_of(ada, "review", campaign, data={"state": "all"})
    for page in (queue, card, opened, settled, after):
        text = page.replace("Ash answers.", "").replace("Birch answers.", "")  # what the responses themselves say
        for name in ("Ash", "Birch", f"rater-{campaign.pk}"):
            assert name not in text
    assert "2 of 3 said the same" in after


def test_names_are_shown_to_who_asks_for_them_and_that_is_on_record():
    campaign, items = disputed(["ABA"])
    ada = reviewer_of(campaign)
    client = Client()
    client.force_login(ada)
    where = [campaign.project.slug, campaign.pk]
    client.post(reverse("annotation:review_names", args=where), {"show": "1"})
    review = choosing.take(ada, campaign, items[0].pk)
    client.post(reverse("annotation:review_open", args=[*where, review.pk]))
    address = reverse("annotation:adjudicate", args=[*where, review.pk])
    assert f"rater-{campaign.pk}-0" in client.get(address).content.decode()
    client.post(address, {"answer-preference": "left:1"})
    review.refresh_from_db()
    assert (review.state, review.named) == ("done", True)
    assert Event.objects.filter(action="review names shown", user=ada).count() == 1


def test_answers_that_are_opened_first_are_on_record_as_opened():
    campaign, items = disputed(["ABA", "ABt"])
    ada = reviewer_of(campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    assert open_answers(ada, campaign, review.pk).opened_at is not None
    decide(ada, campaign, review.pk, choose("A", review.swapped))
    assert settle(ada, campaign, items[1], "A").opened_at is None
    said = (
        Event.objects.filter(action="item adjudicated").order_by("pk").values_list("details__opened_before", flat=True)
    )
    assert list(said) == [True, False]


def test_who_has_seen_the_answers_does_not_decide_blind_the_next_time():
    campaign, items = disputed(["ABA", "ABt"])
    ada = reviewer_of(campaign)
    first = choosing.take(ada, campaign, items[0].pk)
    open_answers(ada, campaign, first.pk)
    choosing.give_back(ada, campaign, first.pk)
    with pytest.raises(NotHeld):
        open_answers(ada, campaign, first.pk)
    assert choosing.take(ada, campaign, items[0].pk).opened_at is not None
    assert settle(ada, campaign, items[1], "A").opened_at is None
    again = choosing.take(ada, campaign, items[1].pk)
    assert again.opened_at is not None
    choosing.give_back(ada, campaign, again.pk)
    assert choosing.take(reviewer_of(campaign), campaign, items[1].pk).opened_at is None


@pytest.mark.parametrize("swapped", [True, False])
def test_the_annotators_sides_are_turned_to_the_reviewers(swapped):
    campaign, items = disputed(["AAt"])
    review = choosing.take(reviewer_of(campaign), campaign, items[0].pk)
    Review.objects.filter(pk=review.pk).update(swapped=swapped)
    review = Review.objects.select_related("item").get(pk=review.pk)
    said = sorted(voice.said[0].answer for voice in voices_of(campaign, review, User(), named=False))
    won = "B better" if swapped else "A better"
    assert said == sorted([won, won, "Tie"])


def test_annotators_numbers_say_nothing_of_who_is_who():
    campaign, _ = disputed(["AB"] * 12)
    orders = set()
    for item in campaign.items.all():
        review = Review(item=item, kind="adjudication", state="open")
        turns = [voice.assignment for voice in voices_of(campaign, review, User(), named=False)]
        people = dict(Assignment.objects.filter(pk__in=turns).values_list("pk", "annotator_id"))
        orders.add(tuple(people[pk] for pk in turns))
    assert len(orders) == 2  # now one is the first, now the other
