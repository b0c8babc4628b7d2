"""Expert review of a sample: who is in it, what is said of it, and the shares that come of it."""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import Submission
from annotation.errors import AlreadyAnswered, Incomplete, NotHeld
from annotation.models import Participant, Review
from annotation.raw_answers import raw_answers
from annotation.review import sampling
from annotation.review.figures import figures_of, figures_of_person
from annotation.services import submit, undo
from domain.choices import Value
from domain.models import Event, Verdict
from tests.annotation.make import pairwise_campaign, value
from tests.annotation.reviewing import choose, disputed, reviewer_of, scored


def test_a_sample_is_shared_out_by_size_with_one_at_least():
    # 10 of (70, 20, 10): 7, 2, 1. 10 of (96, 3, 1): 9.6, 0.3, 0.1 -> one each of the small, the rest of the large.
    assert sampling.allocate({1: 70, 2: 20, 3: 10}, 10) == {1: 7, 2: 2, 3: 1}
    assert sampling.allocate({1: 96, 2: 3, 3: 1}, 10) == {1: 8, 2: 1, 3: 1}
    assert sampling.allocate({1: 50, 2: 50, 3: 50}, 10) == {1: 4, 2: 3, 3: 3}
    assert sampling.allocate({1: 2, 2: 2}, 4) == {1: 2, 2: 2}


@pytest.mark.parametrize(("sizes", "n"), [({}, 1), ({1: 5, 2: 5}, 1), ({1: 5, 2: 5}, 11)])
def test_a_sample_that_cannot_be_drawn_is_refused(sizes, n):
    with pytest.raises(sampling.BadSample):
        sampling.allocate(sizes, n)


@given(st.dictionaries(st.integers(1, 50), st.integers(1, 200), min_size=1, max_size=12), st.data())
def test_every_share_fits_and_all_add_up(sizes, data):
    n = data.draw(st.integers(len(sizes), sum(sizes.values())))
    found = sampling.allocate(sizes, n)
    assert sum(found.values()) == n
    assert all(1 <= found[key] <= size for key, size in sizes.items())


@pytest.mark.django_db
def test_the_same_seed_draws_the_same_answers_and_nobody_is_left_out():
    drawn = []
    campaign, _ = disputed(["ABA"] * 8)
    for seed in (7, 7, 8):
        sampling.draw_sample(campaign, 6, seed=seed)
        drawn.append(list(Review.objects.order_by("pk").values_list("assignment_id", flat=True)))
        people = Counter(Review.objects.values_list("assignment__annotator_id", flat=True))
        assert sorted(people.values()) == [2, 2, 2]
        assert set(Review.objects.values_list("seed", flat=True)) == {seed}
        Review.objects.all().delete()
    assert drawn[0] == drawn[1] != drawn[2]
    assert Event.objects.filter(action="review sample drawn").count() == 3


@pytest.mark.django_db
def test_what_is_drawn_once_is_not_drawn_again():
    campaign, _ = disputed(["AB"] * 3)
    sampling.draw_sample(campaign, 4, seed=1)
    assert sampling.left_to_draw(campaign)[0] == 2
    sampling.draw_sample(campaign, 2, seed=2)
    assert sampling.left_to_draw(campaign) == (0, 0)
    with pytest.raises(sampling.BadSample, match="no counting answer"):
        sampling.draw_sample(campaign, 1, seed=3)
    assert len(set(Review.objects.values_list("assignment_id", flat=True))) == 6


@pytest.mark.django_db
def test_drawn_answers_are_held_by_one_reviewer_and_never_by_their_author():
    campaign, _ = disputed(["AB"])
    sampling.draw_sample(campaign, 2, seed=1)
    author = User.objects.get(username=f"rater-{campaign.pk}-0")
    own = sampling.next_answer(author, campaign)
    assert own is not None
    assert own.assignment is not None
    assert own.assignment.annotator != author
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    first = sampling.next_answer(ada, campaign)
    assert first is not None
    assert first.pk != own.pk
    assert sampling.next_answer(bea, campaign) is None
    sampling.leave_answer(ada, campaign, first.pk)
    again = sampling.next_answer(bea, campaign)
    assert again is not None
    assert again.pk == first.pk
    with pytest.raises(NotHeld):
        sampling.leave_answer(ada, campaign, first.pk)


