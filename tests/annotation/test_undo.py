"""Skip, undo and drafts: what somebody takes back, leaves out or has not finished."""

from __future__ import annotations

import pytest

from annotation.errors import BadAnswer, NotHeld, NotOpen
from annotation.models import Participant
from annotation.services import claim, close_campaign, keep, save_draft, skip, submit, undo
from domain.models import Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, right
from tests.annotation.working import expire

pytestmark = pytest.mark.django_db


def test_a_skipped_item_goes_to_another_person_and_never_back():
    campaign = pairwise_campaign(2)
    user, other = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(user, campaign))
    following = held(skip(user, task.token, reason="language", note="Not my field."))
    assert following.item != task.item
    assert submit(user, following.token, left(), key="1").next is None
    assert held(claim(other, campaign)).item == task.item
    task.refresh_from_db()
    assert (task.state, task.skip_reason, task.note, task.slot) == ("skipped", "language", "Not my field.", None)
    with pytest.raises(NotHeld, match="skipped"):
        submit(user, task.token, left(), key="2")


def test_a_skip_needs_a_known_reason():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    with pytest.raises(NotHeld, match="'bored' is no reason"):
        skip(user, held(claim(user, campaign)).token, reason="bored")


def test_undo_lets_a_new_answer_supersede_the_last_one():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    second = held(submit(user, first.token, left(), key="1").next)
    reopened = undo(user, campaign)
    assert reopened == first
    assert Verdict.objects.counting().count() == 1  # the first answer stands until there is another
    outcome = submit(user, first.token, right(), key="2")
    assert (outcome.counted, outcome.next) == (True, second)
    earlier, later = Verdict.objects.order_by("pk")
    assert (earlier.counted, later.counted, later.supersedes) == (False, True, earlier)
    assert Participant.objects.get().done == 1


def test_undo_walks_back_one_answer_at_a_time_and_forward_again():
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    second = held(submit(user, first.token, left(), key="1").next)
    third = held(submit(user, second.token, left(), key="1").next)
    assert [undo(user, campaign), undo(user, campaign)] == [second, first]
    assert submit(user, first.token, right(), key="2").next == second
    assert keep(user, second.token) == third
    assert Verdict.objects.counting().count() == 2


def test_only_a_reopened_answer_can_be_kept():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    with pytest.raises(NotHeld, match="not being changed"):
        keep(user, held(claim(user, campaign)).token)


def test_a_repeated_first_answer_changes_nothing_after_an_undo():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="1")
    undo(user, campaign)
    assert not submit(user, task.token, left(), key="1").is_new
    assert Verdict.objects.count() == 1


def test_nothing_is_undone_once_the_campaign_is_closed():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="1")
    undo(user, campaign)
    close_campaign(campaign)
    with pytest.raises(NotOpen, match="not open"):
        undo(user, campaign)
    with pytest.raises(NotOpen, match="first answer stands"):
        submit(user, task.token, right(), key="2")
    assert Verdict.objects.counting().count() == 1


def test_a_draft_is_kept_and_renews_the_lease():
    campaign = direct_campaign(1, overlap=1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    expire(task)
    assert save_draft(user, task.token, {"answers": {"helpfulness": 3}, "rationale": "half a th"}).held
    again = held(claim(user, campaign))
    assert again.draft["answers"] == {"helpfulness": 3}
    assert again.draft["rationale"] == "half a th"


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ([], "send an object"),
        ({"answers": {"helpfulness": 9}}, "9 is not one of"),
        ({"answers": {"helpfulness": True}}, "send a number"),
        ({"answers": {"helpfulness": float("nan")}}, "send a number"),
        ({"rationale": "x" * 5001}, "5001 characters"),
        ({"rationale": "\x00"}, r"U\+0000"),
        ({"confidence": 6}, "from 1 to 5"),
        ({"active_ms": -1}, "from 0"),
        ({"system": "x"}, "unknown field 'system'"),
    ],
)
def test_a_draft_holds_what_an_answer_may(draft, message):
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    with pytest.raises(BadAnswer, match=message):
        save_draft(user, held(claim(user, campaign)).token, draft)
