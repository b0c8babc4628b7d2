"""One outline for who reads by headings: the campaign, the prompt, each answer, and what these hold below them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from django.urls import reverse

from annotation.listings import Listing
from annotation.services import claim, create_campaign, open_campaign
from domain.services import battle_between
from tests.annotation.make import annotator_of, held
from tests.factories import LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric

pytestmark = pytest.mark.django_db
TEXT = "# Lima\n\n## Why\n\nIt is.\n\n### Source\n\nAn atlas."


@pytest.mark.parametrize("task", ["direct", "pairwise", "ranking", "best_worst"])
def test_headings_of_texts_stand_below_the_names_of_the_answers(client, task):
    project = make_project()
    prompt = make_prompt(project, "# A question\n\nWhat is the capital of Peru?")
    first, second = (make_response(prompt=prompt, system=system, content=TEXT) for system in ("Ash", "Birch"))
    kinds = {"direct": first, "pairwise": battle_between(first, second)}
    rubric = make_rubric(project, LIKERT if task == "direct" else PREFERENCE)
    items: list[Any] = [kinds.get(task) or Listing(prompt.pk, (first.pk, second.pk))]
    campaign = create_campaign(project=project, rubric=rubric, name="Outline", task=task, items=items)
    user = annotator_of(open_campaign(campaign))
    client.force_login(user)
    page = client.get(reverse("annotation:task", args=[held(claim(user, campaign)).token])).content.decode()
    read = page[: page.index('id="answer-form"')]  # the questions and dialogs follow
    levels = [int(level) for level in re.findall(r"<h([1-6])", read)]
    assert page.count("<h1") == 1
    assert levels[:3] == [1, 2, 3]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    answers = 1 if task == "direct" else 2
    assert levels.count(2) == 1 + answers
    assert levels[-3:] == [3, 4, 5]
