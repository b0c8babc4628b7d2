"""Remarks with a known answer: places that must be marked, reasons that must be ticked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotation.answers import Submission
from annotation.calibration import read_items
from annotation.models import Campaign
from annotation.quality.remarks import expected_remark, meets_remark
from annotation.services import claim, create_campaign, open_campaign, submit
from domain.choices import Value
from domain.services import create_rubric
from domain.specs import RemarkForm, RemarkSpec, RubricSpec
from tests.annotation.make import annotator_of, held
from tests.annotation.quality.make import CHECKS
from tests.factories import LIKERT, make_project, make_response

ERRORS = RemarkSpec("errors", "Errors", form=RemarkForm.SPANS, options=("fact",))
REASONS = RemarkSpec("reasons", "Reasons", form=RemarkForm.TAGS, options=("wrong", "rude"))


def mark(start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": "x" * (end - start), "category": "fact", "severity": None}


def test_a_quoted_place_must_be_touched_by_a_mark() -> None:
    wanted = expected_remark(ERRORS, ["in 1815"], "It was sunk in 1815, they say.")
    assert wanted == {"marks": [[12, 19, "in 1815"]]}
    assert meets_remark(wanted, [mark(0, 3), mark(15, 25)])
    assert not meets_remark(wanted, [mark(0, 12), mark(19, 25)])
    assert not meets_remark(wanted, None)


def test_a_reason_must_be_ticked_and_others_may() -> None:
    wanted = expected_remark(REASONS, ["wrong"], None)
    assert meets_remark(wanted, ["rude", "wrong"])
    assert not meets_remark(wanted, ["rude"])


@pytest.mark.parametrize(
    ("spec", "wanted", "says"),
    [
        (ERRORS, ["in 1915"], "does not say 'in 1915'"),
        (ERRORS, [], "quote what must be marked"),
        (REASONS, ["late"], "'late' is none of wrong, rude"),
        (RemarkSpec("why", "Why"), ["because"], "words cannot"),
    ],
)
def test_a_remark_that_cannot_be_expected_is_refused(spec: RemarkSpec, wanted: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        expected_remark(spec, wanted, "It was sunk in 1815.")


@pytest.mark.django_db
def test_a_mark_that_misses_the_known_error_fails_the_check() -> None:
    project = make_project()
    spec = RubricSpec("With marks", "", (LIKERT,), (ERRORS,))
    rubric, asked = create_rubric(project=project, spec=spec), make_response(project, system="Ash", content="One.")
    known = make_response(project, system="Ash", content="It was **sunk** in 1815, they say.")
    row = {"prompt": known.prompt.external_id, "system": "Ash", "values": {"helpfulness": 2}}
    items = read_items(json.dumps(row | {"remarks": {"errors": ["in 1815"]}}), project, rubric)
    made = create_campaign(project=project, rubric=rubric, name="Marks", items=[asked, *items], seed=1)
    Campaign.objects.filter(pk=made.pk).update(quality=CHECKS)
    campaign = open_campaign(made)
    for marks, passed in (([], False), ([mark(12, 19) | {"text": "in 1815"}], True)):
        user = annotator_of(campaign)
        task = held(claim(user, campaign))
        said = Submission({"helpfulness": Value(2)}, remarks={"errors": marks} if marks else {})
        assert submit(user, str(task.token), said, key="1").task.passed is passed
