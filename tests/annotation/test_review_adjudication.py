"""Adjudication: one reviewer at a time, blind, beside the annotators' answers and never in their place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analysis.leaderboard import leaderboard
from analysis.selectors import battles_of, coverage_of
from annotation.answers import Submission
from annotation.dashboard import live_of
from annotation.errors import AlreadyAnswered, Incomplete, NoSuchTask, NotHeld
from annotation.listings import Listing
from annotation.models import Assignment, Campaign, Item, Participant, Review
from annotation.quality.reading import live_answers
from annotation.raw_answers import raw_answers
from annotation.review import choosing
from annotation.review.adjudicating import decide, open_answers
from annotation.review.calibrating import add_adjudicated_items, targets_of
from annotation.review.figures import figures_of
from annotation.review.page import voices_of
from annotation.review.queue import Standing, queue_of
from annotation.review.reading import answers_by_item
from annotation.services import claim, create_campaign, open_campaign, submit
from domain.models import Event, Verdict
from jurybox.campaign_agreement import campaign_agreement as for_a_campaign
from tests.annotation.make import annotator_of, pairwise_campaign, value
from tests.annotation.reviewing import adjudicated, choose, disputed, reviewer_of, scored
from tests.annotation.working import in_threads
from tests.factories import PREFERENCE, make_battle, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db


def taken(review: Review | None) -> Review:
    """The item, where a test needs one to be there."""
    assert review is not None
    return review


def settle(user: User, campaign: Campaign, item: Item, outcome: str) -> Review:
    review = choosing.take(user, campaign, item.pk)
    return decide(user, campaign, review.pk, choose(outcome, review.swapped)).review


def page_of(user: User, name: str, campaign: Campaign, *args: Any, **options: Any) -> str:
    client = Client()
    client.force_login(user)
    address = reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, *args])
    method = client.post if options.pop("post", False) else client.get
    return method(address, follow=True, **options).content.decode()


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


# --- Blind ------------------------------------------------------------------------------------------------------------


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


# --- What it leaves alone, and what comes of it -----------------------------------------------------------------------


def test_no_number_of_the_campaign_changes_by_a_review():
    campaign, items = disputed(["ABA", "ABt"])
    before = _numbers(campaign)
    settle(reviewer_of(campaign), campaign, items[0], "x")
    assert _numbers(campaign) == before


def _numbers(campaign: Campaign) -> dict[str, Any]:
    campaign = Campaign.objects.get(pk=campaign.pk)
    places = Assignment.objects.filter(campaign=campaign).order_by("pk")
    people = Participant.objects.filter(campaign=campaign).order_by("pk")
    return {
        "places": list(places.values_list("state", "slot", "annotator_id", "verdict_id")),
        "quotas": list(people.values_list("user_id", "done", "checked", "quality")),
        "k": list(campaign.items.values_list("overlap", flat=True)),
        "report": live_of(campaign).report,
        "agreement": list(for_a_campaign(campaign)),
        "board": leaderboard(battles_of(campaign.project)).rows,
        "coverage": coverage_of(campaign.project),
        "counting": list(Verdict.objects.counting().order_by("pk").values_list("pk", flat=True)),
        "answers": live_answers(campaign).rows,
    }


def test_agreement_with_what_was_settled_comes_with_wilsons_interval():
    campaign, items = disputed(["ABA", "BBA"])
    ada = reviewer_of(campaign)
    assert figures_of(campaign).adjudicated.why == "none of the items is settled yet"
    settle(ada, campaign, items[0], "A")
    settle(ada, campaign, items[1], "B")
    figures = figures_of(campaign)
    assert figures.adjudicated.value is not None
    share = figures.adjudicated.value
    assert (share.n, share.method) == (6, "Wilson")
    assert share.value == pytest.approx(4 / 6)
    # (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n) with p = 2/3, n = 6, z = 1.959964
    assert [share.lower, share.upper] == pytest.approx([0.29999, 0.90323], abs=1e-4)
    found = {one.person: one.adjudicated.value.value for one in figures.people if one.adjudicated.value}
    people = [User.objects.get(username=f"rater-{campaign.pk}-{at}").pk for at in range(3)]
    assert found == {people[0]: 0.5 + 0.5, people[1]: 0.5, people[2]: 0.5}


def test_what_is_settled_is_expected_in_another_campaign_and_not_in_its_own():
    campaign, items = disputed(["ABA", "ABt", "AAt"])
    ada = reviewer_of(campaign)
    for item, outcome in zip(items, "ABt", strict=True):
        settle(ada, campaign, item, outcome)
    other = open_campaign(
        create_campaign(
            project=campaign.project,
            rubric=campaign.rubric,
            name="Elsewhere",
            items=[items[2].battle or make_battle()],
            seed=1,
        )
    )
    assert list(targets_of(campaign)) == [other]
    assert add_adjudicated_items(campaign, other, items=[items[0].pk]) == 1
    assert add_adjudicated_items(campaign, other) == 1  # the third is asked there already, the first is there
    expected = dict(other.items.filter(role="calibration").values_list("battle_id", "expected"))
    assert expected == {
        items[0].battle_id: {"preference": {"choice": "A"}},
        items[1].battle_id: {"preference": {"choice": "B"}},
    }


def test_adjudications_are_in_the_raw_answers_with_the_role_of_review():
    campaign, items = disputed(["ABA"])
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    settle(ada, campaign, items[0], "A")
    settle(bea, campaign, items[0], "B")
    rows = [row for row in raw_answers([campaign]) if row["role"] == "review"]
    assert [row["superseded"] for row in rows] == [True, False]
    assert [row["counted"] for row in rows] == [False, True]
    assert len({row["person"] for row in rows}) == 2
    winners = [row["system_a"] if row["outcome"] == "A" else row["system_b"] for row in rows]
    assert winners == ["Ash", "Birch"]


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
