"""Hybrid boards, drift, slices and disparity of a project: its people, its judges, its tags and times."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from analysis.hybrid.board import hybrid_board
from analysis.selectors import battles_of, occasions_of, ratings_of
from domain.choices import Choice, Outcome, Value
from domain.models import Verdict
from domain.services import Draft, battle_between, record_verdicts
from domain.specs import Kind
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
from tests.known import known

pytestmark = pytest.mark.django_db

_occasion = count(1)


def draft(rater, answers, **target) -> Draft:
    return Draft(rater_id=rater.pk, answers=answers, occasion=f"hybrid:{next(_occasion)}", **target)


@pytest.fixture
def owner(client):
    user = make_user("olga")
    client.force_login(user)
    return user


@pytest.fixture
def project(owner):
    """Three systems on sixty prompts: a judge compares and rates all, a person the first half."""
    made = make_project(slug="trial", owner=owner)
    battles, ratings = make_rubric(made, PREFERENCE), make_rubric(made, LIKERT)
    ann, gpt = make_rater(made, "ann"), make_rater(made, "gpt", kind="judge")
    rng, votes, scores = np.random.default_rng(0), [], []
    for number in range(60):
        tags = [f"topic:{'law' if number % 3 else 'code'}", "long"]
        prompt = make_prompt(made, external_id=f"p{number}", tags=tags, split="old" if number < 30 else "new")
        answers = {name: make_response(prompt=prompt, system=name) for name in ("Ash", "Birch", "Cedar")}
        first, second = rng.choice(["Ash", "Birch", "Cedar"], 2, replace=False)
        battle = battle_between(answers[str(first)], answers[str(second)])
        truth = rng.random() < 0.5 + 0.2 * np.sign(ord(str(second)[0]) - ord(str(first)[0]))
        told = truth if rng.random() < 0.8 else not truth
        sides = (Outcome.A, Outcome.B) if battle.response_a == answers[str(first)] else (Outcome.B, Outcome.A)
        for rater, won in ((gpt, told), (ann, truth)):
            if rater == gpt or number < 30:
                choice = {"preference": Choice(sides[0] if won else sides[1])}
                votes.append(draft(rater, choice, battle_id=battle.pk))
        for response in answers.values():
            level = int(rng.integers(1, 6))
            scores.append(draft(gpt, {"helpfulness": Value(min(5, level + 1))}, response_id=response.pk))
            if number < 30:
                scores.append(draft(ann, {"helpfulness": Value(level)}, response_id=response.pk))
    record_verdicts(project=made, rubric=battles, drafts=votes)
    record_verdicts(project=made, rubric=ratings, drafts=scores)
    return made


def said(capsys, *call: str) -> Any:
    call_command(*call, "--json")
    return json.loads(capsys.readouterr().out)


def test_the_command_ranks_by_people_with_the_judges_help(project, capsys):
    made = said(capsys, "leaderboard", "trial", "--hybrid", "gpt")
    expected = hybrid_board(battles_of(project, details=True), "gpt", ["ann"])
    assert [row["system"] for row in made["rows"]] == [row.system for row in expected.rows]
    assert made["rows"][0]["estimate"]["value"] == pytest.approx(expected.rows[0].estimate.value)
    assert (made["people"], made["n_human"], made["n_judge"]) == (["ann"], 30, 60)


def test_the_command_makes_means_and_win_rates_go_further(project, capsys):
    means = said(capsys, "leaderboard", "trial", "--hybrid", "gpt", "--method", "mean")
    assert {row["system"] for row in means["rows"]} == {"Ash", "Birch", "Cedar"}
    assert all((row["n_human"], row["n_judge"]) == (30, 60) for row in means["rows"])
    rates = said(capsys, "leaderboard", "trial", "--hybrid", "gpt", "--method", "win-rate", "--baseline", "Cedar")
    assert {row["system"] for row in rates["rows"]} == {"Ash", "Birch"}


def test_drift_of_a_project_by_rater_split_and_tag(project, capsys):
    by_rater = {one["criterion"]: one for one in said(capsys, "drift", "trial", "--between", "ann", "gpt")["criteria"]}
    assert set(by_rater) == {"preference", "helpfulness"}
    assert (by_rater["helpfulness"]["n_before"], by_rater["helpfulness"]["n_after"]) == (90, 180)
    assert by_rater["helpfulness"]["items_in_both"] == 90
    by_split = said(capsys, "drift", "trial", "--over", "split", "--between", "old", "new", "--raters", "judge")
    assert [one["n_before"] for one in by_split["criteria"]] == [30, 90]
    by_tag = said(capsys, "drift", "trial", "--over", "topic", "--between", "law", "code", "--criterion", "helpfulness")
    assert by_tag["criteria"][0]["n_after"] == 3 * 20 + 3 * 10


def test_drift_between_two_windows_of_time(project, capsys):
    moved = Verdict.objects.filter(project=project, rater__name="gpt", response__prompt__split="new")
    moved.update(given_at=datetime(2026, 1, 5, tzinfo=UTC))
    made = said(
        capsys, "drift", "trial", "--over", "time", "--between", "..2026-02-01", "2026-02-01..",
        "--criterion", "helpfulness",
    )  # fmt: skip
    assert (made["criteria"][0]["n_before"], made["criteria"][0]["n_after"]) == (90, 180)


def test_times_are_those_of_the_rows(project):
    ratings, at = ratings_of(project), occasions_of(project, Kind.SCORE)["at"]
    Verdict.objects.filter(project=project, rater__name="ann").update(given_at=datetime(2020, 1, 1, tzinfo=UTC))
    again = occasions_of(project, Kind.SCORE)["at"]
    assert len(again) == len(at) == len(ratings)
    assert (again == datetime(2020, 1, 1, tzinfo=UTC).timestamp()).tolist() == [
        known(ratings.rater).names[code] == "ann" for code in known(ratings.rater).codes
    ]


def test_slices_and_disparity_of_a_project(project, capsys):
    slices = said(capsys, "slices", "trial", "--by", "topic", "--raters", "human")["criteria"]
    assert [one["criterion"] for one in slices] == ["helpfulness"]
    assert {name: one["estimate"]["n"] for name, one in slices[0]["slices"].items()} == {"law": 60, "code": 30}
    rates = said(capsys, "slices", "trial", "--by", "split", "--statistic", "win-rate", "--system", "Ash")["criteria"]
    assert set(rates[0]["slices"]) == {"old", "new"}
    call = [
        "disparity",
        "trial",
        "--judge",
        "gpt",
        "--group",
        "system",
        "--at-least",
        "4",
        "--criterion",
        "helpfulness",
    ]
    made = said(capsys, *call)["criteria"][0]
    assert set(made["rates"]["rates"]) == {"Ash", "Birch", "Cedar"}
    assert (made["n_judged"], made["n_settled"]) == (180, 90)
    wins = said(capsys, "disparity", "trial", "--judge", "gpt", "--group", "topic", "--system", "Ash")["criteria"]
    assert [one["criterion"] for one in wins] == ["preference"]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (["leaderboard", "trial", "--hybrid", "claude"], "no rater 'claude'"),
        (["leaderboard", "trial", "--hybrid", "gpt", "--strata", "topic"], "columns of a file"),
        (
            ["drift", "trial", "--over", "moon", "--between", "a", "b"],
            "no answers of this project have a column 'moon'",
        ),
        (["drift", "trial", "--over", "tag", "--between", "long", "short"], "has several tags"),
        (["slices", "trial", "--by", "time"], "jurybox drift compares"),
        (["disparity", "trial", "--judge", "nobody", "--group", "system", "--at-least", "4"], "nobody"),
    ],
)
def test_a_wrong_call_ends_with_status_2(project, call, reason):
    with pytest.raises(CommandError) as caught:
        call_command(*call)
    assert caught.value.returncode == 2
    assert reason in str(caught.value)


def test_the_page_shows_people_alone_beside_people_and_judge(client, project):
    page = client.get(reverse("analysis:hybrid", args=["trial"]))
    text = page.content.decode()
    assert page.status_code == 200
    assert all(name in text for name in ("Ash", "Birch", "Cedar", "people alone", "30 of the 60 items"))
    board = page.context["page"].board
    assert text.count('class="row-plot pair"') == len(board.rows)
    assert "jurybox leaderboard trial --hybrid gpt" in text


@pytest.mark.parametrize(
    "query",
    [{"method": "mean"}, {"method": "win-rate", "baseline": "Ash"}, {"method": "win-rate"}, {"cluster": "prompt"}],
)
def test_every_choice_on_the_page_gives_a_board(client, project, query):
    page = client.get(reverse("analysis:hybrid", args=["trial"]), query)
    assert page.status_code == 200
    assert page.context["page"].board.method == query.get("method", "bradley-terry")
    assert not page.context["form"].errors


def test_a_choice_that_does_not_exist_is_named(client, project):
    page = client.get(reverse("analysis:hybrid", args=["trial"]), {"judge": "oracle"})
    assert page.status_code == 200
    assert "oracle" in page.content.decode()


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_picture_can_be_downloaded(client, project, kind, start):
    assert client.get(reverse("analysis:hybrid_plot", args=["trial", kind])).content.startswith(start)


def test_the_file_is_that_of_the_command(client, project, capsys):
    answer = json.loads(client.get(reverse("analysis:hybrid_file", args=["trial", "json"])).content)
    made = said(capsys, "leaderboard", "trial", "--hybrid", "gpt")
    assert answer == made


def test_an_empty_project_and_one_without_overlap_say_what_is_missing(client, owner):
    make_project(slug="new", owner=owner)
    page = client.get(reverse("analysis:hybrid", args=["new"]))
    assert "jurybox judge new" in page.content.decode()
    apart = make_project(slug="apart", owner=owner)
    rubric = make_rubric(apart, PREFERENCE)
    for rater in (make_rater(apart, "ann"), make_rater(apart, "gpt", kind="judge")):
        battle = make_battle(apart)
        drafts = [draft(rater, {"preference": Choice(Outcome.A)}, battle_id=battle.pk)]
        record_verdicts(project=apart, rubric=rubric, drafts=drafts)
    page = client.get(reverse("analysis:hybrid", args=["apart"]))
    assert page.status_code == 200
    assert "none of them in common" in page.content.decode()
    assert client.get(reverse("analysis:hybrid_file", args=["apart", "json"])).status_code == 404


@pytest.mark.parametrize("role", [None, "annotator"])
def test_strangers_and_annotators_find_nothing(client, owner, role):
    make_project(slug="wall", owner=make_user(), **({role: owner} if role else {}))
    assert client.get(reverse("analysis:hybrid", args=["wall"])).status_code == 404
    assert client.get(reverse("analysis:hybrid_file", args=["wall", "json"])).status_code == 404
    assert client.get(reverse("analysis:hybrid_plot", args=["wall", "svg"])).status_code == 404


def test_other_files_do_not_exist(client, project):
    assert client.get("/p/trial/hybrid.exe").status_code == 404
    assert client.get("/p/trial/hybrid/intervals.gif").status_code == 404
