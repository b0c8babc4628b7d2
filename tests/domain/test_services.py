"""The one door for verdicts."""

from __future__ import annotations

import pytest

from domain.choices import Choice, Outcome, Reason, Unscored, Value
from domain.models import Rubric, Score, Verdict
from domain.services import Draft, OccasionTaken, OffScale, battle_between, record_verdict, record_verdicts
from tests.factories import (
    LIKERT,
    PREFERENCE,
    REASONS,
    SLIDER,
    make_battle,
    make_project,
    make_prompt,
    make_rater,
    make_response,
    make_rubric,
)

pytestmark = pytest.mark.django_db


def pairwise():
    battle = make_battle()
    return battle, make_rubric(battle.project, PREFERENCE), make_rater(battle.project)


def draft_about(battle, rater, outcome=Outcome.A, **changes):
    fields = {"rater_id": rater.pk, "battle_id": battle.pk, "occasion": "test:1"}
    return Draft(**fields | {"answers": {"preference": Choice(outcome, 2)}} | changes)


@pytest.mark.parametrize(
    ("shown_swapped", "chosen", "outcome"),
    [(False, Outcome.A, "A"), (True, Outcome.A, "B"), (False, Outcome.B, "B"), (True, Outcome.B, "A")],
)
def test_the_side_a_rater_saw_is_turned_back(shown_swapped, chosen, outcome):
    battle, rubric, rater = pairwise()
    draft = draft_about(battle, rater, chosen, shown_swapped=shown_swapped)
    single = record_verdict(project=battle.project, rubric=rubric, draft=draft).verdict
    [bulk_id] = record_verdicts(
        project=battle.project,
        rubric=rubric,
        drafts=[draft_about(battle, rater, chosen, shown_swapped=shown_swapped, occasion="test:2")],
    )
    assert bulk_id is not None
    for verdict in (single, Verdict.objects.get(pk=bulk_id)):
        score = verdict.scores.get()
        assert (verdict.swapped, score.outcome, score.strength) == (shown_swapped, outcome, 2)


@pytest.mark.parametrize("outcome", [Outcome.TIE, Outcome.BOTH_BAD])
def test_a_tie_and_both_bad_stay_apart_and_have_no_side(outcome):
    battle, rubric, rater = pairwise()
    draft = draft_about(battle, rater, answers={"preference": Choice(outcome)}, shown_swapped=True)
    assert record_verdict(project=battle.project, rubric=rubric, draft=draft).verdict.scores.get().outcome == outcome


def test_the_same_answer_twice_is_one_verdict():
    battle, rubric, rater = pairwise()
    first = record_verdict(project=battle.project, rubric=rubric, draft=draft_about(battle, rater))
    second = record_verdict(project=battle.project, rubric=rubric, draft=draft_about(battle, rater))
    assert (first.is_new, second.is_new, first.verdict) == (True, False, second.verdict)
    assert Verdict.objects.count() == 1


def test_another_answer_on_the_same_occasion_is_refused():
    battle, rubric, rater = pairwise()
    record_verdict(project=battle.project, rubric=rubric, draft=draft_about(battle, rater))
    with pytest.raises(OccasionTaken, match="test:1"):
        record_verdict(project=battle.project, rubric=rubric, draft=draft_about(battle, rater, Outcome.B))


def test_a_later_answer_can_supersede_and_the_earlier_stays_on_record():
    battle, rubric, rater = pairwise()
    first = record_verdict(project=battle.project, rubric=rubric, draft=draft_about(battle, rater)).verdict
    second = record_verdict(
        project=battle.project, rubric=rubric, draft=draft_about(battle, rater, Outcome.B), supersedes=first
    ).verdict
    first.refresh_from_db()
    assert (first.counted, second.counted, second.supersedes) == (False, True, first)
    assert list(Verdict.objects.counting()) == [second]


