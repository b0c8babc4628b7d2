"""Claim and submit: exactly k, once per person, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation import sides
from annotation.errors import AlreadyAnswered, BadAnswer, Incomplete, KeyReused, NoSuchTask, NotHeld, NotOpen
from annotation.models import Assignment, Item, Participant
from annotation.services import (
    NewItem,
    add_items,
    claim,
    close_campaign,
    heartbeat,
    keep,
    open_campaign,
    pause_campaign,
    progress_of,
    save_draft,
    set_annotators,
    skip,
    submit,
    undo,
    why_empty,
)
from domain.choices import Choice, Outcome, Value
from domain.models import Membership, Rater, Verdict
from tests.annotation.make import (
    CHECKS_FIRST,
    annotator_of,
    direct_campaign,
    held,
    left,
    pairwise_campaign,
    right,
    value,
)
from tests.annotation.statements import counted
from tests.annotation.working import expire
from tests.factories import make_battle, make_user

pytestmark = pytest.mark.django_db


def lapse(task, campaign):
    """Let a lease expire and another person take the place."""
    expire(task)
    other = annotator_of(campaign)
    return other, held(claim(other, campaign))


def states(campaign):
    return list(Assignment.objects.filter(campaign=campaign).order_by("pk").values_list("slot", "state"))


def test_claiming_gives_the_first_item_and_claiming_again_the_same_task():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    assert first.item == campaign.items.first()
    assert held(claim(user, campaign)) == first


def test_claiming_again_renews_the_lease():
    campaign = pairwise_campaign(lease_minutes=7)
    user = annotator_of(campaign)
    expire(held(claim(user, campaign)))
    left_for = held(claim(user, campaign)).lease_expires - timezone.now()
    assert timedelta(minutes=6.9) < left_for <= timedelta(minutes=7)


@pytest.mark.parametrize("overlap", [1, 3])
def test_each_item_gets_exactly_k_answers_of_different_people(overlap):
    campaign = direct_campaign(4, overlap=overlap)
    people = [annotator_of(campaign) for _ in range(overlap + 1)]
    while tasks := [(user, held(task)) for user in people if (task := claim(user, campaign))]:
        for user, task in tasks:
            submit(user, task.token, value(), key="k")
    for item in campaign.items.all():
        verdicts = Verdict.objects.counting().filter(response=item.response)
        assert verdicts.count() == overlap
        assert verdicts.values("rater").distinct().count() == overlap


def test_a_stranger_finds_no_campaign_and_no_task():
    campaign = pairwise_campaign()
    member, stranger = annotator_of(campaign), make_user()
    task = held(claim(member, campaign))
    for attempt in (
        lambda: claim(stranger, campaign),
        lambda: submit(stranger, task.token, left(), key="1"),
        lambda: heartbeat(stranger, task.token),
        lambda: save_draft(stranger, task.token, {}),
        lambda: skip(stranger, task.token, reason="other"),
        lambda: undo(stranger, campaign),
        lambda: keep(stranger, task.token),
    ):
        with pytest.raises(NoSuchTask):
            attempt()


def test_another_annotator_of_the_same_campaign_cannot_touch_my_task():
    campaign = pairwise_campaign()
    task = held(claim(annotator_of(campaign), campaign))
    with pytest.raises(NoSuchTask):
        submit(annotator_of(campaign), task.token, left(), key="1")


def test_who_loses_membership_loses_the_task():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    Membership.objects.filter(user=user).delete()
    with pytest.raises(NoSuchTask):
        submit(user, task.token, left(), key="1")


def test_only_the_chosen_people_take_part_where_people_were_chosen():
    campaign = pairwise_campaign(is_open=False)
    chosen, other = annotator_of(campaign), annotator_of(campaign)
    set_annotators(campaign, [chosen])
    open_campaign(campaign)
    assert claim(chosen, campaign)
    with pytest.raises(NoSuchTask):
        claim(other, campaign)


def test_nobody_is_handed_a_task_of_a_campaign_that_is_not_open():
    campaign = pairwise_campaign()
    user = annotator_of(campaign)
    claim(user, campaign)
    pause_campaign(campaign)
    assert claim(user, campaign) is None
    assert why_empty(user, campaign.__class__.objects.get(pk=campaign.pk)).code == "paused"


def test_a_cap_ends_a_persons_work():
    campaign = pairwise_campaign(3, per_person_cap=2)
    user = annotator_of(campaign)
    first = held(claim(user, campaign))
    second = held(submit(user, first.token, left(), key="1").next)
    assert submit(user, second.token, left(), key="2").next is None
    assert why_empty(user, campaign).code == "cap"


def test_items_added_to_an_open_campaign_are_asked_too():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    assert claim(user, campaign) is None
    assert add_items(campaign, [make_battle(campaign.project)]) == 2
    assert held(claim(user, campaign)).item.position == 1


def test_an_expired_task_goes_to_another_person_inside_their_claim():
    campaign = pairwise_campaign(1)
    slow, quick = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(slow, campaign))
    assert claim(quick, campaign) is None
    empty = why_empty(quick, campaign)
    assert (empty.code, empty.until) == ("waiting", Assignment.objects.get(pk=task.pk).lease_expires)
    expire(task)
    taken = held(claim(quick, campaign))
    assert (taken.item_id, taken.slot) == (task.item_id, task.slot)
    assert taken.token != task.token
    task.refresh_from_db()
    assert (task.state, task.slot) == ("lapsed", None)


def test_a_heartbeat_keeps_a_task_and_says_when_it_is_lost():
    campaign = pairwise_campaign(1)
    slow, quick = annotator_of(campaign), annotator_of(campaign)
    task = held(claim(slow, campaign))
    expire(task)
    assert heartbeat(slow, task.token).held
    assert claim(quick, campaign) is None
    expire(task)
    claim(quick, campaign)
    assert not heartbeat(slow, task.token).held


def test_a_late_answer_counts_while_the_place_is_still_there():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    expire(task)
    assert submit(user, task.token, left(), key="1").counted


def test_a_late_answer_counts_when_another_place_of_the_item_is_open():
    campaign = pairwise_campaign(1, overlap=2)
    slow, quick, third = (annotator_of(campaign) for _ in range(3))
    task = held(claim(slow, campaign))
    submit(quick, held(claim(quick, campaign)).token, left(), key="1")
    expire(task)
    taken = held(claim(third, campaign))
    skip(third, taken.token, reason="unsure")
    assert submit(slow, task.token, left(), key="1").counted
    assert [state for slot, state in states(campaign) if slot] == ["done", "done"]
    assert not Assignment.objects.filter(state="open").exists()


def test_a_late_answer_to_a_full_item_is_kept_and_never_counted():
    campaign = pairwise_campaign(1)
    slow = annotator_of(campaign)
    task = held(claim(slow, campaign))
    other, taken = lapse(task, campaign)
    submit(other, taken.token, right(), key="1")
    outcome = submit(slow, task.token, left(rationale="I was slow"), key="1")
    assert not outcome.counted
    surplus = Verdict.objects.get(rater__user=slow)
    assert (surplus.counted, surplus.rationale.text) == (False, "I was slow")
    assert Verdict.objects.counting().count() == 1
    assert Participant.objects.get(user=slow).done == 0


def test_who_lost_a_place_gets_it_back_when_nothing_else_is_left():
    campaign = pairwise_campaign(1)
    slow = annotator_of(campaign)
    task = held(claim(slow, campaign))
    other, taken = lapse(task, campaign)
    skip(other, taken.token, reason="language")
    again = held(claim(slow, campaign))
    assert (again.pk, again.token, again.state, again.slot) == (task.pk, task.token, "leased", 1)


def test_an_answer_after_the_end_is_kept_and_not_counted():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    close_campaign(campaign)
    assert not submit(user, task.token, left(), key="1").counted
    assert not Verdict.objects.get().counted


def test_submitting_records_the_verdict_and_brings_the_next_task():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    outcome = submit(user, task.token, left(2, confidence=4, rationale="Clearer.", active_ms=0), key="1")
    assert outcome.is_new
    assert outcome.next == claim(user, campaign)
    assert held(outcome.next).item != task.item
    verdict = Verdict.objects.get()
    assert (verdict.occasion, verdict.role, verdict.confidence, verdict.active_ms, verdict.rationale.text) == (
        f"assignment:{task.pk}",
        "live",
        4,
        0,
        "Clearer.",
    )
    assert verdict.rater == Rater.objects.get(user=user)
    score = verdict.scores.get()
    assert (score.outcome, score.strength) == ("B" if task.swapped else "A", 2)


def test_a_direct_rating_is_recorded_as_given():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, value(2), key="1")
    assert Verdict.objects.get().scores.get().value == 2


@pytest.mark.parametrize("key", ["same", "another"])
def test_the_same_answer_twenty_times_is_one_verdict(key):
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    outcomes = [submit(user, task.token, left(), key="same" if n == 0 else key) for n in range(20)]
    assert [outcome.is_new for outcome in outcomes] == [True] + [False] * 19
    assert {outcome.next for outcome in outcomes} == {claim(user, campaign)}
    assert Verdict.objects.count() == 1
    assert Participant.objects.get().done == 1


def test_a_key_with_another_answer_is_refused():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="same")
    with pytest.raises(KeyReused, match="Idempotency-Key"):
        submit(user, task.token, right(), key="same")
    with pytest.raises(AlreadyAnswered, match="Undo"):
        submit(user, task.token, right(), key="other")
    assert Verdict.objects.get().scores.get().strength == 1


@pytest.mark.parametrize(
    ("answers", "error", "message"),
    [
        ({}, Incomplete, "Not answered yet: Helpfulness"),
        ({"helpfulness": Value(6)}, BadAnswer, "6 is not one of 1, 2, 3, 4, 5"),
        ({"helpfulness": Choice(Outcome.A)}, BadAnswer, "takes a number"),
        ({"helpfulness": Value(1), "style": Value(1)}, BadAnswer, "no criterion 'style'"),
    ],
)
def test_an_answer_off_the_scale_is_refused_and_the_task_stays(answers, error, message):
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    with pytest.raises(error, match=message):
        submit(user, task.token, value().__class__(answers), key="1")
    assert not Verdict.objects.exists()
    assert claim(user, campaign) == task


def test_nobody_was_active_longer_than_they_had_the_task():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(active_ms=3_600_000), key="1")
    assert (Verdict.objects.get().active_ms or 0) < 60_000


@pytest.mark.parametrize("role", ["calibration", "repeat", "training"])
def test_other_roles_go_the_same_way_and_enter_no_number(role):
    campaign = pairwise_campaign(1, is_open=False, quality=CHECKS_FIRST)
    expected = None if role == "repeat" else {"preference": {"choice": "A"}}
    add_items(campaign, [NewItem(make_battle(campaign.project), role=role, expected=expected, why="It is correct.")])
    open_campaign(campaign)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    following = held(submit(user, task.token, left(), key="1").next)
    submit(user, following.token, left(), key="2")
    assert sorted(Verdict.objects.values_list("role", flat=True)) == sorted(["live", role])
    assert Verdict.objects.counting().count() == 1


def test_calibration_items_have_a_place_for_everyone():
    campaign = pairwise_campaign(1, is_open=False)
    people = [annotator_of(campaign) for _ in range(3)]
    set_annotators(campaign, people[:2])
    add_items(campaign, [NewItem(make_battle(campaign.project), role="calibration", expected={})])
    set_annotators(campaign, people)
    assert Item.objects.get(role="calibration").assignments.count() == 3
    campaign.refresh_from_db()
    assert (campaign.item_count, campaign.live_count, campaign.slot_count) == (2, 1, 1)


def test_calibration_items_grow_with_the_people_who_join():
    campaign = pairwise_campaign(1, is_open=False, quality=CHECKS_FIRST)
    add_items(campaign, [NewItem(make_battle(campaign.project), role="calibration", expected={})])
    open_campaign(campaign)
    for _ in range(4):
        user = annotator_of(campaign)
        task: Any = claim(user, campaign)
        while task:
            task = submit(user, task.token, left(), key="1").next
    assert Verdict.objects.filter(role="calibration", counted=True).count() == 4
    assert Verdict.objects.counting().count() == 1


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


def test_a_claim_takes_at_most_five_statements():
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    claim(annotator_of(campaign), campaign)
    Participant.objects.create(campaign=campaign, user=user)
    _, fresh = counted(claim, user, campaign)
    _, again = counted(claim, user, campaign)
    assert (fresh, again) == (4, 3)


def test_taking_an_expired_place_takes_at_most_five_statements():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    expire(held(claim(annotator_of(campaign), campaign)))
    Participant.objects.create(campaign=campaign, user=user)
    task, n = counted(claim, user, campaign)
    assert task
    assert n <= 5


def test_a_submit_with_the_next_claim_takes_at_most_twelve_statements():
    campaign = pairwise_campaign(4)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    first, n_first = counted(submit, user, task.token, left(rationale="Why"), key="1")
    second, n = counted(submit, user, first.next.token, left(rationale="Why"), key="1")
    assert second.next
    assert n <= 10
    assert n_first <= 15  # the first answer of a person also makes the rater, the first of a process reads the rubric
