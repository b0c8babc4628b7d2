"""The leaderboard page: every choice is an address and a command, and what an address asks for in vain is named."""

from __future__ import annotations

import json
import shlex

import pytest
from django.http import QueryDict
from django.urls import reverse

from analysis.board_form import BoardForm
from analysis.board_page import chance_of
from analysis.board_sections import pair_section, tag_section
from analysis.boards_by import boards_by
from analysis.commandline import COMMANDS, options_of
from analysis.options import Options
from domain.choices import Choice, Outcome
from domain.services import Draft, record_verdicts
from tests.analysis.builders import coded, make_battles, ranked
from tests.factories import PREFERENCE, make_battle, make_project, make_rater, make_rubric, make_user

SYSTEMS = ("Ash", "Birch", "Cedar")
URL = "analysis:leaderboard"


def form_of(query: str) -> BoardForm:
    return BoardForm(QueryDict(query), criteria={"preference": "preference"}, systems=SYSTEMS, tags=["tag", "topic"])


@pytest.fixture
def voted(client):
    """Three systems on tagged prompts, seen by three people: Ash before Birch before Cedar, not without exceptions."""
    ada = make_user("ada")
    client.force_login(ada)
    project = make_project(slug="trial", owner=ada)
    rubric = make_rubric(project, PREFERENCE)
    people = [make_rater(project, name) for name in ("Ben", "Cleo", "Dan")]
    drafts = []
    for number in range(24):
        pair = [("Ash", "Birch"), ("Birch", "Cedar"), ("Ash", "Cedar")][number % 3]
        battle = make_battle(project, systems=pair)
        battle.prompt.tags = [f"topic:{'law' if number % 2 else 'code'}"]
        battle.prompt.save()
        for place, rater in enumerate(people):
            outcome = ["A", "A", "B", "tie", "both_bad"][(number * 3 + place * 2) % 5]
            drafts.append(
                Draft(
                    rater_id=rater.pk,
                    battle_id=battle.pk,
                    answers={"preference": Choice(Outcome(outcome))},
                    occasion=f"t:{rater.pk}:{number}",
                    shown_swapped=bool((number + place) % 2),
                )
            )
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    return project


STATES = [
    "",
    "ties=davidson&both_bad=drop&cluster=both&confidence=0.9",
    "ties=rao-kupper&ci=bootstrap&cluster=rater",
    "reweight=pairs&anchor=Birch&anchor_at=900&prior=0.5",
    "method=win-rate&baseline=Birch&cluster=prompt&ties=drop",
    "method=win-rate&show=differences&ci=default",
    "method=elo&ties=drop",
    "method=mean-preference&baseline=Birch&cluster=prompt",
    "correct=position&correct=raters&cluster=prompt",
    "show=differences&show=ties&show=exposure&show=robustness",
    "by=topic",
    "method=win-rate&by=tag&ci=none",
]


@pytest.mark.django_db
@pytest.mark.parametrize("query", STATES)
def test_every_state_is_shown_and_downloads_as_the_same_board(client, voted, query):
    page = client.get(f"{reverse(URL, args=['trial'])}?{query}")
    assert page.status_code == 200
    assert page.context["form"].wrong == []
    assert "Not everything in this address" not in page.content.decode()
    made = json.loads(client.get(f"/p/trial/leaderboard.json?{query}").content)
    board = made["overall"] if "by=" in query else made
    shown = [(row.system, row.rating) for row in page.context["page"].board.rows]
    assert [(row["system"], row["rating"]) for row in board["rows"]] == shown


@pytest.mark.parametrize("query", [*STATES, "method=length-controlled", "criterion=preference"])
def test_the_command_makes_the_same_choices(query):
    import argparse

    form = form_of(query)
    command = form.command("trial")
    parser = argparse.ArgumentParser()
    COMMANDS["leaderboard"].add_arguments(parser)
    arguments = parser.parse_args(shlex.split(command)[2:])
    assert options_of(arguments) == form.options()
    assert (arguments.by or "", arguments.raters) == (form.chosen("by"), form.chosen("raters"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("method=astrology", "no astrology"),
        ("method=win-rate&ties=davidson", "no davidson"),
        ("ci=bootstrap&cluster=both", "no both"),
        ("anchor=Nobody", "no Nobody"),
        ("by=colour", "no colour"),
        ("show=differences&ci=none", "no differences"),
        ("method=elo&anchor=Ash", "no Ash"),
        ("prior=-1", "0"),
        ("anchor=Ash&anchor_at=high", "number"),
    ],
)
def test_a_choice_that_is_not_there_is_named_and_the_others_hold(client, voted, query, named):
    page = client.get(f"{reverse(URL, args=['trial'])}?{query}&both_bad=drop")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Not everything in this address" in text
    assert any(named in problem for problem in page.context["form"].wrong)
    assert page.context["page"].board.both_bad == "drop"