@pytest.mark.django_db
def test_shares_that_stand_come_by_person_with_wilsons_interval():
    campaign, _ = disputed(["AB"] * 10)
    ada = reviewer_of(campaign)
    assert figures_of(campaign).stands.why == "no answer of a sample was reviewed yet"
    sampling.draw_sample(campaign, 20, seed=1)
    first = User.objects.get(username=f"rater-{campaign.pk}-0").pk
    fallen = 0
    while (review := sampling.next_answer(ada, campaign)) is not None:
        assert review.assignment is not None
        stands = review.assignment.annotator_id != first or fallen >= 2
        fallen += not stands
        sampling.judge_answer(ada, campaign, review.pk, agrees=stands)
    share = figures_of_person(campaign, first).stands.value
    assert share is not None
    assert (share.value, share.n) == (0.8, 10)
    # Agresti and Coull (1998) give Wilson's interval; 8 of 10 is 0.4902 to 0.9433 (Newcombe 1998, method 3).
    assert [share.lower, share.upper] == pytest.approx([0.4902, 0.9433], abs=1e-4)
    everybody = figures_of(campaign).stands.value
    assert everybody is not None
    assert (everybody.value, everybody.n) == (0.9, 20)


@pytest.mark.django_db
def test_looking_again_replaces_what_was_said_and_keeps_it():
    campaign, _ = disputed(["A"])
    ada = reviewer_of(campaign)
    sampling.draw_sample(campaign, 1, seed=1)
    review = sampling.next_answer(ada, campaign)
    assert review is not None
    sampling.judge_answer(ada, campaign, review.pk, agrees=False, note="no")
    assert sampling.judge_answer(ada, campaign, review.pk, agrees=False, note="no").pk == review.pk  # sent twice
    with pytest.raises(AlreadyAnswered):
        sampling.judge_answer(ada, campaign, review.pk, agrees=True)
    again = sampling.judge_again(ada, campaign, review.pk)
    assert sampling.judge_again(ada, campaign, review.pk) == again
    assert figures_of(campaign).stands.value is not None  # the first counts until then
    sampling.judge_answer(ada, campaign, again.pk, agrees=True)
    share = figures_of(campaign).stands.value
    assert share is not None
    assert (share.value, share.n) == (1.0, 1)
    assert Review.objects.filter(state="done").count() == 2


@pytest.mark.django_db
def test_a_review_of_an_answer_that_was_changed_since_counts_no_more():
    campaign, _ = disputed(["A", "A"])
    ada = reviewer_of(campaign)
    sampling.draw_sample(campaign, 2, seed=1)
    while (review := sampling.next_answer(ada, campaign)) is not None:
        sampling.judge_answer(ada, campaign, review.pk, agrees=True)
    person = User.objects.get(username=f"rater-{campaign.pk}-0")
    task = undo(person, campaign)
    submit(person, str(task.token), choose("B", task.swapped), key="changed")
    share = figures_of(campaign).stands.value
    assert share is not None
    assert share.n == 1


@pytest.mark.django_db
def test_a_reviewers_own_answer_is_on_record_and_changes_no_number():
    campaign, _ = scored(["15"])
    ada = reviewer_of(campaign)
    before = list(Verdict.objects.counting().values_list("pk", flat=True))
    sampling.draw_sample(campaign, 2, seed=1)
    review = sampling.next_answer(ada, campaign)
    assert review is not None
    with pytest.raises(Incomplete):
        sampling.judge_answer(ada, campaign, review.pk, agrees=False, own=Submission(rationale="because"))
    sampling.judge_answer(ada, campaign, review.pk, agrees=False, own=value(3))
    [own] = Verdict.objects.filter(role="review")
    assert own.scores.get().value == 3
    assert list(Verdict.objects.counting().values_list("pk", flat=True)) == before
    [row] = [row for row in raw_answers([campaign]) if row["role"] == "review"]
    assert (row["value"], row["answer"]) == (3, review.assignment_id)
    assert Value(3).number == row["value"]


