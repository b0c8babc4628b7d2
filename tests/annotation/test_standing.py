"""Warned, paused, stopped, excluded, taken back, gone: what each means for tasks, for answers and for the others."""

from __future__ import annotations

import pytest

from annotation.errors import NoSuchTask, NotOpen
from annotation.models import AnnotatorGroup, Assignment, CampaignGroup
from annotation.services import (
    claim,
    exclude,
    heartbeat,
    pause,
    reinstate,
    skip,
    stop,
    submit,
    undo,
    warn,
    why_empty,
    withdraw,
    withdraw_myself,
)
from domain.models import Event, Rationale, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, right, value
from tests.annotation.working import answers, expire, finish, row
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_who_is_warned_goes_on():
    campaign = direct_campaign(2)
    user, lead = annotator_of(campaign), make_user("lead")
    claim(user, campaign)
    warn(row(user), reason="Please read both texts.", by=lead)
    assert claim(user, campaign)
    event = Event.objects.get(action="annotator warned")
    assert (event.user, event.details["before"], event.details["reason"]) == (lead, "good", "Please read both texts.")


@pytest.mark.parametrize(("decide", "code"), [(pause, "paused"), (stop, "stopped")])
def test_who_is_paused_or_stopped_gets_no_task_and_is_told_so(decide, code):
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    task = answers(user, campaign, 1)
    decide(row(user), reason="We look at your answers first.", by=None)
    assert claim(user, campaign) is None
    empty = why_empty(user, campaign)
    assert empty.code == code
    assert "We look at your answers first." in empty.text
    outcome = submit(user, task.token, value(), key="late")
    assert (outcome.counted, outcome.next) == (True, None)  # what was under way is taken
    with pytest.raises(NotOpen):
        undo(user, campaign)
    reinstate(row(user), reason="All is well.", by=None)
    assert claim(user, campaign)
    assert Verdict.objects.counting().count() == 2


def test_excluding_somebody_lets_others_give_their_answers():
    campaign = direct_campaign(3, overlap=2)
    bad, one, two, three = (annotator_of(campaign) for _ in range(4))
    answers(bad, campaign, 2)
    exclude(row(bad), reason="Answers at random.", by=None)
    assert (row(bad).done, row(bad).standing) == (0, "excluded")
    assert not Verdict.objects.counting().exists()
    assert Verdict.objects.count() == 2  # on record all the same
    assert [finish(user, campaign) for user in (one, two, three)] == [3, 3, 0]
    per_item = [item.assignments.filter(state="done").count() for item in campaign.items.all()]
    assert per_item == [2, 2, 2]
    assert why_empty(bad, campaign).code == "excluded"


def test_a_late_answer_of_somebody_excluded_does_not_count():
    campaign = direct_campaign(2)
    bad = annotator_of(campaign)
    task = held(claim(bad, campaign))
    exclude(row(bad), reason="", by=None)
    assert not submit(bad, task.token, value(), key="1").counted
    assert finish(annotator_of(campaign), campaign) == 2


def test_reinstating_counts_what_still_has_room_and_keeps_the_rest():
    campaign = direct_campaign(3, overlap=1)
    user, other = annotator_of(campaign), annotator_of(campaign)
    answers(user, campaign, 3)
    exclude(row(user), reason="By mistake.", by=None)
    submit(other, held(claim(other, campaign)).token, value(1), key="1")  # takes one of the three; holds a second
    assert claim(other, campaign)
    reinstate(row(user), reason="It was a mistake.", by=None)
    assert row(user).done == 1
    states = Assignment.objects.filter(annotator=user).order_by("state").values_list("state", "set_aside")
    assert list(states) == [("done", False), ("surplus", False), ("surplus", False)]
    finish(other, campaign)
    assert Verdict.objects.counting().count() == 3
    event = Event.objects.filter(action="annotator good").first()
    assert event is not None
    assert (event.details["answers"], event.details["surplus"]) == (1, 2)


def test_reinstating_counts_the_last_answer_and_none_that_it_replaced():
    campaign = pairwise_campaign(1)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(), key="1")
    undo(user, campaign)
    submit(user, task.token, right(), key="2")
    latest = Verdict.objects.counting().get()
    exclude(row(user), reason="", by=None)
    reinstate(row(user), reason="", by=None)
    assert Verdict.objects.counting().get() == latest
    assert row(user).done == 1


def test_exclusion_gives_places_back_to_the_quota():
    campaign = direct_campaign(3)
    group = AnnotatorGroup.objects.create(project=campaign.project, name="Nurses")
    share = CampaignGroup.objects.create(campaign=campaign, group=group, quota=2)
    one, two = annotator_of(campaign), annotator_of(campaign)
    group.members.set([one, two])
    answers(one, campaign, 1)
    assert claim(two, campaign) is None
    exclude(row(one), reason="", by=None)
    share.refresh_from_db()
    assert share.taken == 0
    assert claim(two, campaign)


def test_who_withdraws_gives_their_task_back_and_their_answers_stay():
    campaign = direct_campaign(2)
    user, other = annotator_of(campaign), annotator_of(campaign)
    task = answers(user, campaign, 1)
    withdraw_myself(user, campaign, keep_answers=True)
    withdraw_myself(user, campaign, keep_answers=True)
    assert Event.objects.filter(action="annotator withdrawn").count() == 1
    assert row(user).withdrawn_at is not None
    assert held(claim(other, campaign)).item_id == task.item_id
    assert Verdict.objects.counting().count() == 1
    assert claim(user, campaign) is None
    assert why_empty(user, campaign).code == "withdrawn"


def test_nothing_of_who_has_withdrawn_can_be_reached_or_changed():
    campaign = direct_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    withdraw(row(user), keep_answers=True)
    for attempt in (
        lambda: submit(user, task.token, value(), key="1"),
        lambda: heartbeat(user, task.token),
        lambda: skip(user, task.token, reason="other"),
    ):
        with pytest.raises(NoSuchTask):
            attempt()
    assert not Verdict.objects.exists()


def test_who_takes_their_answers_along_leaves_no_word_behind():
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, left(rationale="first thought"), key="1")
    undo(user, campaign)
    second = held(submit(user, task.token, right(rationale="second thought"), key="2").next)
    expire(second)
    claim(annotator_of(campaign), campaign)
    withdraw_myself(user, campaign, keep_answers=False)
    assert not Verdict.objects.exists()
    assert not Rationale.objects.exists()
    mine = Assignment.objects.filter(annotator=user)
    assert set(mine.values_list("answer", "draft", "note", "flag", "verdict")) == {(None, None, "", "", None)}
    assert finish(annotator_of(campaign), campaign) == 2  # one is held by the other person


def test_a_stranger_has_nothing_to_withdraw_from():
    campaign = direct_campaign(1)
    with pytest.raises(NoSuchTask):
        withdraw_myself(make_user(), campaign, keep_answers=False)


def test_a_policy_that_excludes_takes_the_answers_out_too(monkeypatch):
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    task = answers(user, campaign, 1)

    def failed(participant, *_):
        participant.standing = "excluded"

    monkeypatch.setattr("annotation.services.answering.after_answer", failed)
    assert submit(user, task.token, value(), key="2").next is None
    assert not Verdict.objects.counting().exists()
    assert Assignment.objects.filter(state="open").count() == 3
    assert (row(user).done, row(user).standing) == (0, "excluded")
