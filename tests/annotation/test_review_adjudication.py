"""Adjudication: one reviewer at a time, and a decision beside the annotators' answers, never in their place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.answers import Submission
from annotation.errors import AlreadyAnswered, Incomplete, NoSuchTask, NotHeld
from annotation.listings import Listing
from annotation.models import Campaign, Item, Review
from annotation.review import choosing
from annotation.review.adjudicating import decide
from annotation.review.calibrating import add_adjudicated_items
from annotation.review.queue import Standing, queue_of
from annotation.review.reading import answers_by_item
from annotation.services import claim, create_campaign, open_campaign, submit
from domain.models import Event, Verdict
from tests.annotation.make import annotator_of, pairwise_campaign, value
from tests.annotation.reviewing import adjudicated, choose, disputed, page_of, reviewer_of, scored, settle, taken
from tests.annotation.working import in_threads
from tests.factories import PREFERENCE, make_battle, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db


# --- Claims -----------------------------------------------------------------------------------------------------------


def test_two_reviewers_never_hold_the_same_item():
    campaign, items = disputed(["ABA", "ABt"])
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    first, second = choosing.take_next(ada, campaign), choosing.take_next(bea, campaign)
    assert first is not None
    assert second is not None
    assert {first.item_id, second.item_id} == {item.pk for item in items}
    assert choosing.take_next(reviewer_of(campaign), campaign) is None
    with pytest.raises(NotHeld, match="Another reviewer"):
        choosing.take(bea, campaign, first.item_id)
    assert choosing.take_next(ada, campaign) == first  # who comes back goes on with what they hold


def test_the_database_refuses_a_second_open_adjudication():
    campaign, items = disputed(["ABA"])
    review = choosing.take(reviewer_of(campaign), campaign, items[0].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(item=items[0], kind="adjudication", reviewer=reviewer_of(campaign))
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(state="done")  # without the moment at which it was decided


def test_an_item_that_is_given_back_goes_to_others_and_comes_last_to_who_left_it():
    campaign, items = disputed(["ABA", "AAt"])
    ada = reviewer_of(campaign)
    first = taken(choosing.take_next(ada, campaign))
    assert first.item_id == items[0].pk
    choosing.give_back(ada, campaign, first.pk)
    assert taken(choosing.take_next(reviewer_of(campaign), campaign)).item_id == items[0].pk
    assert taken(choosing.take_next(ada, campaign)).item_id == items[1].pk
    with pytest.raises(NotHeld):
        choosing.give_back(ada, campaign, first.pk)


def test_an_old_hold_is_taken_over_and_its_late_decision_refused():
    campaign, items = disputed(["ABA"])
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    late = choosing.take(ada, campaign, items[0].pk)
    Review.objects.filter(pk=late.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    over = taken(choosing.take_next(bea, campaign))
    assert over.item_id == items[0].pk
    with pytest.raises(NotHeld, match="went back"):
        decide(ada, campaign, late.pk, choose("A", late.swapped))
    assert not Verdict.objects.filter(role="review").exists()
    assert Event.objects.filter(action="review taken over").exists()


def test_nobody_decides_an_item_that_they_have_answered():
    campaign, items = disputed(["ABA"])
    rater = User.objects.get(username=f"rater-{campaign.pk}-0")
    campaign.project.memberships.filter(user=rater).update(role="reviewer")
    with pytest.raises(NotHeld, match="yourself"):
        choosing.take(rater, campaign, items[0].pk)
    assert choosing.take_next(rater, campaign) is None


def test_who_holds_nothing_here_decides_nothing():
    campaign, items = disputed(["ABA"])
    review = choosing.take(reviewer_of(campaign), campaign, items[0].pk)
    for user, pk in ((reviewer_of(campaign), review.pk), (reviewer_of(campaign), 0)):
        with pytest.raises(NoSuchTask):
            decide(user, campaign, pk, choose("A", review.swapped))


@pytest.mark.django_db(transaction=True)
def test_ten_reviewers_at_once_each_get_an_item_of_their_own():
    campaign, items = disputed(["AB"] * 6)
    found = in_threads(lambda user: choosing.take_next(user, campaign), [reviewer_of(campaign) for _ in range(10)])
    those = [review.item_id for review in found if review is not None]
    assert sorted(those) == sorted(item.pk for item in items)
    assert Review.objects.filter(state="open").count() == 6


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_a_decision_stands_in_the_battles_frame_beside_the_answers():
    campaign, items = disputed(["ABA"])
    ada = reviewer_of(campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    Review.objects.filter(pk=review.pk).update(swapped=True)
    decided = decide(ada, campaign, review.pk, choose("B", True)).review
    verdict = Verdict.objects.get(role="review")
    assert (verdict.swapped, verdict.counted, verdict.battle_id) == (True, True, items[0].battle_id)
    assert verdict.scores.get().outcome == "B"
    assert verdict.rater.user == ada
    assert decided.verdict == verdict
    assert adjudicated(campaign, items[0]) == {"preference": "B"}
    assert Verdict.objects.filter(role="live", counted=True).count() == 3
    [line] = queue_of(campaign, ada).lines
    assert (line.standing, line.agreeing, line.answers) == (Standing.SETTLED, 1, 3)


def test_a_decision_sent_twice_is_recorded_once_and_another_one_refused():
    campaign, items = disputed(["ABA"])
    ada = reviewer_of(campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    first = decide(ada, campaign, review.pk, choose("A", review.swapped))
    again = decide(ada, campaign, review.pk, choose("A", review.swapped))
    assert (first.is_new, again.is_new) == (True, False)
    assert Verdict.objects.filter(role="review").count() == 1
    with pytest.raises(AlreadyAnswered):
        decide(ada, campaign, review.pk, choose("B", review.swapped))


def test_a_gap_is_refused_and_nothing_is_recorded():
    campaign, items = disputed(["ABA"])
    ada = reviewer_of(campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    with pytest.raises(Incomplete):
        decide(ada, campaign, review.pk, Submission())
    assert not Verdict.objects.filter(role="review").exists()


def test_a_change_supersedes_and_deletes_nothing():
    campaign, items = disputed(["ABA"])
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    first = settle(ada, campaign, items[0], "A").verdict
    second = settle(bea, campaign, items[0], "t").verdict
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert (first.counted, second.counted, second.supersedes_id) == (False, True, first.pk)
    assert adjudicated(campaign, items[0]) == {"preference": "tie"}
    assert Review.objects.filter(state="done").count() == 2
    assert Event.objects.filter(action="adjudication changed").count() == 1


def test_who_changes_their_decision_finds_it_as_it_was_and_others_find_nothing():
    campaign, items = disputed(["ABA"])
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    settle(ada, campaign, items[0], "t")
    assert 'value="tie" data-digit="3" checked' in page_of(ada, "review_take", campaign, items[0].pk, post=True)
    choosing.give_back(ada, campaign, Review.objects.get(state="open").pk)
    page = page_of(bea, "review_take", campaign, items[0].pk, post=True)
    assert 'value="tie"' in page
    assert " checked" not in page


def test_single_responses_are_settled_by_numbers():
    campaign, items = scored(["115", "334"])
    ada = reviewer_of(campaign)
    review = choosing.take(ada, campaign, items[0].pk)
    decide(ada, campaign, review.pk, value(2))
    lines = queue_of(campaign, ada, standing=Standing.SETTLED).lines
    assert [(line.item, line.agreeing) for line in lines] == [(items[0].pk, 2)]  # 1 lies within one step of 2


def test_a_list_is_settled_pair_by_pair_and_changed_as_a_whole():
    campaign, item, ada = _ranked()
    for ranks in ({"A": 1, "B": 2, "C": 3}, {"A": 2, "B": 1, "C": 3}):
        review = choosing.take(ada, campaign, item.pk)
        decide(ada, campaign, review.pk, Submission(ranks=ranks))
    counted = Verdict.objects.filter(role="review", counted=True)
    assert counted.count() == 3
    assert Verdict.objects.filter(role="review").count() == 6
    [line] = queue_of(campaign, ada, only_disputed=False).lines
    assert line.standing == Standing.SETTLED
    assert len(adjudicated(campaign, item)) == 3
    other = create_campaign(project=campaign.project, rubric=campaign.rubric, name="Other", items=[], task="ranking")
    assert add_adjudicated_items(campaign, other) == 1
    expected = other.items.get(role="calibration").expected
    assert expected is not None
    assert sorted(expected["preference"]["ranks"].values()) == [1, 2, 3]


def _ranked() -> tuple[Campaign, Item, User]:
    project = make_project()
    prompt = make_prompt(project)
    responses = [make_response(prompt=prompt, content=f"Answer {n}.") for n in range(3)]
    item = Listing(prompt.pk, tuple(sorted(response.pk for response in responses)))
    campaign = open_campaign(
        create_campaign(
            project=project,
            rubric=make_rubric(project, PREFERENCE),
            name="Lists",
            items=[item],
            seed=1,
            task="ranking",
            overlap=2,
        )
    )
    for _ in range(2):
        user = annotator_of(campaign)
        task = claim(user, campaign)
        assert task is not None
        submit(user, str(task.token), Submission(ranks={"A": 1, "B": 2, "C": 3}), key="1")
    return campaign, campaign.items.get(), reviewer_of(campaign)


# --- The page of the queue ------------------------------------------------------------------------------------------


def test_a_long_queue_comes_in_pages(monkeypatch):
    monkeypatch.setattr("annotation.review.page.PAGE", 2)
    campaign, _ = disputed(["AB"] * 3)
    ada = reviewer_of(campaign)
    first = page_of(ada, "review", campaign)
    assert "1 to 2 of 3" in first
    assert 'href="?page=2"' in first
    assert "3 to 3 of 3" in page_of(ada, "review", campaign, data={"page": "2", "criterion": "preference"})
    assert "1 to 2 of 3" in page_of(ada, "review", campaign, data={"page": "x", "criterion": "none", "state": "odd"})


def test_a_reviewer_who_left_nothing_finds_a_page_that_says_what_belongs_there():
    campaign = pairwise_campaign(2)
    page = page_of(reviewer_of(campaign), "review", campaign)
    assert "Nobody disagrees yet" in page
    assert "No item has its answers yet" in page_of(reviewer_of(campaign), "review", campaign, data={"all": "1"})
    make_battle(campaign.project)
    assert answers_by_item(campaign) == {}
