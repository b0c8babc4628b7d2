"""Guidelines change while people work: which answers go, who is asked again, and everything back when it is undone."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import Submission
from annotation.errors import NothingToUndo, NotOpen, Revised
from annotation.models import Assignment, Campaign, GuidelineVersion, Item, Participant, RevisedAnswer
from annotation.pay import pay_report
from annotation.quality import repeats
from annotation.quality.policy import Repeats
from annotation.raw_answers import raw_answers
from annotation.revision.publishing import Changed, publish_guidelines, undo_revision
from annotation.revision.scope import Scope, effect_of
from annotation.revision.wording import differences
from annotation.services import (
    NewItem,
    add_items,
    claim,
    create_campaign,
    exclude,
    open_campaign,
    reinstate,
    skip,
    submit,
    undo,
)
from domain.choices import Value
from domain.models import Event, Score, Verdict
from tests.annotation.make import annotator_of, direct_campaign, held, pairwise_campaign, right, value
from tests.annotation.test_claim_and_submit import expire
from tests.annotation.test_concurrency import in_threads
from tests.annotation.test_rankings import listed_campaign, ranking
from tests.annotation.test_standing import finish, row
from tests.factories import LIKERT, SLIDER, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db
ALL = Scope(lost=frozenset({"helpfulness"}), wanted=frozenset({"helpfulness"}))
PAIRS = Scope(lost=frozenset({"preference"}), wanted=frozenset({"preference"}))


def publish(campaign: Campaign, scope: Scope = ALL, **fields: Any) -> GuidelineVersion:
    said = {"text": "Be strict.", "note": "Examples added.", "by": None} | fields
    return publish_guidelines(campaign, scope=scope, **said).version


def state_of(campaign: Campaign) -> Any:
    """Everything that decides what counts and who is asked what."""
    turns = Assignment.objects.filter(campaign=campaign, annotator__isnull=False).order_by("pk").values()
    open_places = Assignment.objects.filter(campaign=campaign, state="open").values_list("item", "slot")
    verdicts = Verdict.objects.filter(project=campaign.project).order_by("pk").values("pk", "counted", "rubric")
    people = campaign.participants.order_by("pk").values("pk", "done", "checked", "quality")
    items = campaign.items.order_by("pk").values("pk", "expected")
    return list(turns), sorted(open_places), list(verdicts), list(people), list(items)


def assert_complete(campaign: Campaign) -> None:
    """Every live item has exactly k counted answers, of k different people."""
    for item in Item.objects.filter(campaign=campaign, role="live"):
        done = Assignment.objects.filter(item=item, state="done")
        assert done.count() == item.overlap
        assert len({turn.annotator_id for turn in done}) == item.overlap
    counted = Verdict.objects.counting().filter(project=campaign.project)
    assert counted.count() == campaign.slot_count
    assert set(Counter(counted.values_list("occasion", flat=True)).values()) == {1}
    assert not Assignment.objects.filter(campaign=campaign, state="open").exists()
    for person in Participant.objects.filter(campaign=campaign):
        mine = Assignment.objects.filter(campaign=campaign, annotator=person.user, state__in=["done", "reopened"])
        assert person.done == mine.count()


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


def two_criteria() -> Campaign:
    project = make_project()
    responses = [make_response(prompt=make_prompt(project), system="Ash", content=f"Text {n}.") for n in range(3)]
    rubric = make_rubric(project, LIKERT, SLIDER)
    return open_campaign(create_campaign(project=project, rubric=rubric, name="Two", items=responses, seed=1))


def both(helpfulness: float = 4, fluency: float = 70) -> Any:
    return Submission({"helpfulness": Value(helpfulness), "fluency": Value(fluency)}, rationale="as I see it")


BOTH = frozenset({"helpfulness", "fluency"})


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


@pytest.mark.parametrize("ask_again", [True, False])
def test_nothing_that_an_annotator_sees_after_a_revision_tells_checks_from_work(client, ask_again):
    campaign = two_criteria()
    check = NewItem(make_response(campaign.project), role="calibration", expected={"helpfulness": 4, "fluency": 50})
    add_items(campaign, [check])
    Campaign.objects.filter(pk=campaign.pk).update(quality={"checks": {"first": 1}})
    user = annotator_of(campaign)
    task = claim(user, campaign)
    while task:
        task = submit(user, str(task.token), both(), key=f"k{task.pk}").next
    assert Verdict.objects.filter(role="calibration").count() == 1
    version = publish(campaign, Scope(lost=frozenset({"fluency"}), wanted=BOTH, ask_again=ask_again))
    client.force_login(user)
    where = reverse("annotation:answers", args=[campaign.pk])
    page = client.get(where).content.decode()
    rows = [re.sub(r"answer-\d+|<time [^>]*>", "", row) for row in page.split('<li class="answer-row"')[1:]]
    assert len(rows) == 4
    assert len({row.split("</li>")[0] for row in rows}) == 1
    assert "cannot be changed any more" in page
    with pytest.raises(NothingToUndo):
        undo(user, campaign)
    undo_revision(version, by=None)
    assert "cannot be changed any more" not in client.get(where).content.decode()


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


def finish_list(user: Any, campaign: Campaign) -> None:
    task = claim(user, campaign)
    while task:
        task = submit(user, str(task.token), ranking((1, 2, 3)), key=f"k{task.pk}").next


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


# --- Pages ------------------------------------------------------------------------------------------------------------


def page_of(campaign: Campaign) -> str:
    return reverse("annotation:guideline_versions", args=[campaign.project.slug, campaign.pk])


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]


def test_nothing_is_taken_back_before_somebody_has_seen_how_much(client):
    campaign = direct_campaign(2, overlap=2, guidelines="Be kind to answers.")
    Campaign.objects.filter(pk=campaign.pk).update(pay_per_answer="0.50")
    for _ in range(2):
        finish(annotator_of(campaign), campaign)
    client.force_login(annotator_of(campaign, role="researcher"))
    sent = {"text": "Be strict to answers.", "note": "Stricter.", "takes": "answers", "becomes": "ask"}
    first = client.post(page_of(campaign), sent | {"do": "publish"}).content.decode()
    assert "Look at what it takes back" in first
    page = client.post(page_of(campaign), sent | {"do": "preview"}).content.decode()
    assert "4 answers are set aside" in page
    assert "of 2 people about 2 items" in page
    assert "2.00 USD" in page
    assert "<del>kind</del><ins>strict</ins>" in page
    other = {"prompts": campaign.items.all()[0].response.prompt.external_id}
    assert client.post(page_of(campaign), sent | other | {"do": "publish", "shown": shown(page)}).status_code == 200
    assert not GuidelineVersion.objects.exists()
    answer = client.post(page_of(campaign), sent | {"do": "publish", "shown": shown(page)})
    assert answer.url == page_of(campaign)
    assert not Verdict.objects.counting().exists()
    page = client.get(page_of(campaign)).content.decode()
    assert "Version 1 against version 0" in page
    assert "<del>kind</del><ins>strict</ins>" in page
    undo = reverse("annotation:undo_revision", args=[campaign.project.slug, campaign.pk, 1])
    assert undo in page
    client.post(undo)
    assert Verdict.objects.counting().count() == 4


WORDS = st.lists(st.sampled_from(["be", "kind", "strict", "not", ".", ",", "\n", " "]), max_size=12).map("".join)


@given(WORDS, WORDS)
def test_the_differences_hold_both_texts(before, after):
    parts = differences(before, after)
    assert "".join(part.text for part in parts if part.kind != "new") == before
    assert "".join(part.text for part in parts if part.kind != "gone") == after
    assert (before == after) == all(part.kind == "same" for part in parts)


def test_long_texts_are_compared_by_lines_and_line_ends_of_browsers_are_no_difference():
    assert {part.kind for part in differences("a\nb", "a\r\nb")} == {"same"}
    long = "word " * 9_000 + "\n"
    assert [part.kind for part in differences(long + "old\n", long + "new\n")] == ["same", "gone", "new"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"takes": "nothing", "text": "Be kind."}, "nothing would change"),
        ({"takes": "nothing", "criteria": ["helpfulness"]}, "say here that all stay"),
        ({"takes": "answers", "prompts": "no such prompt"}, "There is no prompt &#x27;no such prompt&#x27;"),
        ({"takes": "answers", "note": ""}, "This field is required"),
        ({"takes": "answers", "criteria": ["fluency"]}, "fluency"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_happens(client, changes, says):
    campaign = direct_campaign(1, guidelines="Be kind.")
    finish(annotator_of(campaign), campaign)
    client.force_login(annotator_of(campaign, role="researcher"))
    sent = {"text": "Be strict.", "note": "Stricter.", "becomes": "ask", "do": "publish"} | changes
    answer = client.post(page_of(campaign), sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not GuidelineVersion.objects.exists()


def test_annotators_are_told_until_they_say_that_they_have_read_it(client):
    campaign = direct_campaign(3)
    user = annotator_of(campaign)
    client.force_login(user)
    task = held(claim(user, campaign))
    here = reverse("annotation:task", args=[task.token])
    assert "data-news" not in client.get(here).content.decode()
    publish(campaign, Scope(), note="Dates count as facts.")
    sent = {"c.helpfulness": "4", "q-helpfulness": "4", "helpfulness": "4", "key": "1", "guidelines": "0"}
    answer = client.post(here, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Dates count as facts." in page
    assert "The guidelines changed while you were at this task." in page
    assert 'name="guidelines" value="1"' in page
    assert not Verdict.objects.exists()
    answer = client.post(reverse("annotation:guidelines", args=[campaign.pk]), {"task": task.token})
    assert answer.url == here
    assert "data-news" not in client.get(here).content.decode()
    read = Event.objects.get(action="guidelines read")
    assert (read.user, read.details["version"]) == (user, 1)


def test_claiming_and_submitting_take_no_statement_more_after_a_revision():
    campaign = direct_campaign(6, overlap=2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    following = submit(user, task.token, value(), key="0").next
    publish(campaign, Scope())
    with CaptureQueriesContext(connection) as taken:
        submit(user, str(held(following).token), value(), key="1", guidelines=1)
    assert len([one for one in taken if "SAVEPOINT" not in one["sql"]]) <= 12
