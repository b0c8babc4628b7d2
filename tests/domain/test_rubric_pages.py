"""A rubric is written in the browser: kept as it was typed, refused with a reason, changed by a new version."""

from __future__ import annotations

from html import unescape

import pytest

from domain.choices import Outcome, Value
from domain.models import Rubric
from domain.remark_forms import ERRORS, REASONS
from domain.services import Draft, record_verdict
from domain.specs import RemarkForm, RemarkSpec
from tests.domain.visiting import url
from tests.factories import LIKERT, make_rater, make_response, make_rubric

pytestmark = pytest.mark.django_db

CRITERION = {
    "criterion-TOTAL_FORMS": "1",
    "criterion-INITIAL_FORMS": "0",
    "criterion-0-name": "Helpfulness",
    "criterion-0-meaning": "Does it help?",
    "criterion-0-level": "ordinal",
    "criterion-0-scale": "1 to 5",
    "criterion-0-anchors": "1 = useless\n5 = solves it",
    "criterion-0-weight": "1",
    "criterion-0-higher_is_better": "on",
    "remark-TOTAL_FORMS": "0",
    "remark-INITIAL_FORMS": "0",
}
RUBRIC = {"name": "Quality", "instructions": "Read all of it.", **CRITERION}


def test_a_rubric_is_written_as_it_was_typed(ada, project):
    ada.post(url("new_rubric", project), RUBRIC)
    spec = Rubric.objects.get(project=project).spec()
    assert (spec.name, spec.instructions) == ("Quality", "Read all of it.")
    (criterion,) = spec.criteria
    assert criterion.values == (1, 2, 3, 4, 5)
    assert criterion.anchors == {1: "useless", 5: "solves it"}


def test_a_rubric_for_pairs_offers_what_was_ticked(ada, project):
    sent = {"name": "Better", "instructions": "", "criterion-TOTAL_FORMS": "1", "criterion-INITIAL_FORMS": "0"}
    sent |= {
        "remark-TOTAL_FORMS": "0",
        "remark-INITIAL_FORMS": "0",
        "criterion-0-name": "Overall",
        "criterion-0-meaning": "",
        "criterion-0-strengths": "2",
        "criterion-0-tie": "on",
    }
    ada.post(url("new_rubric", project) + "?kind=choice", sent)
    (criterion,) = Rubric.objects.get(project=project).spec().criteria
    assert criterion.outcomes == (Outcome.A, Outcome.B, Outcome.TIE)
    assert criterion.strengths == 2


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("criterion-0-scale", "good to bad", "is not a scale; write it as 1 to 5"),
        ("criterion-0-scale", "5 to 1", "is not below the second"),
        ("criterion-0-scale", "0 to 100", "at most 21"),
        ("criterion-0-scale", "3", "A scale has 2 to 21 points; this one has 1"),
        ("criterion-0-scale", "nan, 1, 2", "is not a scale"),
        ("criterion-0-anchors", "7 = too much", "does not say what a number of the scale means"),
        ("criterion-0-weight", "-1", "greater than or equal to 0"),
        ("criterion-0-name", "", "This field is required"),
        ("criterion-TOTAL_FORMS", "0", "A rubric needs at least one criterion"),
        ("name", "", "This field is required"),
    ],
)
def test_a_bad_rubric_says_why_and_is_not_saved(ada, project, field, value, says):
    answer = ada.post(url("new_rubric", project), {**RUBRIC, field: value})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Rubric.objects.exists()


def test_two_criteria_of_one_name_are_refused(ada, project):
    second = {key.replace("-0-", "-1-"): value for key, value in CRITERION.items() if "-0-" in key}
    answer = ada.post(url("new_rubric", project), {**RUBRIC, **second, "criterion-TOTAL_FORMS": "2"})
    assert "Two criteria have the same name: helpfulness" in answer.content.decode()


