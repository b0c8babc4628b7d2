"""The leaderboard and agreement pages."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.urls import reverse

from domain.choices import Choice, Outcome, Reason, Unscored, Value
from domain.services import Draft, record_verdicts
from tests.factories import (
    LIKERT,
    PREFERENCE,
    make_battle,
    make_project,
    make_prompt,
    make_rater,
    make_response,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db

PAGES = ["analysis:leaderboard", "analysis:agreement"]
FILES = [("analysis:leaderboard_file", "json"), ("analysis:agreement_file", "csv"), ("analysis:agreement_plot", "svg")]


@pytest.fixture
def ada(client):
    user = make_user("ada")
    client.force_login(user)
    return user


def vote(project, rubric, *, raters, outcomes):
    """Each rater answers one new battle of Ash (A) and Birch (B) per outcome."""
    drafts = []
    for number, outcome in enumerate(outcomes):
        battle = make_battle(project)
        for rater in raters:
            answers = outcome if isinstance(outcome, Unscored) else {"preference": Choice(Outcome(outcome))}
            drafts.append(
                Draft(rater_id=rater.pk, battle_id=battle.pk, answers=answers, occasion=f"t:{rater.pk}:{number}")
            )
    record_verdicts(project=project, rubric=rubric, drafts=drafts)


@pytest.fixture
def voted(ada):
    project = make_project(slug="trial", owner=ada)
    rubric = make_rubric(project, PREFERENCE)
    people = [make_rater(project, name) for name in ("Ben", "Cleo")]
    vote(project, rubric, raters=people, outcomes=["A"] * 12 + ["B"] * 4 + ["tie"])
    return project


def test_the_leaderboard_answers_in_one_sentence_and_shows_every_system(client, voted):
    page = client.get(reverse("analysis:leaderboard", args=["trial"]))
    assert page.context["page"].sentence == "Ash is first of 2, ahead of every other system."
    text = page.content.decode()
    assert all(name in text for name in ("Ash", "Birch", "34 scored battles", "Who beats whom"))


def test_unscored_verdicts_stand_beside_the_number_and_not_in_it(client, voted):
    before = client.get(reverse("analysis:leaderboard", args=["trial"])).context["page"].board
    rubric = voted.rubrics.get()
    judge = make_rater(voted, "gpt", kind="judge")
    vote(voted, rubric, raters=[judge], outcomes=[Unscored(Reason.UNREADABLE)] * 5)
    after = client.get(reverse("analysis:leaderboard", args=["trial"]))
    board = after.context["page"].board
    assert [row.rating for row in board.rows] == [row.rating for row in before.rows]
    assert (board.coverage.scored, board.coverage.planned) == (34, 39)
    assert "34 of 39 verdicts carry a score" in after.content.decode()


def test_the_sentence_chooses_whose_verdicts_count(client, voted):
    judge = make_rater(voted, "gpt", kind="judge")
    vote(voted, voted.rubrics.get(), raters=[judge], outcomes=["B"] * 9 + ["A"])
    board = client.get(reverse("analysis:leaderboard", args=["trial"]), {"raters": "judge"}).context["page"].board
    assert (board.n_battles, board.rows[0].system) == (10, "Birch")


def test_a_choice_that_does_not_exist_is_named(client, voted):
    page = client.get(reverse("analysis:leaderboard", args=["trial"]), {"method": "astrology"})
    assert page.status_code == 200
    assert "astrology" in page.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_project_says_what_belongs_here(client, ada, name):
    make_project(slug="new", owner=ada)
    page = client.get(reverse(name, args=["new"]))
    assert page.status_code == 200
    assert "jurybox import new" in page.content.decode()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [None, "annotator"])
def test_strangers_and_annotators_find_nothing(client, ada, name, role):
    make_project(slug="wall", owner=make_user(), **({role: ada} if role else {}))
    assert client.get(reverse(name, args=["wall"])).status_code == 404


@pytest.mark.parametrize(("name", "kind"), FILES)
def test_strangers_download_nothing(client, ada, name, kind):
    make_project(slug="wall", owner=make_user())
    assert client.get(reverse(name, args=["wall", kind])).status_code == 404


def test_the_downloaded_json_is_the_contract_of_the_command(client, voted):
    answer = client.get(reverse("analysis:leaderboard_file", args=["trial", "json"]))
    board = json.loads(answer.content)
    assert {"method", "ties", "ci", "cluster", "n_battles", "n_systems", "seed", "components", "warnings"} <= set(board)
    assert {"system", "rating", "lower", "upper", "rank", "battles", "wins", "win_rate"} <= set(board["rows"][0])


@pytest.mark.parametrize("picture", ["intervals", "win-rates"])
@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_pictures_can_be_downloaded(client, voted, picture, kind, start):
    answer = client.get(reverse("analysis:leaderboard_plot", args=["trial", picture, kind]))
    assert answer.content.startswith(start)


@pytest.mark.parametrize("path", ["leaderboard.exe", "leaderboard/secrets.svg", "agreement.zip"])
def test_other_files_do_not_exist(client, voted, path):
    assert client.get(f"/p/trial/{path}").status_code == 404


def test_a_system_named_as_markup_stays_text(client, ada):
    project = make_project(slug="evil", owner=ada)
    rubric = make_rubric(project, PREFERENCE)
    battle = make_battle(project, systems=("<img src=x onerror=alert(1)>", "Birch"))
    drafts = [
        Draft(
            rater_id=make_rater(project).pk, battle_id=battle.pk, answers={"preference": Choice(o)}, occasion=f"t:{o}"
        )
        for o in (Outcome.A, Outcome.B)
    ]
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    assert "<img src=x" not in client.get(reverse("analysis:leaderboard", args=["evil"])).content.decode()


@pytest.fixture
def rated(ada):
    """Two people rate three responses 1 3 5 and 1 4 5; a judge says 2 3 5, and nothing about the last."""
    project = make_project(slug="rated", owner=ada)
    rubric = make_rubric(project, LIKERT)
    raters = [make_rater(project, "Ben"), make_rater(project, "Cleo"), make_rater(project, "gpt", kind="judge")]
    responses = [make_response(prompt=make_prompt(project), system="Ash") for _ in range(4)]
    values = [(1, 1, 2), (3, 4, 3), (5, 5, 5), (2, 2, None)]
    drafts = [
        Draft(
            rater_id=rater.pk,
            response_id=response.pk,
            answers=Unscored(Reason.REFUSED) if value is None else {"helpfulness": Value(value)},
            occasion=f"t:{rater.pk}:{response.pk}",
        )
        for response, row in zip(responses, values, strict=True)
        for rater, value in zip(raters, row, strict=True)
    ]
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    return project


def test_people_are_compared_with_people_and_the_judge_with_people(client, rated):
    page = client.get(reverse("analysis:agreement", args=["rated"]))
    [section] = page.context["sections"]
    assert [(line.who, line.kind) for line in section.lines] == [
        ("people with people", "people"),
        ("gpt with people", "judge"),
    ]
    people, judge = section.lines
    assert people.percent.value == pytest.approx(3 / 4)  # three of four pairs are equal
    assert judge.percent.value == pytest.approx(3 / 6)  # of the six pairs of judge and person: 3=3, 5=5, 5=5
    assert judge.coefficient.n == 3  # the refused item is missing, not zero
    assert page.context["sentence"].startswith("People agree on helpfulness with alpha 0.9")


def test_the_worst_disagreement_comes_first_with_what_each_said(client, rated):
    [section] = client.get(reverse("analysis:agreement", args=["rated"])).context["sections"]
    [item] = section.disagreements
    assert item.said == [("Ben", "person", "3"), ("Cleo", "person", "4"), ("gpt", "judge", "3")]


def test_agreement_files_hold_every_line_with_its_n_and_reason(client, rated):
    rows = list(csv.DictReader(io.StringIO(client.get("/p/rated/agreement.csv").content.decode())))
    assert [(row["who"], row["statistic"], row["n"]) for row in rows] == [
        ("people with people", "krippendorff_alpha", "4"),
        ("people with people", "percent_agreement", "4"),
        ("gpt with people", "cohen_kappa", "3"),
        ("gpt with people", "percent_agreement", "3"),
    ]
    document = json.loads(client.get("/p/rated/agreement.json").content)
    assert {"criterion", "level", "who", "kind", "name", "value", "n", "method", "reason"} <= set(document[0])


def test_one_rater_alone_agrees_with_nobody_and_the_page_says_why(client, ada):
    project = make_project(slug="lonely", owner=ada)
    rubric = make_rubric(project, LIKERT)
    rater = make_rater(project)
    drafts = [
        Draft(
            rater_id=rater.pk,
            response_id=make_response(project).pk,
            answers={"helpfulness": Value(3)},
            occasion=f"t:{n}",
        )
        for n in range(3)
    ]
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    page = client.get(reverse("analysis:agreement", args=["lonely"]))
    assert "at least two raters" in page.content.decode()
    assert page.context["sentence"] == "Agreement between people cannot be measured yet"


def test_a_criterion_that_only_a_judge_has_answered_says_so(client, rated):
    """As after importing a judge's scores alone: there is nobody to agree with, and that is a reason, not an error."""
    rubric = make_rubric(rated, LIKERT, name="Other")
    judge = rated.raters.get(judge="gpt")
    drafts = [
        Draft(
            rater_id=judge.pk, response_id=response.pk, answers={"helpfulness": Value(3)}, occasion=f"o:{response.pk}"
        )
        for response in rated.responses.all()
    ]
    record_verdicts(project=rated, rubric=rubric, drafts=drafts)
    rated.verdicts.filter(rater__kind="person").delete()
    page = client.get(reverse("analysis:agreement", args=["rated"]))
    assert page.status_code == 200
    assert "No person has answered this" in page.content.decode()
