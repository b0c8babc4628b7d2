"""Guidelines change while people work: which answers go, who is asked again, and how many there are at the end."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.errors import NotOpen, Revised
from annotation.models import Assignment, Campaign, GuidelineVersion
from annotation.pay import pay_report
from annotation.raw_answers import raw_answers
from annotation.revision.publishing import Changed, undo_revision
from annotation.revision.scope import Scope, effect_of
from annotation.services import claim, skip, submit
from domain.models import Event, Verdict
from tests.annotation.lists import listed_campaign
from tests.annotation.make import annotator_of, direct_campaign, held, value
from tests.annotation.revising import ALL, PAIRS, assert_complete, finish_list, publish
from tests.annotation.working import expire, finish, in_threads, row

pytestmark = pytest.mark.django_db


def test_a_clarification_takes_nothing_back_and_is_on_record():
    campaign = direct_campaign(2, guidelines="Be kind.")
    user = annotator_of(campaign)
    finish(user, campaign)
    version = publish(campaign, Scope())
    assert Verdict.objects.counting().count() == 2
    assert (version.number, version.reopened) == (1, 0)
    texts = dict(GuidelineVersion.objects.values_list("number", "text"))
    assert texts == {0: "Be kind.", 1: "Be strict."}
    assert Campaign.objects.get(pk=campaign.pk).guidelines == "Be strict."
    assert Event.objects.get(action="guidelines revised").details["effect"]["set_aside"] == 0


def test_every_item_has_its_answers_again_from_others():
    campaign = direct_campaign(3, overlap=2)
    first, second, third, fourth = (annotator_of(campaign) for _ in range(4))
    finish(first, campaign)
    finish(second, campaign)
    for user in (third, fourth):
        claim(user, campaign)
    version = publish(campaign)
    assert version.reopened == 6
    assert not Verdict.objects.counting().exists()
    assert [row(user).done for user in (first, second)] == [0, 0]
    assert claim(first, campaign) is None  # others are there to answer
    assert (finish(third, campaign), finish(fourth, campaign)) == (3, 3)
    assert_complete(campaign)
    assert Verdict.objects.filter(counted=False).count() == 6


def test_who_answered_is_asked_again_where_nobody_else_is_left():
    campaign = direct_campaign(3, overlap=2)
    people = [annotator_of(campaign) for _ in range(2)]
    for user in people:
        finish(user, campaign)
    publish(campaign)
    task = held(claim(people[0], campaign))
    assert submit(people[0], task.token, value(2), key="again").counted
    assert [finish(user, campaign) for user in people] == [2, 3]
    assert_complete(campaign)
    assert set(Assignment.objects.filter(state="done").values_list("guidelines", flat=True)) == {1}
    assert claim(people[0], campaign) is None


def test_old_answers_stay_in_the_raw_export_with_why_they_do_not_count():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    finish(user, campaign)
    publish(campaign)
    [before] = list(raw_answers([campaign]))
    assert (before["counted"], before["why_uncounted"], before["guidelines"]) == (False, "revision 1", 0)
    assert not before["late"]
    task = held(claim(user, campaign))
    assert [line["value"] for line in raw_answers([campaign])] == [4]  # also while they are asked again
    submit(user, task.token, value(2), key="again")
    lines = {line["value"]: line for line in raw_answers([campaign])}
    assert (lines[2]["counted"], lines[2]["why_uncounted"], lines[2]["guidelines"]) == (True, None, 1)
    assert (lines[4]["counted"], lines[4]["why_uncounted"], lines[4]["guidelines"]) == (False, "revision 1", 0)


def test_an_answer_given_twice_is_paid_twice():
    campaign = direct_campaign(1)
    Campaign.objects.filter(pk=campaign.pk).update(pay_per_answer="0.50")
    campaign.refresh_from_db()
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, value(4, visible_ms=0), key="1")
    publish(campaign)
    assert [(line.answers, line.late, line.pay) for line in pay_report(campaign).lines] == [(1, 0, 0.5)]
    submit(user, held(claim(user, campaign)).token, value(2, visible_ms=0), key="2")
    assert [(line.answers, line.timed, line.pay) for line in pay_report(campaign).lines] == [(2, 2, 1.0)]


def test_only_answers_about_the_chosen_items_go():
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    finish(user, campaign)
    item = campaign.items.order_by("pk").first()
    assert item is not None
    scope = Scope(lost=ALL.lost, wanted=ALL.wanted, items=frozenset({item.pk}))
    effect = effect_of(campaign, scope)
    assert (effect.set_aside, effect.people, effect.items, effect.held) == (1, 1, 1, 2)
    publish(campaign, scope)
    assert list(Assignment.objects.filter(state="open").values_list("item", flat=True)) == [item.pk]
    finish(user, campaign)
    assert_complete(campaign)


def test_a_ranking_given_again_by_the_same_person_leaves_the_first_on_export():
    campaign = listed_campaign(3)
    user = annotator_of(campaign)
    finish_list(user, campaign)
    publish(campaign, PAIRS)
    finish_list(user, campaign)
    lines = [(line["counted"], line["why_uncounted"]) for line in raw_answers([campaign]) if line["ranking"]]
    assert sorted(lines) == [(False, "revision 1"), (True, None)]
    assert Verdict.objects.counting().count() == 3


def test_more_answers_than_were_shown_are_not_taken_back():
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    finish(user, campaign)
    with pytest.raises(Changed, match="3 answers now, not 2"):
        publish(campaign, expected=2)
    assert not GuidelineVersion.objects.exists()
    assert Verdict.objects.counting().count() == 3


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nothing_is_published_before_or_after_the_campaign(state):
    campaign = direct_campaign(1)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    with pytest.raises(NotOpen, match=state):
        publish(campaign)


def test_what_is_sent_under_an_earlier_version_is_shown_again_once():
    campaign = direct_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    publish(campaign)
    with pytest.raises(Revised):
        submit(user, task.token, value(), key="1", guidelines=0)
    assert not Verdict.objects.exists()
    assert submit(user, task.token, value(), key="1", guidelines=1).counted
    task.refresh_from_db()
    assert task.guidelines == 1
    assert not submit(user, task.token, value(), key="1", guidelines=0).is_new  # what is recorded is recorded


def test_whoever_is_asked_again_begins_with_nothing_entered_and_may_skip():
    from annotation.tasks import payload_for

    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    finish(user, campaign)
    version = publish(campaign)
    task = held(claim(user, campaign))
    assert payload_for(task, row(user))["draft"] is None
    skip(user, task.token, reason="other")
    assert claim(user, campaign) is None
    undo_revision(version, by=None)
    assert Verdict.objects.counting().count() == 1
    assert_complete(campaign)


def test_a_lease_that_runs_out_on_somebody_asked_again_is_passed_on():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    finish(user, campaign)
    publish(campaign)
    expire(held(claim(user, campaign)))
    other = annotator_of(campaign)
    assert finish(other, campaign) == 1
    assert_complete(campaign)


@pytest.mark.django_db(transaction=True)
def test_revisions_while_everybody_answers_leave_exactly_k_answers_per_item():
    campaign = direct_campaign(12, overlap=3)
    people = [annotator_of(campaign) for _ in range(6)]

    def work(who: Any) -> None:
        if who is not None:
            finish(who, campaign)
            return
        for n in range(3):
            version = publish(campaign, note=f"Version {n}.")
            if n == 1 and version.reopened:  # nobody may have answered since the first
                undo_revision(version, by=None)

    in_threads(work, [*people, None])
    in_threads(work, people)  # what came free when some had already gone
    for user in people:
        finish(user, campaign)
    assert_complete(campaign)
    assert GuidelineVersion.objects.filter(campaign=campaign).count() == 4
    gone = {line["why_uncounted"] for line in raw_answers([campaign]) if not line["counted"]}
    assert gone <= {"revision 1", "revision 2", "revision 3"}


def test_claiming_and_submitting_take_no_statement_more_after_a_revision():
    campaign = direct_campaign(6, overlap=2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    following = submit(user, task.token, value(), key="0").next
    publish(campaign, Scope())
    with CaptureQueriesContext(connection) as taken:
        submit(user, str(held(following).token), value(), key="1", guidelines=1)
    assert len([one for one in taken if "SAVEPOINT" not in one["sql"]]) <= 12
