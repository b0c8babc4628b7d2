"""Which rubrics a new campaign offers: those of metrics are not for people."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotation.rubrics import rubrics_for_people
from domain.choices import Value
from domain.services import Draft, record_verdict
from tests.factories import LIKERT, make_project, make_rater, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db


def test_rubrics_that_metrics_have_used_are_not_offered(client):
    owner = make_user()
    project = make_project(owner=owner)
    fresh, judged, measured = (make_rubric(project, LIKERT, name=name) for name in ("Fresh", "Judged", "BLEU"))
    response = make_response(project)
    raters: list[tuple[Any, str]] = [(judged, "judge"), (measured, "metric")]
    for rubric, kind in raters:
        rater = make_rater(project, kind=kind)
        said = Draft(rater.pk, {LIKERT.key: Value(3)}, response_id=response.pk, occasion=f"by:{kind}")
        record_verdict(project=project, rubric=rubric, draft=said)
    assert set(rubrics_for_people(project)) == {fresh, judged}
    client.force_login(owner)
    page = client.get(reverse("annotation:new_campaign", args=[project.slug])).content.decode()
    assert "Judged" in page
    assert "BLEU" not in page
    sent = {"name": "Round 1", "rubric": measured.pk, "overlap": 1, "seed": 1}
    assert client.post(reverse("annotation:new_campaign", args=[project.slug]), sent).status_code == 422