def test_no_answer_is_kept_with_its_reason_and_enters_no_number():
    battle, rubric, rater = pairwise()
    draft = draft_about(battle, rater, answers=Unscored(Reason.REFUSED, "content policy"), rationale="I cannot")
    verdict = record_verdict(project=battle.project, rubric=rubric, draft=draft).verdict
    assert (verdict.unscored_reason, verdict.scores.count(), verdict.rationale.text) == ("refused", 0, "I cannot")
    assert not Verdict.objects.counting().exists()
    assert Verdict.objects.planned().count() == 1


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({}, "no criterion is answered"),
        ({"style": Value(3)}, "no criterion 'style'"),
        ({"helpfulness": Value(6)}, "6 is not one of 1, 2, 3, 4, 5"),
        ({"helpfulness": Value(float("nan"))}, "nan is not one of"),
        ({"helpfulness": Choice(Outcome.A)}, "takes a number"),
        ({"fluency": Value(101)}, "101 is not between 0 and 100"),
    ],
)
def test_an_answer_off_the_scale_names_criterion_value_and_scale(answers, message):
    response = make_response()
    rubric = make_rubric(response.project, LIKERT, SLIDER)
    draft = Draft(rater_id=make_rater(response.project).pk, answers=answers, occasion="t:1", response_id=response.pk)
    for record in (
        lambda: record_verdict(project=response.project, rubric=rubric, draft=draft),
        lambda: record_verdicts(project=response.project, rubric=rubric, drafts=[draft]),
    ):
        with pytest.raises(OffScale, match=message):
            record()
    assert not Verdict.objects.exists()


def test_bulk_recording_skips_occasions_that_have_their_verdict():
    response = make_response()
    rubric, rater = make_rubric(response.project, LIKERT), make_rater(response.project)
    drafts = [
        Draft(
            rater_id=rater.pk,
            answers={"helpfulness": Value(number)},
            occasion=f"t:{number}",
            response_id=response.pk,
            rationale=f"because {number}",
        )
        for number in (1, 2, 3)
    ]
    first = record_verdicts(project=response.project, rubric=rubric, drafts=drafts[:2])
    second = record_verdicts(project=response.project, rubric=rubric, drafts=drafts)
    assert second[:2] == [None, None]
    assert Verdict.objects.count() == Score.objects.count() == 3
    assert {*first, second[2]} == set(Verdict.objects.values_list("pk", flat=True))
    assert Verdict.objects.get(occasion="t:3").rationale.text == "because 3"


def test_the_first_verdict_freezes_the_rubric():
    battle, rubric, rater = pairwise()
    record_verdict(project=battle.project, rubric=rubric, draft=draft_about(battle, rater))
    assert Rubric.objects.get(pk=rubric.pk).frozen_at is not None


def test_one_battle_stands_for_both_orders_of_a_pair():
    prompt = make_prompt(make_project())
    first, second = make_response(prompt=prompt), make_response(prompt=prompt)
    assert battle_between(first, second) == battle_between(second, first)


def test_remarks_are_recorded_by_either_door_and_only_those_that_the_rubric_asks_for():
    response = make_response()
    rubric, rater = make_rubric(response.project, LIKERT, remarks=(REASONS,)), make_rater(response.project)

    def draft(occasion, **remarks):
        answers = {"helpfulness": Value(4)}
        return Draft(rater_id=rater.pk, response_id=response.pk, answers=answers, occasion=occasion, remarks=remarks)

    single = record_verdict(project=response.project, rubric=rubric, draft=draft("test:1", reasons=["Rude"])).verdict
    record_verdicts(project=response.project, rubric=rubric, drafts=[draft("test:2", reasons=["Wrong"])])
    assert single.remarks.get().data == ["Rude"]
    assert Verdict.objects.get(occasion="test:2").remarks.get().data == ["Wrong"]
    with pytest.raises(OffScale, match="no remark 'mood'; it has reasons"):
        record_verdicts(project=response.project, rubric=rubric, drafts=[draft("test:3", mood="good")])
    assert Verdict.objects.count() == 2


def test_many_answers_can_take_the_place_of_earlier_ones_at_once():
    battle, rubric, rater = pairwise()
    kept, gone = (draft_about(battle, rater, occasion=f"test:{n}") for n in (1, 2))
    record_verdicts(project=battle.project, rubric=rubric, drafts=[kept, gone])
    earlier = {verdict.occasion: verdict.pk for verdict in Verdict.objects.all()}
    later = draft_about(battle, rater, Outcome.B, occasion="test:1")
    [second] = record_verdicts(project=battle.project, rubric=rubric, drafts=[later], supersedes=earlier)
    counted = Verdict.objects.get(counted=True)
    assert counted.pk == second
    assert counted.supersedes_id == earlier["test:1"]
    assert record_verdicts(project=battle.project, rubric=rubric, drafts=[later]) == [None]