@pytest.mark.django_db
def test_an_anchor_that_has_no_rating_is_named_and_the_usual_board_shown(client):
    ada = make_user("ada")
    client.force_login(ada)
    project = make_project(slug="beaten", owner=ada)
    battle, rater = make_battle(project), make_rater(project)
    draft = Draft(rater_id=rater.pk, battle_id=battle.pk, answers={"preference": Choice(Outcome.A)}, occasion="t:1")
    record_verdicts(project=project, rubric=make_rubric(project, PREFERENCE), drafts=[draft])
    page = client.get(reverse(URL, args=["beaten"]), {"anchor": "Birch"})
    assert "has no rating to anchor: it is winless" in page.content.decode()
    assert page.context["command"] == "jurybox leaderboard beaten"


@pytest.mark.django_db
def test_what_was_asked_for_is_shown_in_words(client, voted):
    query = "show=differences&show=ties&show=exposure&show=robustness&by=topic"
    text = client.get(f"{reverse(URL, args=['trial'])}?{query}").content.decode()
    for words in ("Every pair of systems", "Every tie rule", "Who met whom", "Tag by tag", "How few votes hold"):
        assert words in text
    assert "topic:law" in text
    assert "Bonferroni over 2 boards" in text
    plain = client.get(reverse(URL, args=["trial"])).content.decode()
    assert "Every tie rule" not in plain


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_project(client, voted, django_assert_max_num_queries):
    url = f"{reverse(URL, args=['trial'])}?show=exposure&show=differences&by=tag"
    with django_assert_max_num_queries(40) as few:
        client.get(url)
    rubric, rater = voted.rubrics.get(), make_rater(voted, "Eve")
    drafts = [
        Draft(
            rater_id=rater.pk,
            battle_id=make_battle(voted, systems=("Ash", f"New {number}")).pk,
            answers={"preference": Choice(Outcome.B)},
            occasion=f"more:{number}",
        )
        for number in range(15)
    ]
    record_verdicts(project=voted, rubric=rubric, drafts=drafts)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(url)


def test_only_what_goes_together_is_offered():
    def offered(query: str, name: str) -> list[str]:
        return [value for value, _ in form_of(query)._choices(name)]

    assert offered("", "ties") == ["half", "drop", "davidson", "rao-kupper"]
    assert offered("method=win-rate", "ties") == offered("correct=style", "ties") == ["half", "drop"]
    assert offered("method=elo", "ci") == ["none"]
    assert "both" in offered("", "cluster")
    assert "both" not in offered("ci=bootstrap", "cluster") + offered("method=win-rate", "cluster")
    assert offered("method=length-controlled", "baseline") == list(SYSTEMS)
    assert offered("prior=1", "show") == ["differences", "ties", "exposure"]
    assert offered("correct=style", "show") == ["differences", "exposure"]


def test_the_matrix_of_pairs_says_who_is_ahead_in_words_and_is_its_own_mirror():
    rows = [("x", "y", "A")] * 60 + [("y", "x", "A")] * 20 + [("x", "z", "A"), ("z", "x", "A")] * 30
    board = ranked(make_battles([*rows, ("champion", "x", "A")]), Options(differences=True))
    made = pair_section(board, board.differences)
    cells = {(name, other): cell for name, line in made.rows for other, cell in zip(made.names, line, strict=True)}
    assert (cells["x", "y"].verdict, cells["y", "x"].verdict, cells["x", "z"].verdict) == ("ahead", "behind", "open")
    assert cells["x", "y"].lead.replace("+", "") == cells["y", "x"].lead.replace("\u2212", "")
    assert cells["champion", "x"].verdict == "no common scale"
    assert cells["x", "x"].is_itself
    assert made.clear == 1 + (cells["z", "y"].verdict == "ahead")


def test_small_boards_come_with_most_battles_first_and_say_why_one_is_missing():
    rows = [("x", "y", "A"), ("y", "x", "A")] * 6 + [("x", "z", "A")]
    battles = make_battles(rows, tag=coded(["few"] * 4 + ["many"] * 8 + ["odd"]))
    made = tag_section(boards_by(battles, Options(anchor=("y", 1000.0))))
    assert [card.tag for card in made.cards] == ["many", "few", "odd"]
    assert made.cards[2].reason == "y has no battle here"
    assert made.cards[0].rows[0].mark is not None


@pytest.mark.parametrize(
    ("share", "text"), [(None, "–"), (1.0, "> 99.9 %"), (0.0, "< 0.1 %"), (0.974, "97.4 %"), (0.5, "50.0 %")]
)
def test_draws_are_not_told_more_finely_than_they_know(share, text):
    assert chance_of(share).replace("\u202f", " ") == text
