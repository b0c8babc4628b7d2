"""A revision of the guidelines is undone: what comes back, and what others have taken by then."""

from __future__ import annotations

import pytest

from annotation.errors import NotOpen
from annotation.models import Assignment, RevisedAnswer
from annotation.quality import repeats
from annotation.quality.policy import Repeats
from annotation.raw_answers import raw_answers
from annotation.revision.publishing import undo_revision
from annotation.revision.scope import Scope, effect_of
from annotation.services import claim, exclude, reinstate, submit
from domain.models import Event, Score, Verdict
from tests.annotation.lists import listed_campaign
from tests.annotation.make import annotator_of, direct_campaign, held, pairwise_campaign, right, value
from tests.annotation.revising import BOTH, PAIRS, assert_complete, both, finish_list, publish, state_of, two_criteria
from tests.annotation.working import finish, row

pytestmark = pytest.mark.django_db


def test_undoing_brings_everything_back():
    campaign = direct_campaign(4, overlap=2)
    first, second = annotator_of(campaign), annotator_of(campaign)
    finish(first, campaign)
    finish(second, campaign)
    before = state_of(campaign)
    version = publish(campaign)
    assert state_of(campaign) != before
    assert undo_revision(version, by=None).answers == 8
    assert state_of(campaign) == before
    assert not RevisedAnswer.objects.exists()
    assert Event.objects.get(action="revision undone").details["answers"] == 8
    with pytest.raises(NotOpen, match="already"):
        undo_revision(version, by=None)


def test_undoing_stops_asking_somebody_again():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    finish(user, campaign)
    before = state_of(campaign)
    version = publish(campaign)
    token = held(claim(user, campaign)).token
    undo_revision(version, by=None)
    assert state_of(campaign) == before
    assert Assignment.objects.get(token=token).state == "done"


def test_undoing_leaves_places_to_those_who_took_them():
    campaign = direct_campaign(2)
    first, second = annotator_of(campaign), annotator_of(campaign)
    finish(first, campaign)
    claim(second, campaign)
    version = publish(campaign)
    submit(second, held(claim(second, campaign)).token, value(1), key="1")
    claim(second, campaign)
    restored = undo_revision(version, by=None)
    assert (restored.answers, restored.surplus) == (0, 2)
    finish(second, campaign)
    assert_complete(campaign)
    assert {line["why_uncounted"] for line in raw_answers([campaign])} == {None, "revision 1"}


def test_ratings_on_one_criterion_can_go_while_the_answers_stay():
    campaign = two_criteria()
    user = annotator_of(campaign)
    task = claim(user, campaign)
    for n in range(3):
        task = submit(user, held(task).token, both(fluency=10 * n), key=str(n)).next
    before, said = state_of(campaign), set(Score.objects.values_list("criterion__key", "value"))
    scope = Scope(lost=frozenset({"fluency"}), wanted=BOTH, ask_again=False)
    effect = effect_of(campaign, scope)
    assert (effect.set_aside, effect.carried, effect.lacking, effect.answers) == (0, 3, 3, 3)
    version = publish(campaign, scope, expected=3)
    counting = Verdict.objects.counting()
    assert (counting.count(), row(user).done) == (3, 3)
    assert set(Score.objects.filter(verdict__in=counting).values_list("criterion__key", flat=True)) == {"helpfulness"}
    assert {verdict.rationale.text for verdict in counting} == {"as I see it"}
    lines = list(raw_answers([campaign]))
    gone = [line for line in lines if line["criterion"] == "Fluency"]
    assert {(line["counted"], line["why_uncounted"]) for line in gone} == {(False, "revision 1")}
    # What is left of an answer goes when the rest is called into question too.
    assert effect_of(campaign, Scope(lost=frozenset({"helpfulness"}), wanted=BOTH, ask_again=False)).set_aside == 3
    undo_revision(version, by=None)
    assert state_of(campaign) == before
    assert set(Score.objects.values_list("criterion__key", "value")) == said


def test_rankings_go_and_come_back_pair_by_pair():
    campaign = listed_campaign(3, lists=2)
    user, other = annotator_of(campaign), annotator_of(campaign)
    finish_list(user, campaign)
    before, pairs = state_of(campaign), Verdict.objects.counting().count()
    assert pairs == 6
    version = publish(campaign, PAIRS)
    assert not Verdict.objects.counting().exists()
    undo_revision(version, by=None)
    assert state_of(campaign) == before
    publish(campaign, PAIRS)
    finish_list(other, campaign)
    assert Verdict.objects.counting().count() == pairs
    rankings = [line["why_uncounted"] for line in raw_answers([campaign]) if line["ranking"]]
    assert sorted(rankings, key=str) == [None, None, "revision 2", "revision 2"]


def test_answers_of_somebody_excluded_do_not_come_back_by_undoing_a_revision():
    campaign = direct_campaign(2)
    user = annotator_of(campaign)
    finish(user, campaign)
    version = publish(campaign)
    exclude(row(user), reason="At random.", by=None)
    undo_revision(version, by=None)
    assert not Verdict.objects.counting().exists()
    reinstate(row(user), reason="They were not.", by=None)
    assert Verdict.objects.counting().count() == 2
    assert_complete(campaign)


def test_reinstating_counts_what_a_revision_left_of_an_answer():
    campaign = two_criteria()
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, both(), key="1")
    publish(campaign, Scope(lost=frozenset({"fluency"}), wanted=BOTH, ask_again=False))
    exclude(row(user), reason="", by=None)
    reinstate(row(user), reason="", by=None)
    assert list(Verdict.objects.counting().get().scores.values_list("criterion__key", flat=True)) == ["helpfulness"]


def test_a_repeat_is_not_held_against_an_answer_under_earlier_rules():
    campaign = pairwise_campaign(3)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    submit(user, task.token, right(), key="1")
    person = row(user)
    person.quality.pop("pending", None)
    repeats.plan(person, task, {"preference": {"choice": "A"}}, Repeats(rate=1.0))
    person.save()
    version = publish(campaign, PAIRS)
    assert [said["answers"] for said in row(user).quality["pending"].values()] == [{}]
    undo_revision(version, by=None)
    assert [said["answers"].keys() for said in row(user).quality["pending"].values()] == [{"preference"}]


def test_two_revisions_are_undone_from_the_last():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    finish(user, campaign)
    first = publish(campaign)
    finish(user, campaign)
    second = publish(campaign)
    with pytest.raises(NotOpen, match="later revision"):
        undo_revision(first, by=None)
    undo_revision(second, by=None)
    assert_complete(campaign)
    [line] = [line for line in raw_answers([campaign]) if not line["counted"]]
    assert line["why_uncounted"] == "revision 1"
