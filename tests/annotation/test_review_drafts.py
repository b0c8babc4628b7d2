"""What a reviewer has entered and not yet sent is kept for them alone, until they decide or leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.models import Campaign, Review
from annotation.review import choosing, sampling
from annotation.review.adjudicating import decide
from domain.models import Verdict
from tests.annotation.reviewing import choose, disputed, reviewer_of

pytestmark = pytest.mark.django_db
TIE = {"answer-preference": "tie", "rationale": "hard to say", "confidence": "2"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, name: str, campaign: Campaign, review: Review, data: dict[str, str]) -> Any:
    address = reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, review.pk])
    return signed_in(user).post(address, data)


def page(user: User, name: str, campaign: Campaign, review: Review) -> str:
    address = reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, review.pk])
    return signed_in(user).get(address, follow=True).content.decode()


def drafted() -> tuple[Campaign, User, Review]:
    campaign, items = disputed(["ABA"])
    ada = reviewer_of(campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    answer = post(ada, "review_draft", campaign, review, TIE)
    assert (answer.status_code, answer.json()) == (200, {"held": True})
    review.refresh_from_db()
    return campaign, ada, review


def drawn() -> tuple[Campaign, User, Review]:
    campaign, _ = disputed(["AB"])
    sampling.draw_sample(campaign, 2, seed=1)
    ada = reviewer_of(campaign)
    review = sampling.next_answer(ada, campaign)
    assert review is not None
    entered = {"stands": "no", "note": "It overlooks\nthe date.", "answer-preference": "tie"}
    assert post(ada, "review_answer_draft", campaign, review, entered).status_code == 200
    review.refresh_from_db()
    return campaign, ada, review


def test_what_was_entered_is_there_again():
    campaign, ada, review = drafted()
    shown = page(ada, "adjudicate", campaign, review)
    assert 'value="tie" data-digit="3" checked' in shown
    assert "hard to say" in shown
    assert not Verdict.objects.filter(role="review").exists()


def test_a_draft_is_gone_once_the_item_is_decided():
    campaign, ada, review = drafted()
    decide(ada, campaign, review.pk, choose("A", review.swapped))
    review.refresh_from_db()
    assert review.draft is None
    assert "hard to say" not in page(ada, "adjudicate", campaign, review)
    late = post(ada, "review_draft", campaign, review, TIE)
    assert (late.status_code, late.json()["code"]) == (409, "not_held")
    review.refresh_from_db()
    assert review.draft is None


def test_who_takes_over_sees_nothing_of_it():
    campaign, ada, review = drafted()
    Review.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    bea = reviewer_of(campaign)
    over = choosing.take(bea, campaign, review.item_id)
    assert over.pk != review.pk
    shown = page(bea, "adjudicate", campaign, over)
    assert "hard to say" not in shown
    assert " checked" not in shown
    review.refresh_from_db()
    assert (review.state, review.draft) == ("passed", None)
    assert post(ada, "review_draft", campaign, review, TIE).status_code == 409


def test_nobody_reads_or_writes_anothers_draft():
    campaign, _, review = drafted()
    bea = reviewer_of(campaign)
    assert "hard to say" not in page(bea, "adjudicate", campaign, review)
    assert post(bea, "review_draft", campaign, review, {"answer-preference": "left:1"}).status_code == 409
    review.refresh_from_db()
    assert review.draft is not None
    assert review.draft["answers"] == {"preference": {"choice": "tie", "strength": None}}


def test_a_draft_goes_with_giving_the_item_back():
    campaign, ada, review = drafted()
    choosing.give_back(ada, campaign, review.pk)
    again = choosing.take(ada, campaign, review.item_id)
    assert not Review.objects.filter(draft__isnull=False).exists()
    assert " checked" not in page(ada, "adjudicate", campaign, again)


def test_a_draft_keeps_the_item_held():
    campaign, ada, review = drafted()
    Review.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    post(ada, "review_draft", campaign, review, TIE)
    review.refresh_from_db()
    assert review.held_until is not None
    assert review.held_until > timezone.now() + timedelta(minutes=50)


def test_a_draft_that_cannot_be_read_is_refused_with_the_reason():
    campaign, ada, review = drafted()
    answer = post(ada, "review_draft", campaign, review, {"answer-preference": "sideways"})
    assert answer.status_code == 422
    assert "preference" in answer.json()["detail"]


def test_changing_a_decision_begins_with_it_and_then_goes_by_the_draft():
    campaign, ada, review = drafted()
    decide(ada, campaign, review.pk, choose("A", review.swapped))
    again = choosing.take(ada, campaign, review.item_id)
    assert "hard to say" not in page(ada, "adjudicate", campaign, again)
    assert " checked" in page(ada, "adjudicate", campaign, again)
    post(ada, "review_draft", campaign, again, TIE)
    assert 'value="tie" data-digit="3" checked' in page(ada, "adjudicate", campaign, again)


def test_of_a_sample_the_judgement_the_note_and_the_own_answer_are_kept():
    campaign, ada, review = drawn()
    shown = page(ada, "review_answer", campaign, review)
    assert 'name="stands" value="no" data-digit="2" checked' in shown
    assert "It overlooks\nthe date." in shown
    assert 'value="tie" data-digit="3" checked' in shown
    sampling.judge_answer(ada, campaign, review.pk, agrees=False)
    review.refresh_from_db()
    assert review.draft is None


def test_of_a_sample_nobody_else_sees_it():
    campaign, ada, review = drawn()
    assert "It overlooks" not in page(reviewer_of(campaign), "review_answer", campaign, review)
    sampling.leave_answer(ada, campaign, review.pk)
    bea = reviewer_of(campaign)
    found = sampling.next_answer(bea, campaign)
    assert found is not None
    assert found.pk == review.pk
    assert "It overlooks" not in page(bea, "review_answer", campaign, review)


def test_of_a_sample_an_expired_hold_takes_the_draft_with_it():
    campaign, ada, review = drawn()
    Review.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    bea = reviewer_of(campaign)
    found = sampling.next_answer(bea, campaign)
    assert found is not None
    assert found.pk == review.pk
    assert "It overlooks" not in page(bea, "review_answer", campaign, review)
    assert post(ada, "review_answer_draft", campaign, review, {"stands": "yes"}).status_code == 409
