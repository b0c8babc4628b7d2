"""Rankings and choices of best and worst in the raw export: the last answer, and each that it replaced."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import Submission
from annotation.material import LABELS
from annotation.models import Campaign
from annotation.rankings import extremes_of, pairs_of_extremes, pairs_of_ranks, ranks_of
from annotation.raw_answers import COLUMNS, raw_answers
from annotation.revision.publishing import undo_revision
from annotation.services import claim, submit, undo
from domain.models import Verdict
from tests.annotation.lists import listed_campaign, ranking
from tests.annotation.make import annotator_of, held
from tests.annotation.revising import PAIRS, finish_list, publish


@given(st.lists(st.integers(1, 8), min_size=2, max_size=8))
def test_places_come_back_from_the_pairs_they_decide(places):
    labels = LABELS[: len(places)]
    sent = dict(zip(labels, places, strict=True))
    back = ranks_of(pairs_of_ranks(sent, labels), labels)
    assert back == {label: 1 + sum(other < place for other in places) for label, place in sent.items()}
    assert list(pairs_of_ranks(back, labels)) == list(pairs_of_ranks(sent, labels))


@given(st.integers(2, 8), st.data())
def test_best_and_worst_come_back_from_the_pairs_they_decide(n, data):
    labels = LABELS[:n]
    best, worst = data.draw(st.permutations(labels))[:2]
    assert extremes_of(pairs_of_extremes(best, worst, labels), labels) == (best, worst)


def rows_of(campaign: Campaign) -> list[dict[str, Any]]:
    return [row | {"ranking": json.loads(row["ranking"])} for row in raw_answers([campaign])]


def answered(campaign: Campaign, *answers: Submission) -> None:
    """One person's answer to the first list, and each time they changed it."""
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    for key, answer in enumerate(answers):
        if key:
            undo(user, campaign)
        submit(user, token, answer, key=str(key))


@pytest.mark.django_db
def test_each_ranking_that_its_person_changed_has_a_row_the_newest_first():
    campaign = listed_campaign(4)
    reasons = {"rationale": "First thought.", "confidence": 2, "active_ms": 0}
    answered(campaign, ranking([1, 2, 3, 4], **reasons), ranking([2, 1, 1, 4]), ranking([4, 3, 2, 1], confidence=5))
    rows = rows_of(campaign)
    assert [row["ranking"]["ranks"] for row in rows] == [
        {"A": 4, "B": 3, "C": 2, "D": 1},
        {"A": 3, "B": 1, "C": 1, "D": 4},  # places are what the pairs say: two stand above A
        {"A": 1, "B": 2, "C": 3, "D": 4},
    ]
    assert [(row["counted"], row["superseded"]) for row in rows] == [(True, False), (False, True), (False, True)]
    assert [row["why_uncounted"] for row in rows] == [None, *["replaced by its person"] * 2]
    assert [row["confidence"] for row in rows] == [5, None, 2]
    assert (rows[2]["rationale"], rows[2]["active_ms"], rows[0]["rationale"]) == ("First thought.", 0, None)
    assert rows[0]["answered_at"] > rows[1]["answered_at"] > rows[2]["answered_at"]
    assert len({row["answer"] for row in rows}) == 1
    assert not any(set(row) - set(COLUMNS) for row in rows)
    assert Verdict.objects.counting().count() == 6


@pytest.mark.django_db
def test_a_choice_that_left_pairs_open_is_read_back_whole():
    campaign = listed_campaign(5, task=Campaign.Task.BEST_WORST)
    first, second, third = (Submission(best=best, worst=worst) for best, worst in ("CD", "AB", "AE"))
    answered(campaign, first, second, third)
    said = [(row["ranking"]["best"], row["ranking"]["worst"], row["counted"]) for row in rows_of(campaign)]
    assert said == [("A", "E", True), ("A", "B", False), ("C", "D", False)]


@pytest.mark.django_db
def test_a_ranking_taken_back_by_a_revision_says_so_and_what_was_changed_before_stays():
    campaign = listed_campaign(3)
    answered(campaign, ranking([1, 2, 2]), ranking([3, 2, 1]))
    version = publish(campaign, PAIRS)
    [user] = [person.user for person in campaign.participants.select_related("user")]
    finish_list(user, campaign)
    rows = rows_of(campaign)
    assert [row["why_uncounted"] for row in rows] == [None, "revision 1", "replaced by its person"]
    assert [row["guidelines"] for row in rows][:2] == [1, 0]
    assert [row["ranking"]["ranks"] for row in rows][1:] == [{"A": 3, "B": 2, "C": 1}, {"A": 1, "B": 2, "C": 2}]
    assert [row["superseded"] for row in rows] == [False, True, True]
    assert version.revised.count() == 1


@pytest.mark.django_db
def test_a_ranking_that_counts_again_is_one_row_that_counts():
    campaign = listed_campaign(3)
    answered(campaign, ranking([1, 2, 3]))
    undo_revision(publish(campaign, PAIRS), by=None)
    [row] = rows_of(campaign)
    assert (row["counted"], row["superseded"], row["why_uncounted"]) == (True, False, None)


@pytest.mark.django_db
def test_another_persons_ranking_of_the_same_list_is_theirs():
    campaign = listed_campaign(3, overlap=2)
    answered(campaign, ranking([1, 2, 3]), ranking([3, 2, 1]))
    answered(campaign, ranking([1, 1, 1]))
    rows = rows_of(campaign)
    [changed] = [row["person"] for row in rows if row["superseded"]]
    assert sorted(row["person"] == changed for row in rows) == [False, True, True]


@pytest.mark.django_db
def test_the_statements_of_an_export_do_not_grow_with_what_was_changed():
    counts = []
    for places in ([1, 2, 3], [3, 2, 1]), ([1, 2, 3], [3, 2, 1], [2, 1, 3], [1, 1, 2]):
        campaign = listed_campaign(3)
        answered(campaign, *map(ranking, places))
        with CaptureQueriesContext(connection) as taken:
            assert len(rows_of(campaign)) == len(places)
        counts.append(len(taken))
    assert counts[0] == counts[1]
