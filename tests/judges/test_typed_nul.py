"""A NUL in what somebody types, which PostgreSQL cannot be asked for, finds nothing and breaks nothing."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.urls import reverse

from judges.cell_filters import Wanted
from tests.factories import PREFERENCE, make_project, make_rubric, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 1)
    return project


def test_a_search_is_one_that_a_database_can_be_asked():
    assert "\0" not in Wanted.of(QueryDict("q=a%00b")).typed


def test_cells_are_asked_again_by_a_search(ada, project):
    run = make_run(make_version(project))
    response = ada.post(reverse("judges:retry_cells", args=["shop", run.pk]), {"q": "a\0b"})
    assert response.status_code == 302


def test_a_preview_of_a_prompt_that_cannot_be(ada, project):
    rubric = make_rubric(project, PREFERENCE)
    said = {
        "look": "1", "name": "Portia", "provider": "openai-responses", "model": "m", "rubric": rubric.pk,
        "reasons": "before", "max_tokens": "500", "samples": "1", "item": "a\0b",
    }  # fmt: skip
    response = ada.post(reverse("judges:new_judge", args=["shop"]), said)
    assert response.status_code == 200
    assert "There is nothing for this judge to read on the prompt" in response.content.decode()
