"""Boards of a project that are corrected for style and position."""

from __future__ import annotations

import json
from itertools import count

import pytest
from django.core.management import call_command

from domain.choices import Choice, Outcome
from domain.services import Draft, record_verdict
from tests.factories import PREFERENCE, make_battle, make_project, make_rater, make_rubric

pytestmark = pytest.mark.django_db

_occasions = count(1)


def test_a_project_knows_the_style_and_the_display_of_its_battles(capsys):
    project = make_project(slug="trial")
    rubric, rater = make_rubric(project, PREFERENCE), make_rater(project, "Ada")
    for place in range(40):
        battle = make_battle(project)
        for side, length in ((battle.response_a, 100 + 7 * (place % 5)), (battle.response_b, 120 + 5 * (place % 7))):
            type(side).objects.filter(pk=side.pk).update(characters=length, headers=0, list_items=0, bold_spans=0)
        draft = Draft(
            rater_id=rater.pk,
            answers={"preference": Choice(Outcome.A if place % 3 else Outcome.B)},
            occasion=f"test:{next(_occasions)}",
            battle_id=battle.pk,
            shown_swapped=bool(place % 2),
        )
        record_verdict(project=project, rubric=rubric, draft=draft)
    call_command("leaderboard", "trial", "--style", "--position", "--json")
    board = json.loads(capsys.readouterr().out)
    assert board["style"]["n"] == 40
    assert board["style"]["features"][0]["coefficient"] is not None
    assert board["style"]["features"][1]["reason"] == "no_variance"
    assert [(one["rater"], one["n"]) for one in board["position"]["raters"]] == [("Ada", 40)]
    call_command("leaderboard", "trial", "--method", "length-controlled", "--baseline", "Ash", "--json")
    rates = json.loads(capsys.readouterr().out)["length_control"]["rates"]
    assert [(one["system"], one["n"]) for one in rates] == [("Birch", 40)]
