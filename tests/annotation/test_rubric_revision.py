"""A campaign goes on to another version of its rubric: what carries over, what is asked again, and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import Submission
from annotation.errors import BadAnswer, Incomplete, NotOpen
from annotation.models import Assignment, Campaign, GuidelineVersion
from annotation.raw_answers import raw_answers
from annotation.revision.comparing import Change, compare
from annotation.revision.publishing import move_to_rubric, scope_of_move, undo_revision
from annotation.revision.scope import effect_of
from annotation.rubrics import spec_of
from annotation.services import NewItem, add_items, claim, create_campaign, open_campaign, submit
from annotation.services.claiming import save_draft
from domain.choices import Choice, Outcome, Value
from domain.models import Rubric, Score, Verdict
from domain.services import create_rubric
from domain.specs import CriterionSpec, RubricSpec
from tests.annotation.make import annotator_of, held
from tests.annotation.revising import assert_complete, both, shown, state_of, two_criteria
from tests.annotation.working import row
from tests.factories import LIKERT, PREFERENCE, REASONS, SLIDER, make_battle, make_project, make_response, make_rubric

pytestmark = pytest.mark.django_db
WIDER = replace(LIKERT, values=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))
REWORDED = replace(LIKERT, meaning="Does it help?")
TONE = replace(LIKERT, key="tone", name="Tone")


def version_of(campaign: Campaign, *criteria: CriterionSpec, **changes: Any) -> Rubric:
    return create_rubric(project=campaign.project, spec=replace(campaign.rubric.spec(), criteria=criteria, **changes))


def move(campaign: Campaign, to: Rubric, *, dropped: tuple[str, ...] = (), ask_again: bool = True) -> GuidelineVersion:
    comparison = compare(spec_of(campaign), to.spec())
    scope = scope_of_move(comparison, to, dropped=frozenset(dropped), ask_again=ask_again)
    done = move_to_rubric(campaign, to=to, note="Another version.", scope=scope, by=None)
    campaign.refresh_from_db()
    return done.version


def rated(n: int = 3) -> tuple[Any, Campaign]:
    """Return somebody who has rated everything on two criteria."""
    campaign = two_criteria()
    user = annotator_of(campaign)
    task = claim(user, campaign)
    for number in range(n):
        task = submit(user, held(task).token, both(2 + number, 10 * number), key=str(number)).next
    return user, campaign


def ratings(campaign: Campaign) -> set[tuple[str, float]]:
    counting = Verdict.objects.counting().on_rubric(campaign.rubric)
    return set(Score.objects.filter(verdict__in=counting).values_list("criterion__key", "value"))


# --- Comparing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (LIKERT, Change.SAME),
        (REWORDED, Change.REWORDED),
        (replace(LIKERT, anchors={1.0: "bad"}), Change.REWORDED),
        (replace(LIKERT, name="Help"), Change.REWORDED),
        (replace(LIKERT, weight=2.0), Change.REWORDED),
        (WIDER, Change.RESCALED),
        (replace(LIKERT, higher_is_better=False), Change.RESCALED),
        (replace(LIKERT, values=(), minimum=1.0, maximum=5.0), Change.RESCALED),
    ],
)
def test_ratings_carry_where_the_scale_is_the_same(after, change):
    compared = compare(RubricSpec("R", "", (LIKERT,)), RubricSpec("R", "", (after,)))
    assert [line.change for line in compared.lines] == [change]
    assert compared.lost == (frozenset({"helpfulness"}) if change is Change.RESCALED else frozenset())


def test_more_steps_of_preference_are_another_scale():
    before, after = RubricSpec("R", "", (PREFERENCE,)), RubricSpec("R", "", (replace(PREFERENCE, strengths=3),))
    assert compare(before, after).lost == {"preference"}


KEYS = st.lists(st.sampled_from("abcdef"), unique=True, min_size=1)


@given(KEYS, KEYS)
def test_every_criterion_of_both_versions_has_its_line(before, after):
    def spec(keys: list[str]) -> RubricSpec:
        return RubricSpec("R", "", tuple(replace(LIKERT, key=key) for key in keys))

    compared = compare(spec(before), spec(after))
    assert {line.key for line in compared.lines} == set(before) | set(after)
    assert compared.asked == tuple(after)
    assert compared.lost == set(before) - set(after)
    back = compare(spec(after), spec(before))
    added = {line.key for line in compared.lines if line.change is Change.ADDED}
    assert added == back.lost


# --- Going on ---------------------------------------------------------------------------------------------------------


def test_reworded_criteria_keep_their_ratings_under_the_new_version():
    _, campaign = rated()
    before = ratings(campaign)
    to = version_of(campaign, REWORDED, SLIDER)
    move(campaign, to)
    assert campaign.rubric == to
    assert Rubric.objects.get(pk=to.pk).frozen_at
    assert ratings(campaign) == before
    assert_complete(campaign)
    assert not Assignment.objects.filter(state="surplus").exists()


def test_a_changed_scale_is_asked_again_and_the_old_rating_is_missing_meanwhile():
    user, campaign = rated()
    to = version_of(campaign, WIDER, SLIDER)
    move(campaign, to)
    assert ratings(campaign) == set()
    assert row(user).done == 0
    task = claim(user, campaign)
    for number in range(3):
        task = submit(user, held(task).token, both(7, 50), key=f"again{number}").next
    assert_complete(campaign)
    assert ratings(campaign) == {("helpfulness", 7), ("fluency", 50)}
    old = [line for line in raw_answers([campaign]) if not line["counted"]]
    assert {line["why_uncounted"] for line in old} == {"revision 1"}
    assert {line["value"] for line in old if line["criterion"] == "Helpfulness"} == {2, 3, 4}


def test_what_still_holds_may_stay_without_the_rest():
    user, campaign = rated()
    to = version_of(campaign, WIDER, SLIDER, TONE)
    move(campaign, to, ask_again=False)
    assert ratings(campaign) == {("fluency", 0), ("fluency", 10), ("fluency", 20)}
    assert (Verdict.objects.counting().count(), row(user).done) == (3, 3)
    assert not Score.objects.filter(criterion__key="tone").exists()  # missing, not zero


def test_a_removed_criterion_takes_nothing_else_along():
    _, campaign = rated()
    move(campaign, version_of(campaign, SLIDER))
    assert ratings(campaign) == {("fluency", 0), ("fluency", 10), ("fluency", 20)}
    assert_complete(campaign)


def test_reworded_ratings_can_be_dropped():
    _, campaign = rated()
    to = version_of(campaign, REWORDED, SLIDER)
    comparison = compare(spec_of(campaign), to.spec())
    dropped = scope_of_move(comparison, to, dropped=frozenset({"helpfulness"}), ask_again=False)
    effect = effect_of(campaign, dropped)
    assert (effect.set_aside, effect.carried, effect.lacking) == (0, 3, 3)
    move(campaign, to, dropped=("helpfulness",), ask_again=False)
    assert {key for key, _ in ratings(campaign)} == {"fluency"}


@pytest.mark.parametrize("ask_again", [True, False])
@pytest.mark.parametrize("criteria", [(REWORDED, SLIDER), (WIDER, SLIDER), (SLIDER,), (WIDER,), (LIKERT, SLIDER, TONE)])
def test_undoing_brings_everything_back(criteria, ask_again):
    _, campaign = rated()
    first, before, said = campaign.rubric, state_of(campaign), ratings(campaign)
    version = move(campaign, version_of(campaign, *criteria), ask_again=ask_again)
    undo_revision(version, by=None)
    campaign.refresh_from_db()
    assert campaign.rubric == first
    assert state_of(campaign) == before
    assert ratings(campaign) == said
    latest = GuidelineVersion.objects.filter(campaign=campaign).order_by("-number")[0]
    assert "taken back" in latest.note  # people are told


def test_there_and_back_by_another_revision_keeps_what_never_changed():
    _, campaign = rated()
    first, said = campaign.rubric, ratings(campaign)
    move(campaign, version_of(campaign, WIDER, SLIDER), ask_again=False)
    move(campaign, first, ask_again=False)
    assert ratings(campaign) == {(key, value) for key, value in said if key == "fluency"}


def test_nothing_is_undone_once_somebody_answered_under_the_new_version():
    user, campaign = rated()
    version = move(campaign, version_of(campaign, WIDER, SLIDER))
    submit(user, held(claim(user, campaign)).token, both(7), key="new")
    with pytest.raises(NotOpen, match="1 answers were given under this version"):
        undo_revision(version, by=None)


def test_pairs_keep_their_sides_and_their_words():
    project = make_project()
    battles = [make_battle(project) for _ in range(6)]
    rubric = make_rubric(project, PREFERENCE, remarks=(REASONS,))
    campaign = open_campaign(create_campaign(project=project, rubric=rubric, name="P", items=battles, seed=1))
    user = annotator_of(campaign)
    task = claim(user, campaign)
    for number in range(6):
        answer = Submission(
            {"preference": Choice(Outcome.A, 2)}, rationale="short", confidence=4, remarks={"reasons": ["Rude"]}
        )
        task = submit(user, held(task).token, answer, key=str(number)).next
    rows = ("battle", "swapped", "scores__outcome", "scores__strength", "confidence", "rationale__text", "given_at")
    before = set(Verdict.objects.counting().values_list(*rows))
    move(campaign, version_of(campaign, replace(PREFERENCE, meaning="Overall")))
    assert set(Verdict.objects.counting().on_rubric(campaign.rubric).values_list(*rows)) == before
    assert [remark.data for verdict in Verdict.objects.counting() for remark in verdict.remarks.all()] == [["Rude"]] * 6
    assert {swapped for _, swapped, *_ in before} == {True, False}


def test_calibration_expects_nothing_on_a_scale_that_is_gone():
    _, campaign = rated()
    check = NewItem(make_response(campaign.project), role="calibration", expected={"helpfulness": 4, "fluency": 50})
    add_items(campaign, [check])
    version = move(campaign, version_of(campaign, WIDER, SLIDER))
    assert campaign.items.get(role="calibration").expected == {"fluency": 50}
    undo_revision(version, by=None)
    assert campaign.items.get(role="calibration").expected == {"helpfulness": 4, "fluency": 50}


# --- While somebody answers -------------------------------------------------------------------------------------------


def test_who_is_just_answering_sees_the_new_questions_and_keeps_what_fits(client):
    campaign = two_criteria()
    user = annotator_of(campaign)
    client.force_login(user)
    task = held(claim(user, campaign))
    save_draft(user, task.token, both(3, 44).as_json())
    move(campaign, version_of(campaign, WIDER, SLIDER, TONE))
    page = client.get(reverse("annotation:task", args=[task.token])).content.decode()
    assert "Tone" in page
    assert "44" in page
    assert "Another version." in page
    with pytest.raises(Incomplete, match="Tone"):
        submit(user, task.token, both(3, 44), key="old")
    whole = Submission({"helpfulness": Value(7), "fluency": Value(44), "tone": Value(2)})
    assert submit(user, task.token, whole, key="new").counted
    assert Verdict.objects.get().rubric == campaign.rubric


def test_an_answer_to_a_criterion_that_is_gone_is_refused_in_words():
    campaign = two_criteria()
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    move(campaign, version_of(campaign, SLIDER))
    with pytest.raises(BadAnswer, match="helpfulness"):
        submit(user, task.token, both(3, 44), key="old")
    assert not Verdict.objects.exists()


# --- What is refused --------------------------------------------------------------------------------------------------


def test_only_another_version_of_the_same_rubric_can_come(client):
    _, campaign = rated()
    with pytest.raises(NotOpen, match="another version"):
        move(campaign, make_rubric(campaign.project, LIKERT))
    with pytest.raises(NotOpen, match="another version"):
        move(campaign, campaign.rubric)
    other = make_rubric(campaign.project, LIKERT)
    client.force_login(annotator_of(campaign, role="researcher"))
    where = reverse("annotation:revise_rubric", args=[campaign.project.slug, campaign.pk, other.pk])
    assert client.get(where).status_code == 404


def test_a_closed_campaign_keeps_its_rubric():
    _, campaign = rated()
    Campaign.objects.filter(pk=campaign.pk).update(state="closed")
    with pytest.raises(NotOpen, match="closed"):
        move(campaign, version_of(campaign, REWORDED, SLIDER))


def test_the_page_says_what_differs_and_what_it_takes_back_before_it_does(client):
    _, campaign = rated()
    to = version_of(campaign, WIDER, replace(SLIDER, meaning="How it reads"), TONE)
    client.force_login(annotator_of(campaign, role="researcher"))
    where = reverse("annotation:revise_rubric", args=[campaign.project.slug, campaign.pk, to.pk])
    page = client.get(where).content.decode()
    assert "1/2/3/4/5 became 1/2/3/4/5/6/7" in page
    assert "other scale" in page
    assert "other words" in page
    sent = {"note": "Seven points, and tone.", "becomes": "ask"}
    page = client.post(where, sent | {"do": "publish"}).content.decode()
    assert "3 answers are set aside" in page
    assert Campaign.objects.get(pk=campaign.pk).rubric == campaign.rubric
    answer = client.post(where, sent | {"do": "publish", "shown": shown(page)})
    assert answer.status_code == 302
    assert Campaign.objects.get(pk=campaign.pk).rubric == to
    page = client.get(answer.url).content.decode()
    assert "rubric version 2" in page