def test_adding_a_criterion_keeps_what_was_typed_and_complains_about_nothing(ada, project):
    answer = ada.post(url("new_rubric", project), {**RUBRIC, "name": "", "criterion-0-scale": "1 to", "add": "1"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'value="1 to"' in text
    assert "Criterion 2" in text
    assert 'class="errors"' not in text


REMARK = {
    "remark-TOTAL_FORMS": "1",
    "remark-0-name": "Errors",
    "remark-0-meaning": "Mark them.",
    "remark-0-form": "spans",
    "remark-0-options": "Accuracy\r\nStyle\r\n",
    "remark-0-severities": "minor = 1\r\nmajor = 5",
    "remark-0-asked_first": "on",
}


def test_what_is_asked_beside_the_criteria_is_written_and_shown(ada, project):
    ada.post(url("new_rubric", project), {**RUBRIC, **REMARK})
    rubric = Rubric.objects.get(project=project)
    assert rubric.spec().remarks == (
        RemarkSpec(
            "errors",
            "Errors",
            "Mark them.",
            RemarkForm.SPANS,
            ("Accuracy", "Style"),
            {"minor": 1.0, "major": 5.0},
            asked_first=True,
        ),
    )
    shown = ada.get(url("rubric", project, rubric.pk)).content.decode()
    assert "Accuracy · Style" in shown
    assert "major counts 5" in shown
    assert "minor = 1\nmajor = 5" in ada.get(url("new_version", project, rubric.pk)).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("remark-0-name", "", "This field is required"),
        ("remark-0-options", "", "Write 1 to 20, one a line; these are 0"),
        ("remark-0-options", "Style\nStyle", "stands there twice"),
        ("remark-0-options", "x" * 61, "has 61 characters; 60 fit"),
        ("remark-0-options", "a\x07b", "control character"),
        ("remark-0-severities", "minor", "is no severity with a weight of 0 or more: minor = 1"),
        ("remark-0-severities", "minor = -1", "is no severity"),
        ("remark-0-severities", "minor = nan", "is no severity"),
        ("remark-0-severities", "a = 1\nb = 2\nc = 3\nd = 4\ne = 5", "At most 4"),
        ("remark-0-form", "tags", "Only marked places have severities"),
        ("remark-0-form", "text", "Words of their own have no options"),
        ("remark-TOTAL_FORMS", "11", "Please submit at most 10"),
    ],
)
def test_a_bad_remark_says_why_and_is_not_saved(ada, project, field, value, says):
    answer = ada.post(url("new_rubric", project), {**RUBRIC, **REMARK, field: value})
    assert answer.status_code == 422
    assert says in unescape(answer.content.decode())
    assert not Rubric.objects.exists()


def test_no_places_are_marked_where_two_responses_are_compared(ada, project):
    sent = {**RUBRIC, **REMARK, "criterion-0-strengths": "2"}
    answer = ada.post(url("new_rubric", project) + "?kind=choice", sent)
    assert "Select a valid choice. spans is not one of the available choices" in answer.content.decode()


def test_a_preset_brings_error_spans_with_a_score_that_can_be_saved_as_it_is(ada, project):
    blank = {**RUBRIC, "criterion-0-name": ""}
    text = ada.post(url("new_rubric", project), {**blank, "add": "errors"}).content.decode()
    assert 'value="Errors"' in text
    assert 'value="Overall quality"' in text
    assert "Criterion 2" not in text
    text = ada.post(url("new_rubric", project), {**RUBRIC, "add": "reasons"}).content.decode()
    assert 'value="Reasons"' in text
    assert 'value="Helpfulness"' in text
    for preset in (REASONS, ERRORS):
        row = {f"remark-0-{name}": value for name, value in preset.items()}
        ada.post(url("new_rubric", project), {**RUBRIC, "remark-TOTAL_FORMS": "1", **row, "name": preset["name"]})
        assert Rubric.objects.get(name=preset["name"]).remark_fields.count() == 1


def test_a_change_of_a_rubric_is_a_new_version(ada, project):
    first = make_rubric(project, LIKERT, name="Quality")
    shown = ada.get(url("new_version", project, first.pk)).content.decode()
    assert 'value="1 to 5"' in shown
    assert "5 = solves it" in shown
    ada.post(url("new_version", project, first.pk), {**RUBRIC, "name": "Another", "criterion-INITIAL_FORMS": "1"})
    second = Rubric.objects.get(version=2)
    assert second.name == "Quality"
    assert second.criteria.get().meaning == "Does it help?"
    assert first.criteria.get().meaning == ""


def test_a_new_version_may_leave_a_criterion_out(ada, project):
    first = make_rubric(project, LIKERT)
    sent = {**RUBRIC, "criterion-INITIAL_FORMS": "1", "criterion-0-DELETE": "on"}
    answer = ada.post(url("new_version", project, first.pk), sent)
    assert "A rubric needs at least one criterion" in answer.content.decode()


def test_a_used_rubric_says_that_it_is_frozen(ada, project):
    rubric, response = make_rubric(project, LIKERT), make_response(project)
    assert "Frozen since" not in ada.get(url("rubric", project, rubric.pk)).content.decode()
    draft = Draft(make_rater(project).pk, {"helpfulness": Value(4)}, "import:1:1", response_id=response.pk)
    record_verdict(project=project, rubric=rubric, draft=draft)
    assert "Frozen since" in ada.get(url("rubric", project, rubric.pk)).content.decode()
