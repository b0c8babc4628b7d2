"""Where people disagree: the measures against values worked out by hand, the order of the queue, and its filters."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.quality.errors import Undefined
from annotation.review import choosing
from annotation.review.adjudicating import decide
from annotation.review.disagreement import disagreement, list_disagreement
from annotation.review.queue import Standing, queue_of
from domain.choices import Outcome
from domain.specs import CriterionSpec, Kind, Level
from tests.annotation.reviewing import choose, disputed, reviewer_of, scored
from tests.factories import LIKERT, PREFERENCE, SLIDER

COLOURS = CriterionSpec("colour", "Colour", kind=Kind.SCORE, level=Level.NOMINAL, values=(1.0, 2.0, 3.0))
A, B, TIE, BAD = (outcome.value for outcome in Outcome)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([A, A, A], 0),
        ([A, B], 1 / 2),
        ([A, A, B], 1 / 3),
        ([A, A, TIE], 1 / 6),  # a tie weighs half of an opposite preference
        ([A, B, TIE], 1 / 3),  # a tie is nearest to both: 1/2 + 1/2 over three
        ([A, TIE], 1 / 4),
        ([TIE, BAD], 1 / 4),
        ([A, A, B, B], 1 / 2),
        ([A, A, A, B, TIE], 1.5 / 5),
    ],
)
def test_a_choice_is_as_disputed_as_the_share_against_it(said, expected):
    assert disagreement(said, PREFERENCE) == pytest.approx(expected)
    turned = [{A: B, B: A}.get(one, one) for one in said]
    assert disagreement(turned, PREFERENCE) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("criterion", "said", "expected"),
    [
        (LIKERT, [4, 4, 4], 0),
        (LIKERT, [1, 5], 1),
        (LIKERT, [3, 4, 5], 1 / 2),
        (SLIDER, [20, 45.5, 30], 0.255),
        (COLOURS, [1, 3, 1], 1 / 3),  # no order: 1 and 3 are no further apart than 1 and 2
        (COLOURS, [1, 2, 3], 2 / 3),
    ],
)
def test_scores_are_as_disputed_as_their_scale_says(criterion, said, expected):
    assert disagreement(said, criterion) == pytest.approx(expected)


@pytest.mark.parametrize("criterion", [PREFERENCE, LIKERT, SLIDER, COLOURS])
def test_one_answer_has_no_disagreement(criterion):
    with pytest.raises(Undefined):
        disagreement([A if criterion is PREFERENCE else 1], criterion)
    with pytest.raises(Undefined):
        disagreement([], criterion)


def test_a_list_is_as_disputed_as_its_pairs_on_average():
    first, second = {"1:2": A, "1:3": A, "2:3": A}, {"1:2": A, "1:3": A, "2:3": B}
    assert list_disagreement([first, second], PREFERENCE) == pytest.approx((0 + 0 + 1 / 2) / 3)
    open_pair = {"1:2": A, "1:3": A}  # best-worst: the middle is left open
    assert list_disagreement([first, open_pair], PREFERENCE) == 0
    with pytest.raises(Undefined):
        list_disagreement([{"1:2": A}, {"3:4": A}], PREFERENCE)


@pytest.mark.django_db
def test_the_most_disputed_item_comes_first_and_full_agreement_is_left_out():
    campaign, items = disputed(["AAA", "AAt", "ABA", "ABt", "BAB", "BBB"])
    queue = queue_of(campaign, reviewer_of(campaign))
    assert [line.item for line in queue.lines] == [items[at].pk for at in (2, 3, 4, 1)]
    assert [line.disagreement for line in queue.lines] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1 / 6])
    assert queue.counts == {Standing.OPEN: 4, Standing.CLAIMED: 0, Standing.SETTLED: 0}
    everything = queue_of(campaign, reviewer_of(campaign), only_disputed=False)
    assert [line.disagreement for line in everything.lines][-2:] == [0, 0]
    assert everything.counts[Standing.OPEN] == 6


@pytest.mark.django_db
def test_an_item_with_one_answer_of_several_is_not_yet_there():
    campaign, items = disputed(["A", "AB", "ABB"])
    lines = queue_of(campaign, reviewer_of(campaign), only_disputed=False).lines
    assert [line.item for line in lines] == [items[1].pk, items[2].pk]
    assert [(line.answers, line.wanted) for line in lines] == [(2, 3), (3, 3)]


@pytest.mark.django_db
def test_one_answer_where_one_is_wanted_has_no_disagreement_and_comes_last():
    campaign, _ = scored(["4"])
    assert queue_of(campaign, reviewer_of(campaign)).lines == []
    [line] = queue_of(campaign, reviewer_of(campaign), only_disputed=False).lines
    assert line.disagreement is None


@pytest.mark.django_db
def test_scores_stand_in_the_order_of_their_spread():
    campaign, items = scored(["115", "344", "234"])
    lines = queue_of(campaign, reviewer_of(campaign)).lines
    assert [(line.item, line.disagreement) for line in lines] == [
        (items[0].pk, 1.0), (items[2].pk, 0.5), (items[1].pk, 0.25),
    ]  # fmt: skip
    assert lines[0].criterion == "Helpfulness"


@pytest.mark.django_db
def test_the_pages_statements_do_not_grow_with_the_items(client):
    counts = []
    for n in (2, 7):
        campaign, items = disputed(["ABt"] * n)
        ada = reviewer_of(campaign)
        for item in items[:-1]:
            review = choosing.take(ada, campaign, item.pk)
            decide(ada, campaign, review.pk, choose("A", review.swapped))
        client.force_login(ada)
        with CaptureQueriesContext(connection) as page:
            assert (
                client.get(reverse("annotation:review", args=[campaign.project.slug, campaign.pk])).status_code == 200
            )
        with CaptureQueriesContext(connection) as step:
            client.post(reverse("annotation:review_next", args=[campaign.project.slug, campaign.pk]))
        counts.append((len(page), len(step)))
    assert counts[0] == counts[1]
