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


def test_a_board_of_preferences_reads_what_a_judge_gave_each_side(capsys):
    project = make_project(slug="trial")
    rubric, rater = make_rubric(project, PREFERENCE), make_rater(project, "Ada")
    shown = [(0.9, False), (0.2, True), (None, False)]  # the chance of the response shown first, and whether Birch was
    for chance, swapped in shown:
        outcome = Outcome.A if chance is None or chance > 0.5 else Outcome.B
        draft = Draft(
            rater_id=rater.pk,
            answers={"preference": Choice(outcome, chance=chance)},
            occasion=f"test:{next(_occasions)}",
            battle_id=make_battle(project).pk,
            shown_swapped=swapped,
        )
        record_verdict(project=project, rubric=rubric, draft=draft)
    call_command("leaderboard", "trial", "--method", "mean-preference", "--baseline", "Birch", "--json")
    board = json.loads(capsys.readouterr().out)
    rows = {row["system"]: row for row in board["rows"]}
    assert rows["Ash"]["rating"] == pytest.approx((0.9 + 0.8 + 1.0) / 3)
    assert rows["Birch"]["rating"] == 0.5
    (note,) = [note for note in board["warnings"] if note["code"] == "no_probability"]
    assert note["message"].startswith("1 of 3 answers")


def test_both_orders_of_a_preference_count_as_they_are_unless_told_otherwise(capsys):
    project = make_project(slug="trial")
    rubric, rater = make_rubric(project, PREFERENCE), make_rater(project, "Ada")
    battle = make_battle(project)
    for swapped, chance in ((False, 0.9), (True, 0.6)):  # Ash 0.9 first, and 0.4 second
        outcome = Outcome.A if chance > 0.5 else Outcome.B
        answers = {"preference": Choice(outcome, chance=chance)}
        draft = Draft(
            rater_id=rater.pk, answers=answers, occasion=f"o:{swapped}", battle_id=battle.pk, shown_swapped=swapped
        )
        record_verdict(project=project, rubric=rubric, draft=draft)
    arguments = ("trial", "--method", "mean-preference", "--baseline", "Birch", "--json")
    for more, rating in (((), 0.65), (("--flips", "tie"), 0.5)):
        call_command("leaderboard", *arguments, *more)
        rows = {row["system"]: row["rating"] for row in json.loads(capsys.readouterr().out)["rows"]}
        assert rows["Ash"] == pytest.approx(rating)
