"""Campaigns that ask for remarks, and a mark in what they ask about."""

from __future__ import annotations

from typing import Any

from annotation.services import create_campaign, open_campaign
from domain.specs import RemarkSpec
from tests.factories import LIKERT, make_project, make_response, make_rubric

TEXT = "Lima is **not** the 😀 capital."  # rendered: Lima is not the 😀 capital.
NOT = {"start": 8, "end": 11, "text": "not", "category": "Accuracy", "severity": "major"}


def campaign_with(*remarks: RemarkSpec, **fields: Any):
    project = make_project()
    response = make_response(project, content=TEXT)
    rubric = make_rubric(project, LIKERT, remarks=remarks)
    return open_campaign(create_campaign(project=project, rubric=rubric, name="Remarks", items=[response], **fields))
