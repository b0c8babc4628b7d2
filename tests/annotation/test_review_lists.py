"""An expert gives an order of their own, or a best and a worst, beside the answer of a sample."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotation.answers import Submission
from annotation.material import LABELS, permuted
from annotation.models import Campaign, Review
from annotation.raw_answers import raw_answers
from annotation.review import sampling
from annotation.services import claim, submit
from domain.models import Verdict
from tests.annotation.lists import listed_campaign, ranking
from tests.annotation.make import annotator_of, held
from tests.annotation.reviewing import reviewer_of

pytestmark = pytest.mark.django_db


def drawn(task: str, said: Submission) -> tuple[Campaign, User, Review]:
    campaign = listed_campaign(3, task=task)
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, said, key="1")
    sampling.draw_sample(campaign, 1, seed=1)
    ada = reviewer_of(campaign)
    review = sampling.next_answer(ada, campaign)
    assert review is not None
    return campaign, ada, review


def send(user: User, campaign: Campaign, review: Review, fields: dict[str, str]) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(
        reverse("annotation:review_answer", args=[campaign.project.slug, campaign.pk, review.pk]), fields
    )


def test_an_own_order_is_recorded_pair_by_pair_as_the_annotator_saw_the_list():
    campaign, ada, review = drawn("ranking", ranking((1, 2, 3)))
    send(ada, campaign, review, {"stands": "no", "rank-A": "3", "rank-B": "2", "rank-C": "1"})
    review.refresh_from_db()
    assert (review.state, review.agrees) == ("done", False)
    mine = Verdict.objects.filter(role="review", counted=True)
    assert mine.count() == 3
    assert review.assignment is not None
    order = permuted(review.item.listed or (), review.assignment.seed)
    best = order[LABELS.index("C")]
    for verdict in mine:
        battle, [score] = verdict.battle, verdict.scores.all()
        assert battle is not None
        if best in (battle.response_a_id, battle.response_b_id):
            assert score.outcome == ("A" if battle.response_a_id == best else "B")
    assert Verdict.objects.counting().count() == 3  # the annotator's stand as they are
    [row] = [row for row in raw_answers([campaign]) if row["role"] == "review"]
    assert row["ranking"] == '{"ranks": {"A": 3, "B": 2, "C": 1}}'


def test_an_own_best_and_worst_is_recorded():
    campaign, ada, review = drawn("best_worst", Submission(best="A", worst="B"))
    send(ada, campaign, review, {"stands": "no", "best": "C", "worst": "A"})
    assert Verdict.objects.filter(role="review", counted=True).count() == 3
    page = send(ada, campaign, review, {"stands": "no", "best": "C", "worst": "A"})
    assert page.status_code == 302  # sent twice, recorded once
    assert Verdict.objects.filter(role="review").count() == 3


def test_of_an_own_order_the_last_counts_in_all_of_its_pairs():
    campaign, ada, review = drawn("ranking", ranking((1, 2, 3)))

    def counted() -> int:
        return Verdict.objects.filter(role="review", counted=True).count()

    sampling.judge_answer(ada, campaign, review.pk, agrees=False, own=ranking((3, 2, 1)))
    assert counted() == 3
    again = sampling.judge_again(ada, campaign, review.pk)
    sampling.judge_answer(ada, campaign, again.pk, agrees=False, own=ranking((2, 1, 3)))
    assert (counted(), Verdict.objects.filter(role="review").count()) == (3, 6)
    third = sampling.judge_again(ada, campaign, again.pk)
    sampling.judge_answer(ada, campaign, third.pk, agrees=True)
    assert counted() == 0


def test_without_an_own_order_only_the_judgement_is_kept():
    campaign, ada, review = drawn("ranking", ranking((1, 2, 3)))
    send(ada, campaign, review, {"stands": "yes"})
    review.refresh_from_db()
    assert (review.agrees, review.answer, review.verdict) == (True, None, None)


def test_half_an_order_is_refused_and_shown_again_as_it_was():
    campaign, ada, review = drawn("ranking", ranking((1, 2, 3)))
    answer = send(ada, campaign, review, {"stands": "no", "rank-A": "1"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert '<details class="own-answer" open>' in shown
    assert 'name="rank-A" value="1" checked' in shown
    assert not Verdict.objects.filter(role="review").exists()
