"""The ratings page: means, spread, raters, strengths and weaknesses."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from analysis.rating_board import rating_board
from analysis.rating_page import MOST_RATERS, rating_page
from analysis.ratings.options import RatingOptions
from domain.choices import Reason, Unscored, Value
from domain.services import Answers, Draft, record_verdicts
from domain.specs import CriterionSpec, Kind, Level
from tests.analysis.ratings.make import rated as rated_rows
from tests.factories import LIKERT, make_project, make_prompt, make_rater, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db

FAULTS = CriterionSpec(
    key="faults", name="Faults", kind=Kind.SCORE, level=Level.RATIO, minimum=0.0, maximum=50.0, higher_is_better=False
)


@pytest.fixture
def ada(client):
    user = make_user("ada")
    client.force_login(user)
    return user


@pytest.fixture
def rated(ada):
    """Three people, Cleo being stricter, and a judge rate Ash above Birch on ten prompts; one answer is missing."""
    project = make_project(slug="rated", owner=ada)
    rubric = make_rubric(project, LIKERT, FAULTS)
    raters = [make_rater(project, name) for name in ("Ben", "Cleo", "Dora")]
    raters.append(make_rater(project, "gpt", kind="judge"))
    drafts = []
    for number in range(10):
        prompt = make_prompt(project)
        for system, level in (("Ash", 4), ("Birch", 2)):
            response = make_response(prompt=prompt, system=system)
            for place, rater in enumerate(raters):
                value = min(5, level + (number + place) % 2) - (rater.name == "Cleo")
                answers: Answers | Unscored = {
                    "helpfulness": Value(value),
                    "faults": Value(3.0 * (5 - value) + number % 3),
                }
                if number == 9 and place == 0 and system == "Ash":
                    answers = Unscored(Reason.SKIPPED)
                occasion = f"t:{rater.pk}:{response.pk}"
                drafts.append(Draft(rater_id=rater.pk, response_id=response.pk, answers=answers, occasion=occasion))
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    return project


def page_of(client, **choices):
    return client.get(reverse("analysis:ratings", args=["rated"]), choices)


def test_the_page_says_who_is_rated_best_and_on_what(client, rated):
    answer = page_of(client)
    page = answer.context["page"]
    assert page.sentence == "Ash is rated best on 2 of 2 criteria"
    assert [section.criterion for section in page.sections] == ["faults", "helpfulness"]
    text = answer.content.decode()
    assert all(word in text for word in ("Strengths and weaknesses", "strength", "less is better", "Ben", "Cleo"))


def test_people_are_shown_first_and_judges_when_asked_for(client, rated):
    people, judge, everybody = (page_of(client, **chosen) for chosen in ({}, {"raters": "judge"}, {"raters": "all"}))
    assert [one.context["page"].board.n_ratings for one in (people, judge, everybody)] == [118, 40, 158]
    assert "gpt" not in people.content.decode()


def test_where_people_only_voted_the_judges_ratings_are_shown(client, ada):
    project = make_project(slug="rated", owner=ada)
    make_rater(project, "Ben")
    judge = make_rater(project, "gpt", kind="judge")
    drafts = [
        Draft(rater_id=judge.pk, response_id=make_response(prompt=make_prompt(project), system="Ash").pk,
              answers={"helpfulness": Value(4)}, occasion=f"t:{number}")
        for number in range(3)
    ]  # fmt: skip
    record_verdicts(project=project, rubric=make_rubric(project, LIKERT), drafts=drafts)
    answer = page_of(client)
    assert answer.context["form"].chosen("raters") == "judge"
    assert answer.context["page"].board.n_ratings == 3


def test_less_is_better_where_the_criterion_says_so(client, rated):
    faults = page_of(client).context["page"].sections[0]
    assert [(shown.row.system, shown.row.verdict) for shown in faults.systems] == [
        ("Ash", "strength"),
        ("Birch", "weakness"),
    ]


def test_bars_show_the_categories_nobody_used(client, rated):
    ash = page_of(client, criterion="helpfulness").context["page"].sections[0].systems[0]
    assert [bar.count for bar in ash.bars] == [0, 0, 5, 15, 9]
    assert [bar.height == 0 for bar in ash.bars] == [True, True, False, False, False]


def test_a_missing_answer_is_counted_and_enters_no_mean(client, rated):
    answer = page_of(client)
    assert answer.context["page"].board.unscored == 1
    assert "1 verdicts carry no score" in answer.content.decode()


def test_z_scores_can_be_asked_for(client, rated):
    board = page_of(client, standardise="rater").context["page"].board
    assert board.standardise == "rater"
    assert abs(sum(row.mean.value for row in board.rows if row.criterion == "helpfulness")) < 0.1


def test_a_choice_that_does_not_exist_is_named(client, rated):
    answer = page_of(client, raters="astrologers")
    assert answer.status_code == 200
    assert "astrologers" in answer.content.decode()


def test_files_hold_the_same_board(client, rated):
    board = json.loads(client.get("/p/rated/ratings.json").content)
    assert {"rows", "severity", "pairs", "conventions"} <= set(board)
    rows = list(csv.DictReader(io.StringIO(client.get("/p/rated/ratings.csv?criterion=faults").content.decode())))
    assert [(row["criterion"], row["system"], row["verdict"]) for row in rows] == [
        ("faults", "Ash", "strength"),
        ("faults", "Birch", "weakness"),
    ]
    assert client.get("/p/rated/ratings/spread.svg").content.startswith(b"<?xml")
    assert client.get("/p/rated/ratings/spread.png?theme=dark").content.startswith(b"\x89PNG")


def test_the_command_gives_the_same_board_and_knows_which_end_is_good(client, rated, capsys):
    call_command("leaderboard", "rated", method="mean", criterion="faults", json=True)
    board = json.loads(capsys.readouterr().out)
    assert [(row["system"], row["verdict"]) for row in board["rows"]] == [("Ash", "strength"), ("Birch", "weakness")]
    call_command("leaderboard", "rated", evidence="ratings", criterion="faults", prior=1.0, json=True)
    assert json.loads(capsys.readouterr().out)["rows"][0]["system"] == "Ash"
    with pytest.raises(CommandError, match="a project's criteria say"):
        call_command("leaderboard", "rated", method="mean", lower_is_better="")


@pytest.mark.parametrize("path", ["ratings.exe", "ratings/spread.pdf", "ratings/other.svg"])
def test_other_files_do_not_exist(client, rated, path):
    assert client.get(f"/p/rated/{path}").status_code == 404


def test_an_empty_project_says_what_belongs_here(client, ada):
    make_project(slug="new", owner=ada)
    answer = client.get(reverse("analysis:ratings", args=["new"]))
    assert answer.status_code == 200
    assert "jurybox import new" in answer.content.decode()
    assert client.get("/p/new/ratings.json").status_code == 404


@pytest.mark.parametrize("role", [None, "annotator"])
@pytest.mark.parametrize("path", ["ratings/", "ratings.json", "ratings/spread.svg"])
def test_strangers_and_annotators_find_nothing(client, ada, path, role):
    make_project(slug="wall", owner=make_user(), **({role: ada} if role else {}))
    assert client.get(f"/p/wall/{path}").status_code == 404


def test_names_as_markup_stay_text(client, ada):
    project = make_project(slug="evil", owner=ada)
    rubric = make_rubric(project, LIKERT)
    rater = make_rater(project, "<img src=x onerror=alert(1)>")
    response = make_response(prompt=make_prompt(project), system="<script>alert(1)</script>")
    draft = Draft(rater_id=rater.pk, response_id=response.pk, answers={"helpfulness": Value(3)}, occasion="t")
    record_verdicts(project=project, rubric=rubric, drafts=[draft])
    text = client.get("/p/evil/ratings/").content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_the_leaderboard_and_agreement_lead_here(client, rated):
    address = reverse("analysis:ratings", args=["rated"])
    for name in ("analysis:leaderboard", "analysis:agreement"):
        assert f'href="{address}"' in client.get(reverse(name, args=["rated"])).content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"c": (5, 1)}, "x is rated best on c"),
        ({"c": (3, 3)}, "2 systems share the best mean rating on c"),
        ({"c": (5, 1), "d": (1, 5)}, "x and y are each rated best on 1 of 2 criteria"),
        ({"c": (5, 1), "d": (5, 1), "e": (1, 2)}, "x is rated best on 2 of 3 criteria"),
        ({"c": (5,)}, "Only x has been rated on c, so there is nothing to compare it with"),
        ({"c": (5,), "d": (5,)}, "Only x has been rated, so there is nothing to compare it with"),
    ],
)
def test_the_sentence_answers_who_is_best(values, words):
    from tests.analysis.builders import coded

    rows = [("p", system, "r", one) for value in values.values() for one, system in zip(value, "xy", strict=False)]
    criteria = [name for name, value in values.items() for _ in value]
    board = rating_board(rated_rows(rows, criterion=coded(criteria)))
    assert rating_page(board, kinds={}, lower_is_better=()).sentence == words


def test_of_many_raters_the_ends_are_listed():
    rows = [(f"p{i}", "x", f"r{j:02}", float(i + j)) for i in range(4) for j in range(40)]
    page = rating_page(rating_board(rated_rows(rows), RatingOptions(severity="item")), kinds={}, lower_is_better=())
    shown = page.sections[0].severities
    assert shown is not None
    assert (len(shown.raters), shown.hidden) == (MOST_RATERS, 40 - MOST_RATERS)
    assert (shown.raters[0].rater.rater, shown.raters[-1].rater.rater) == ("r00", "r39")
