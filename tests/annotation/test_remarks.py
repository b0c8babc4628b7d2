"""Remarks of an answer: asked for, checked, recorded, and back in the draft."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from annotation.answers import Submission, as_sent, from_form, from_json
from annotation.errors import BadAnswer, Incomplete
from annotation.services import claim, create_campaign, open_campaign, save_draft, submit
from domain.choices import Value
from domain.models import Verdict
from domain.rendering import render_missing
from domain.specs import RemarkForm, RemarkSpec, RubricSpec
from tests.annotation.api import Api, claimed
from tests.annotation.make import annotator_of, direct_campaign, held, pairwise_campaign, value
from tests.annotation.remarking import NOT, TEXT, campaign_with
from tests.annotation.statements import counted
from tests.factories import ERRORS, LIKERT, PREFERENCE, REASONS, make_project, make_response, make_rubric

WORDS = RemarkSpec("words", "In your words", form=RemarkForm.TEXT)
SPEC = RubricSpec("Quality", "", (LIKERT,), (REASONS, WORDS, ERRORS))
FACE = {"start": 16, "end": 17, "text": "😀", "category": "Style", "severity": "minor"}


def form(**fields: str) -> dict[str, str]:
    return {"answer-helpfulness": "4", "remark-reasons.0": "1", "remark-reasons.2": "1"} | fields


def test_a_form_and_json_say_the_same():
    fields = form(**{"remark-words": " why ", "remark-errors": json.dumps([NOT])})
    from_fields = from_form(fields, SPEC, "direct")
    body = {"answers": {"helpfulness": 4}, "remarks": {"reasons": ["Wrong", "Rude"], "words": "why", "errors": [NOT]}}
    assert from_fields == from_json(body, SPEC, "direct")
    assert from_json(from_fields.as_json(), SPEC, "direct") == from_fields
    assert from_fields.remarks["reasons"] == ["Wrong", "Rude"]


def test_what_a_refused_form_said_stays():
    sent = as_sent(form(**{"remark-words": "why", "remark-errors": json.dumps([NOT]), "answer-helpfulness": "x"}), SPEC)
    assert sent["remarks"] == {"reasons": ["Wrong", "Rude"], "words": "why", "errors": [NOT]}
    assert sent["answers"] == {"helpfulness": "x"}
    assert as_sent(form(**{"remark-errors": "[{"}), SPEC)["remarks"]["errors"] is None


@pytest.mark.parametrize(
    ("body", "task", "says"),
    [
        ({"remarks": {"mood": "good"}}, "direct", "no remark 'mood'; the rubric has reasons, words, errors"),
        ({"remarks": []}, "direct", None),
        ({"remarks": [1]}, "direct", "send an object"),
        ({"remarks": {"reasons": ["Right"]}}, "direct", "is not known"),
        ({"ranks": {"A": 1}}, "direct", "unknown field 'ranks'"),
        ({"best": "A"}, "ranking", "unknown field 'best'"),
        ({"answers": {"helpfulness": 4}}, "ranking", "unknown field 'answers'"),
        ({"ranks": {"I": 1}}, "ranking", "not the letter of a response"),
        ({"ranks": {"AB": 1}}, "ranking", "not the letter of a response"),
        ({"ranks": {"A": 0}}, "ranking", "whole number from 1 to 8"),
        ({"ranks": {"A": None}}, "ranking", "whole number from 1 to 8"),
        ({"ranks": {"A": True}}, "ranking", "whole number from 1 to 8"),
        ({"best": ["A"]}, "best_worst", "not the letter of a response"),
    ],
)
def test_json_is_read_strictly_for_what_the_campaign_asks(body, task, says):
    if says is None:
        assert not from_json(body, SPEC, task).remarks
        return
    with pytest.raises(BadAnswer, match=says):
        from_json(body, SPEC, task)


def test_an_answer_with_other_remarks_is_another_answer():
    plain, with_words = value(), value(remarks={"words": "why"})
    assert plain.body_hash() != with_words.body_hash()


@pytest.mark.django_db
def test_remarks_are_recorded_and_marks_lie_in_the_rendered_text():
    campaign = campaign_with(REASONS, WORDS, ERRORS)
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    remarks = {"reasons": ["Wrong"], "words": "Not so.", "errors": [NOT, FACE]}
    submit(user, token, value(remarks=remarks), key="1")
    assert {one.field.key: one.data for one in Verdict.objects.get().remarks.all()} == remarks


@pytest.mark.django_db
@pytest.mark.parametrize(
    "mark", [NOT | {"start": 9, "end": 12}, NOT | {"text": "now"}, FACE | {"start": 500, "end": 501}]
)
def test_a_mark_that_lies_elsewhere_is_refused(mark):
    campaign = campaign_with(ERRORS)
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    with pytest.raises(BadAnswer, match="but there the answer says"):
        submit(user, token, value(remarks={"errors": [mark]}), key="1")
    assert not Verdict.objects.exists()


@pytest.mark.django_db
def test_no_marks_in_a_pair():
    project = make_project()
    campaign = pairwise_campaign(1, project=project, rubric=make_rubric(project, PREFERENCE, remarks=(ERRORS,)))
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    sent = from_json(
        {"answers": {"preference": "tie"}, "remarks": {"errors": [NOT]}}, campaign.rubric.spec(), "pairwise"
    )
    with pytest.raises(BadAnswer, match="where one response is rated"):
        submit(user, token, sent, key="1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asks", "sent", "error", "says"),
    [
        ({"confidence": "required"}, {}, Incomplete, "how sure you are"),
        ({"rationale": "required"}, {"confidence": 3}, Incomplete, "why"),
        ({"confidence": "hidden"}, {"confidence": 3}, BadAnswer, "does not ask for it"),
        ({"rationale": "hidden"}, {"rationale": "so"}, BadAnswer, "does not ask for it"),
        ({}, {"remarks": {}}, Incomplete, "Reasons"),
    ],
)
def test_a_campaign_gets_what_it_requires_and_nothing_that_it_hides(asks, sent, error, says):
    campaign = campaign_with(replace(REASONS, required=not asks), **asks)
    user = annotator_of(campaign)
    token = str(held(claim(user, campaign)).token)
    with pytest.raises(error, match=says):
        submit(user, token, Submission({"helpfulness": Value(4)}, **sent), key="1")
    assert not Verdict.objects.exists()


@pytest.mark.django_db
def test_marks_cost_two_statements_however_many_and_a_submit_stays_within_twelve():
    project = make_project()
    render_missing([TEXT])  # as the import did
    rubric = make_rubric(project, LIKERT, remarks=(ERRORS,))
    responses = [make_response(project, content=TEXT) for _ in range(5)]
    campaign = open_campaign(create_campaign(project=project, rubric=rubric, name="Marks", items=responses))
    user = annotator_of(campaign)
    task = held(submit(user, str(held(claim(user, campaign)).token), value(), key="0").next)
    counts = []
    for number, remarks in enumerate([{}, {"errors": [NOT]}, {"errors": [NOT, FACE]}]):
        outcome, count = counted(submit, user, str(task.token), value(remarks=remarks), key=str(number + 1))
        task = held(outcome.next)
        counts.append(count)
    assert counts[1] == counts[2] == counts[0] + 2 <= 12


@pytest.mark.django_db
def test_a_draft_brings_remarks_back_onto_the_page():
    campaign = campaign_with(REASONS, WORDS, ERRORS)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    save_draft(user, str(task.token), {"remarks": {"reasons": ["Rude"], "words": "<b>why", "errors": [NOT]}})
    browser = Client()
    browser.force_login(user)
    page = browser.get(reverse("annotation:task", args=[task.token])).content.decode()
    assert 'name="remark-reasons.2" value="1" data-tag="3" checked' in page
    assert "&lt;b&gt;why</textarea>" in page
    assert "&quot;text&quot;: &quot;not&quot;" in page
    assert page.index('name="remark-errors"') < page.index("answer-helpfulness") < page.index("remark-reasons.0")


@pytest.mark.django_db
def test_a_refused_page_shows_what_is_missing_and_keeps_the_rest():
    campaign = campaign_with(replace(REASONS, required=True), WORDS)
    user = annotator_of(campaign)
    address = reverse("annotation:task", args=[held(claim(user, campaign)).token])
    browser = Client()
    browser.force_login(user)
    answer = browser.post(address, {"answer-helpfulness": "4", "remark-words": "why", "key": "1"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Not answered yet: Reasons." in page
    assert "remark-tags missing-answer" in page
    assert ">why</textarea>" in page


@pytest.mark.django_db
def test_who_works_through_the_api_is_told_what_to_send_and_where_marks_count():
    campaign = campaign_with(REASONS, ERRORS, confidence="required")
    api = Api(annotator_of(campaign))
    task = claimed(campaign, api)
    assert task["task"] == "direct"
    assert task["asks"] == {"confidence": "required", "rationale": "optional"}
    assert task["marked_text"] == "Lima is not the 😀 capital.\n"
    assert [remark["key"] for remark in task["rubric"]["remarks"]] == ["reasons", "errors"]
    assert task["rubric"]["remarks"][1]["severities"] == ["minor", "major"]
    body = {"answers": {"helpfulness": 4}, "confidence": 5, "remarks": {"errors": [NOT]}}
    sent = api.post(f"assignments/{task['token']}/submit/", body, **{"Idempotency-Key": "1"})
    assert sent.status_code == 200
    assert Verdict.objects.get().remarks.get().data == [NOT]


@pytest.mark.django_db
def test_a_card_without_remarks_is_as_it_was():
    campaign = direct_campaign(1)
    user = annotator_of(campaign)
    browser = Client()
    browser.force_login(user)
    page = browser.get(reverse("annotation:task", args=[held(claim(user, campaign)).token])).content.decode()
    assert "data-remark" not in page
    assert "mark-dialog" not in page
