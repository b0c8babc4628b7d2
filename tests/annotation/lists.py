"""Campaigns that ask for a ranking of a list, and answers to them."""

from __future__ import annotations

from typing import Any

from annotation.answers import Submission
from annotation.listings import Listing
from annotation.material import LABELS
from annotation.models import Campaign
from annotation.services import create_campaign, open_campaign
from tests.factories import PREFERENCE, make_project, make_prompt, make_response, make_rubric


def listed_campaign(n=4, lists=1, criterion=PREFERENCE, **changes: Any):
    project = make_project()
    items = []
    for number in range(lists):
        prompt = make_prompt(project, f"Question {number}?")
        answers = [make_response(prompt=prompt, system=f"System {at}", content=f"Text {at}.") for at in range(n)]
        items.append(Listing(prompt.pk, tuple(answer.pk for answer in answers)))
    rubric = make_rubric(project, criterion)
    fields: dict[str, Any] = {"task": Campaign.Task.RANKING, "name": "Order", "items": items, "seed": 1} | changes
    return open_campaign(create_campaign(project=project, rubric=rubric, **fields))


def ranking(places, **fields):
    return Submission(ranks=dict(zip(LABELS, places, strict=False)), **fields)