@pytest.mark.django_db
def test_of_what_a_reviewer_would_have_answered_the_last_counts():
    campaign, _ = scored(["1"])
    ada = reviewer_of(campaign)
    sampling.draw_sample(campaign, 1, seed=1)
    review = sampling.next_answer(ada, campaign)
    assert review is not None

    def counted() -> list[float | None]:
        return [own.scores.get().value for own in Verdict.objects.filter(role="review", counted=True)]

    sampling.judge_answer(ada, campaign, review.pk, agrees=False, own=value(3))
    second = sampling.judge_again(ada, campaign, review.pk)
    assert counted() == [3]
    sampling.judge_answer(ada, campaign, second.pk, agrees=False, own=value(4))
    assert counted() == [4]
    third = sampling.judge_again(ada, campaign, second.pk)
    sampling.judge_answer(ada, campaign, third.pk, agrees=True)
    assert counted() == []
    assert Verdict.objects.filter(role="review").count() == 2  # on record all the same
    assert Verdict.objects.filter(role="live", counted=True).count() == 1


@pytest.mark.django_db
def test_the_page_draws_a_share_and_says_what_cannot_be_drawn():
    campaign, _ = disputed(["ABA"] * 4)
    client = Client()
    client.force_login(reviewer_of(campaign))
    address = reverse("annotation:review_sample", args=[campaign.project.slug, campaign.pk])
    for size, says in (
        ("half", "is no size"),
        ("2", "does not lie between 3"),
        ("25 %", "3 answers are drawn, with the seed 5"),
    ):
        page = client.post(address, {"size": size, "seed": "5"}, follow=True).content.decode()
        assert says in page
    assert Review.objects.count() == 3


@pytest.mark.django_db
def test_the_reviewed_answer_is_shown_as_its_person_saw_it_and_nameless():
    campaign, _ = disputed(["A", "A", "A", "A"])
    ada = reviewer_of(campaign)
    sampling.draw_sample(campaign, 4, seed=1)
    client = Client()
    client.force_login(ada)
    while (review := sampling.next_answer(ada, campaign)) is not None:
        address = reverse("annotation:review_answer", args=[campaign.project.slug, campaign.pk, review.pk])
        page = client.get(address).content.decode()
        turn = review.assignment
        assert turn is not None
        assert page.index("Birch answers.") < page.index("Ash answers.") if turn.swapped else True
        assert f'<dd dir="auto">{"B" if turn.swapped else "A"} better</dd>' in page
        assert f"rater-{campaign.pk}" not in page
        assert client.post(address, {}).status_code == 422
        client.post(address, {"stands": "yes"})
    assert Review.objects.filter(agrees=True).count() == 4


@pytest.mark.django_db
def test_a_raters_card_says_how_their_answers_hold_up():
    campaign, _ = disputed(["A"])
    owner = reviewer_of(campaign)
    sampling.draw_sample(campaign, 1, seed=1)
    review = sampling.next_answer(owner, campaign)
    assert review is not None
    sampling.judge_answer(owner, campaign, review.pk, agrees=True)
    client = Client()
    client.force_login(owner)
    person = Participant.objects.get(campaign=campaign)
    page = client.get(reverse("annotation:rater", args=[campaign.project.slug, campaign.pk, person.pk]))
    assert "Stands on review" in page.content.decode()
    assert "none of the items is settled yet" in page.content.decode()


@pytest.mark.django_db
def test_nothing_is_drawn_where_nobody_has_answered():
    campaign = pairwise_campaign(1)
    assert sampling.left_to_draw(campaign) == (0, 0)
    assert sampling.next_answer(reviewer_of(campaign), campaign) is None
