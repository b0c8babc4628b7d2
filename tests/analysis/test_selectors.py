"""Verdicts out of the database as arrays: only what counts, and each answer for the right system."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analysis.agreement import agreement
from analysis.data import OUTCOMES, Battles
from analysis.selectors import battles_of, choices_of, levels_of, rater_kinds, ratings_of, tables_of
from domain.choices import Choice, Outcome, Reason, Unscored, Value
from domain.models import Battle, Import, Project, Rater, Response, Rubric
from domain.services import Draft, record_verdict
from tests.factories import (
    LIKERT,
    PREFERENCE,
    SLIDER,
    make_battle,
    make_project,
    make_rater,
    make_response,
    make_rubric,
)

pytestmark = pytest.mark.django_db

_occasions = count(1)


def vote(rubric: Rubric, rater: Rater, battle: Battle, shown: Outcome | None, *, swapped: bool = False, **fields: Any):
    """Record what a rater said of the two sides as shown; None is a refusal."""
    answers = Unscored(Reason.REFUSED) if shown is None else {"preference": Choice(shown)}
    draft = Draft(
        rater_id=rater.pk,
        answers=answers,
        occasion=f"test:{next(_occasions)}",
        battle_id=battle.pk,
        shown_swapped=swapped,
        **fields,
    )
    return record_verdict(project=rubric.project, rubric=rubric, draft=draft)


def rate(rubric: Rubric, rater: Rater, response: Response, **values: float):
    answers = {key: Value(value) for key, value in values.items()}
    draft = Draft(rater_id=rater.pk, answers=answers, occasion=f"test:{next(_occasions)}", response_id=response.pk)
    return record_verdict(project=rubric.project, rubric=rubric, draft=draft)


def rows(battles: Battles) -> list[tuple[str, str, str]]:
    return [
        (battles.systems[a], battles.systems[b], OUTCOMES[outcome].value)
        for a, b, outcome in zip(battles.system_a, battles.system_b, battles.outcome, strict=True)
    ]


@pytest.fixture
def project() -> Project:
    return make_project(slug="trial")


@pytest.fixture
def preference(project: Project) -> Rubric:
    return make_rubric(project, PREFERENCE)


def test_a_swapped_vote_counts_for_the_system_that_was_meant(project, preference):
    battle = make_battle(project, ("Ash", "Birch"))
    for swapped in (False, True):
        vote(preference, make_rater(project), battle, Outcome.A, swapped=swapped)
    assert rows(battles_of(project)) == [("Ash", "Birch", "A"), ("Ash", "Birch", "B")]


def test_only_live_counted_scored_verdicts_of_finished_imports_enter(project, preference):
    battle, rater = make_battle(project), make_rater(project)
    vote(preference, rater, battle, Outcome.A)
    vote(preference, rater, battle, Outcome.B, role="calibration")
    vote(preference, rater, battle, Outcome.B, role="repeat")
    vote(preference, rater, battle, Outcome.B, counted=False)
    hidden = vote(preference, rater, battle, Outcome.B).verdict
    hidden.batch = Import.objects.create(project=project, state="loading", format="csv")
    hidden.save(update_fields=["batch"])
    vote(preference, rater, battle, None)
    found = battles_of(project)
    assert [row[2] for row in rows(found)] == ["A"]
    assert found.unscored == 1


def test_another_projects_verdicts_do_not_enter(project, preference):
    other = make_project()
    vote(make_rubric(other, PREFERENCE), make_rater(other), make_battle(other), Outcome.A)
    vote(preference, make_rater(project), make_battle(project), Outcome.B)
    assert len(battles_of(project)) == 1


def test_raters_are_chosen_by_kind_or_name(project, preference):
    battle = make_battle(project)
    vote(preference, make_rater(project, "Ann"), battle, Outcome.A)
    vote(preference, make_rater(project, "Bob"), battle, Outcome.A)
    vote(preference, make_rater(project, "gpt", kind="judge"), battle, Outcome.B)
    outcomes = {
        str(raters): [row[2] for row in rows(battles_of(project, raters=raters))]
        for raters in ("all", "human", "judge", "metric", ["gpt", "Ann"])
    }
    assert list(outcomes.values()) == [["A", "A", "B"], ["A", "A"], ["B"], [], ["A", "B"]]
    with pytest.raises(ValueError, match="no rater Zoe"):
        battles_of(project, raters=["Zoe"])
    assert rater_kinds(project) == {"Ann": "person", "Bob": "person", "gpt": "judge"}


def test_two_raters_of_one_name_stay_two(project, preference):
    battle = make_battle(project)
    vote(preference, make_rater(project, "Ann"), battle, Outcome.A)
    vote(preference, Rater.objects.create(project=project, kind="judge", name="Ann", judge="ann-1"), battle, Outcome.A)
    found = battles_of(project)
    assert found.rater is not None
    assert len(found.rater.names) == 2


def test_choices_of_raters_agree_whichever_side_they_saw(project, preference):
    battle, other = make_battle(project), make_battle(project)
    for rater, swapped in ((make_rater(project), True), (make_rater(project), False)):
        vote(preference, rater, battle, Outcome.B if swapped else Outcome.A, swapped=swapped)
        vote(preference, rater, other, Outcome.TIE, swapped=swapped)
    ratings = choices_of(project)
    assert agreement(ratings).statistics[0].value == 1.0
    # The frame is that of the first verdict, which showed response_b first and chose the second side.
    assert [OUTCOMES[int(value)].value for value in ratings.value] == ["B", "tie", "B", "tie"]
    assert ratings.item.names[0].endswith("Birch / Ash")


def test_ratings_keep_their_criterion_and_declared_scale(project):
    rubric = make_rubric(project, LIKERT, SLIDER)
    first, second = make_response(project), make_response(project)
    for value, rater in ((2.0, make_rater(project)), (4.0, make_rater(project))):
        rate(rubric, rater, first, helpfulness=value, fluency=55.5)
        rate(rubric, rater, second, helpfulness=value, fluency=10.0)
    ratings = ratings_of(project)
    assert ratings.criterion is not None
    assert set(ratings.criterion.names) == {"helpfulness", "fluency"}
    assert ratings.categories == {"helpfulness": (1.0, 2.0, 3.0, 4.0, 5.0)}
    assert levels_of(project) == {"helpfulness": "ordinal", "fluency": "interval"}
    assert sorted(ratings_of(project, criterion="fluency").value) == [10.0, 10.0, 55.5, 55.5]
    with pytest.raises(ValueError, match="no score criterion 'wit'"):
        ratings_of(project, criterion="wit")


def test_equal_keys_on_different_scales_stay_apart(project):
    from dataclasses import replace

    rater, response = make_rater(project), make_response(project)
    rate(make_rubric(project, LIKERT, name="Five"), rater, response, helpfulness=5.0)
    ten = replace(LIKERT, values=tuple(float(value) for value in range(1, 11)))
    rate(make_rubric(project, ten, name="Ten"), rater, response, helpfulness=10.0)
    assert set(levels_of(project)) == {"helpfulness (Five, version 1)", "helpfulness (Ten, version 1)"}


def test_a_project_without_answers_gives_empty_tables(project):
    assert len(battles_of(project)) == 0
    assert len(ratings_of(project)) == 0
    assert tables_of(project) == []


def test_the_number_of_queries_does_not_grow_with_the_verdicts(project, preference, django_assert_max_num_queries):
    for _ in range(12):
        vote(preference, make_rater(project), make_battle(project), Outcome.A)
    with django_assert_max_num_queries(12):
        battles_of(project)


def test_the_commands_report_on_a_project(project, preference, capsys):
    battle = make_battle(project, ("Ash", "Birch"))
    for outcome in (Outcome.A, Outcome.A, Outcome.B):
        vote(preference, make_rater(project), battle, outcome)
    rubric = make_rubric(project, LIKERT)
    for value in (3.0, 4.0):
        rate(rubric, make_rater(project), battle.response_a, helpfulness=value)
    call_command("leaderboard", "trial", "--raters", "human", "--json")
    assert [row["system"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["Ash", "Birch"]
    call_command("agreement", "trial", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["level"], found["n_items"], found["n_raters"]) == ("mixed", 2, 5)
    assert list(dict.fromkeys(one["options"]["criterion"] for one in found["statistics"])) == [
        "helpfulness",
        "preference",
    ]


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("leaderboard", ["nowhere"], "no file and no project 'nowhere'; projects: trial"),
        ("leaderboard", ["trial"], "no scored battles"),
        ("agreement", ["trial"], "no ratings and no choices"),
        ("agreement", ["trial", "--criterion", "wit"], "no criterion 'wit'"),
    ],
)
def test_a_wrong_call_on_a_project_ends_with_status_2(project, command, arguments, said):
    with pytest.raises(CommandError, match=said) as refused:
        call_command(command, *arguments)
    assert refused.value.returncode == 2


def test_compare_reads_battles_and_ratings_of_a_project(project, preference, capsys):
    battle = make_battle(project, ("Ash", "Birch"))
    scores = make_rubric(project, LIKERT)
    for rater in (make_rater(project), make_rater(project)):
        vote(preference, rater, battle, Outcome.A)
        rate(scores, rater, battle.response_a, helpfulness=4)
        rate(scores, rater, battle.response_b, helpfulness=2)
    call_command("compare", "trial", "Ash", "Birch", "--json")
    contests = {one["criterion"]: one["comparison"] for one in json.loads(capsys.readouterr().out)["contests"]}
    assert contests["preference"]["counts"]["wins"] == 2
    assert contests["helpfulness"]["estimates"]["mean_first"]["value"] is None  # one prompt has no spread
    with pytest.raises(CommandError, match="no criterion 'style'"):
        call_command("compare", "trial", "Ash", "Birch", "--criterion", "style")


def test_certify_tries_a_judge_against_the_people_of_a_project(project, preference, capsys):
    judge, people = make_rater(project, "gpt", kind="judge"), [make_rater(project) for _ in range(3)]
    make_rater(project, "length", kind="metric")
    for number in range(30):
        battle, said = make_battle(project), (Outcome.A, Outcome.B)[number % 2]
        for rater in (judge, *people):
            vote(preference, rater, battle, said, swapped=number % 3 == 0)
    call_command("certify", "trial", "--judge", "gpt", "--json")  # status 0: it is with them always
    card = json.loads(capsys.readouterr().out)["cards"][0]
    assert (card["criterion"], card["test"]["winning_rate"], len(card["test"]["people"])) == ("preference", 1.0, 3)
    assert card["bias"]["position"]["of_decided"]["value"] == 0.5  # said of the sides as shown, by turns
    assert card["bias"]["length"] is None or card["bias"]["length"]["share_difference"]["value"] in (None, 0.0)
    for rater in people:
        vote(preference, rater, make_battle(project), Outcome.A)
    with pytest.raises(SystemExit) as refused:
        call_command("certify", "trial", "--judge", "gpt", "--fewest-items", "31")
    assert refused.value.code == 1
    with pytest.raises(CommandError, match="no rater Zoe"):
        call_command("certify", "trial", "--judge", "Zoe")


def test_a_prompt_with_several_tags_is_in_several_boards(project, preference, capsys):
    for number, tags in enumerate((["topic:law", "hard"], ["topic:law"], ["easy"])):
        battle = make_battle(project, ("Ash", "Birch"))
        battle.prompt.tags = tags
        battle.prompt.save(update_fields=["tags"])
        vote(preference, make_rater(project), battle, (Outcome.A, Outcome.B)[number % 2])
    for by, expected in (("tag", {"easy": 1, "hard": 1, "topic:law": 2}), ("topic", {"topic:law": 2})):
        call_command("leaderboard", "trial", "--by", by, "--json")
        made = json.loads(capsys.readouterr().out)
        assert {one["tag"]: one["n_battles"] for one in made["boards"]} == expected
        assert made["overall"]["n_battles"] == 3
    with pytest.raises(CommandError, match="reads colour:"):
        call_command("leaderboard", "trial", "--by", "colour")


def test_a_project_is_ranked_by_its_ratings(project, capsys):
    scores, rater = make_rubric(project, LIKERT), make_rater(project)
    for values in ((4, 2), (5, 2), (3, 3)):
        battle = make_battle(project, ("Ash", "Birch"))
        for response, value in zip((battle.response_a, battle.response_b), values, strict=True):
            rate(scores, rater, response, helpfulness=value)
    call_command("leaderboard", "trial", "--method", "mean", "--json")
    ash, birch = json.loads(capsys.readouterr().out)["rows"]
    assert [(one["system"], one["rank"], one["n_prompts"]) for one in (ash, birch)] == [("Ash", 1, 3), ("Birch", 2, 3)]
    assert ash["lead"]["value"] == pytest.approx(5 / 3)  # (2 + 3 + 0) / 3, by prompt


def test_how_sure_a_rater_was_comes_with_the_details(project, preference):
    battle, judge = make_battle(project), make_rater(project, kind="judge")
    for confidence in (None, 4):
        vote(preference, judge, battle, Outcome.A, confidence=confidence)
    assert battles_of(project).confidence is None
    assert battles_of(project, details=True).confidence == pytest.approx([float("nan"), 0.7], nan_ok=True)
    rate(make_rubric(project, LIKERT), judge, make_response(project), **{LIKERT.key: 3})
    assert ratings_of(project, details=True).confidence == pytest.approx([float("nan")], nan_ok=True)
