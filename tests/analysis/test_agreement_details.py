"""The raters, the rater matrix and the slices on the agreement page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domain.choices import Choice, Outcome, Value
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

AGREEMENT = "analysis:agreement"


@pytest.fixture
def ada(client):
    user = make_user("ada")
    client.force_login(user)
    return user


def rated_project(owner, *, slug: str = "rated", items: int = 44, people: int = 3, tags=("easy", "hard")):
    """People, a judge and a metric rate responses; on the second tag's prompts people answer at random."""
    rng = np.random.default_rng(1)
    project = make_project(slug=slug, owner=owner)
    rubric = make_rubric(project, LIKERT)
    raters = [make_rater(project, f"Person {number}") for number in range(people)]
    raters += [make_rater(project, "gpt", kind="judge"), make_rater(project, "length", kind="metric")]
    drafts = []
    for number in range(items):
        tag = [tags[number % len(tags)]] if tags else []
        response = make_response(prompt=make_prompt(project, tags=tag), system="Ash")
        truth = int(rng.integers(1, 6))
        for rater in raters:
            guess = int(rng.integers(1, 6)) if tag == ["hard"] and rng.random() < 0.8 else truth
            drafts.append(
                Draft(
                    rater_id=rater.pk,
                    response_id=response.pk,
                    answers={"helpfulness": Value(guess)},
                    occasion=f"t:{rater.pk}:{response.pk}",
                )
            )
    record_verdicts(project=project, rubric=rubric, drafts=drafts)
    return project


def test_each_person_stands_beside_the_other_people_and_the_judge_beside_people(client, ada):
    rated_project(ada)
    page = client.get(reverse(AGREEMENT, args=["rated"]))
    details = page.context["details"]
    assert [(row.line.rater, row.kind) for row in details.raters] == [
        *((f"Person {number}", "person") for number in range(3)),
        ("gpt", "judge"),
    ]
    assert [row.line.equal.n for row in details.raters] == [88, 88, 88, 132]  # two others, or three people
    assert details.alpha == pytest.approx(page.context["sections"][0].lines[0].coefficient.value)
    text = page.content.decode()
    assert all(heading in text for heading in ("Rater by rater", "Every two raters", "By tag of the prompt"))


def test_the_matrix_leaves_metrics_out_and_says_each_number_in_text(client, ada):
    rated_project(ada)
    page = client.get(reverse(AGREEMENT, args=["rated"]))
    matrix = page.context["details"].matrix
    assert set(matrix.names) == {"Person 0", "Person 1", "Person 2", "gpt"}
    cells = dict(matrix.rows)["Person 0"]
    assert [cell.items for cell in cells] == [44] * 4
    assert sum(cell.is_itself for cell in cells) == 1
    assert f">{cells[1].text}<" in page.content.decode()
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        answer = client.get(reverse("analysis:agreement_matrix", args=["rated", kind]))
        assert answer.content.startswith(start)


def test_a_tag_on_which_people_disagree_is_told_apart(client, ada):
    rated_project(ada)
    slices = {row.name: row for row in client.get(reverse(AGREEMENT, args=["rated"])).context["details"].slices}
    assert set(slices) == {"easy", "hard"}
    assert slices["easy"].alpha.value == 1.0
    assert slices["hard"].alpha.value < 0.5
    assert slices["hard"].rest == 1.0
    assert slices["hard"].p_holm < 1e-6
    assert slices["hard"].alpha.n == 22


def test_prompts_without_tags_say_where_tags_come_from(client, ada):
    rated_project(ada, tags=())
    page = client.get(reverse(AGREEMENT, args=["rated"]))
    assert page.context["details"].slices == []
    assert "No prompt that people have answered has a tag" in page.content.decode()


def test_one_person_has_no_slices_and_the_page_says_why_once(client, ada):
    rated_project(ada, people=1)
    page = client.get(reverse(AGREEMENT, args=["rated"]))
    assert "at least two raters" in page.context["details"].why_no_slices
    assert page.content.decode().count("Agreement needs at least two raters, and here is one") == 2  # once above


def test_how_often_each_answer_was_given_stands_below_the_numbers(client, ada):
    rated_project(ada)
    page = client.get(reverse(AGREEMENT, args=["rated"]))
    share = page.context["sections"][0].prevalence
    assert share.n_ratings == 3 * 44
    assert f"of {share.n_ratings} answers" in page.content.decode()


def test_several_questions_have_no_details_until_one_is_chosen(client, ada):
    project = rated_project(ada)
    rubric = make_rubric(project, replace(LIKERT, key="tone"), name="Tone")
    rater = project.raters.get(person="Person 0")
    draft = Draft(rater_id=rater.pk, response_id=project.responses.first().pk, answers={"tone": Value(2)}, occasion="t")
    record_verdicts(project=project, rubric=rubric, drafts=[draft])
    url = reverse(AGREEMENT, args=["rated"])
    assert client.get(url).context["details"] is None
    one = client.get(url, {"criterion": "helpfulness"})
    assert one.context["details"].criterion == "helpfulness"
    assert "jurybox agreement rated --criterion helpfulness --raters human --per-rater" in one.content.decode()
    alone = client.get(url, {"criterion": "tone"}).context["details"]
    assert (alone.matrix, [row.line.equal.reason for row in alone.raters]) == (None, ["one_rater"])


def test_the_command_on_the_page_gives_the_numbers_of_the_page(client, ada, capsys):
    rated_project(ada)
    page = client.get(reverse(AGREEMENT, args=["rated"])).context
    words = page["command"].split()
    assert {"--per-rater", "--matrix", "--by"} <= set(words)  # the only question is shown with its raters
    call_command(*words[1:], "--json")
    said = json.loads(capsys.readouterr().out)
    [alpha] = [one for one in said["statistics"] if one["name"] == "krippendorff_alpha"]
    shown = page["sections"][0].lines[0].coefficient
    assert [alpha["value"], alpha["lower"], alpha["upper"], alpha["n"]] == pytest.approx(
        [shown.value, shown.lower, shown.upper, shown.n]
    )


def test_strangers_get_no_picture_and_no_other_kind_exists(client, ada):
    make_project(slug="wall", owner=make_user())
    assert client.get(reverse("analysis:agreement_matrix", args=["wall", "svg"])).status_code == 404
    make_project(slug="new", owner=ada)
    assert client.get(reverse("analysis:agreement_matrix", args=["new", "svg"])).status_code == 404
    rated_project(ada, items=4)
    assert client.get(reverse("analysis:agreement_matrix", args=["rated", "gif"])).status_code == 404


def test_more_items_and_raters_take_no_more_queries(client, ada):
    def queries(slug: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(reverse(AGREEMENT, args=[slug]))
        return len(captured)

    rated_project(ada, slug="small", items=4, people=2)
    rated_project(ada, slug="large", items=40, people=6, tags=("a", "b", "c", "d"))
    queries("small")  # what is read once, such as the session
    assert queries("large") == queries("small")


def test_the_command_slices_a_project_by_the_tags_of_its_prompts(ada, capsys):
    rated_project(ada)
    call_command("agreement", "rated", "--by", "tag", "--raters", "human", "--json")
    found = json.loads(capsys.readouterr().out)
    assert {one["slice"] for one in found["by"]["slices"]} == {"easy", "hard"}
    with pytest.raises(CommandError, match="reads mood:"):
        call_command("agreement", "rated", "--by", "mood")


def test_the_command_names_the_level_of_each_criterion_and_the_raters_of_all(ada, capsys):
    project = rated_project(ada, items=6)
    battle = make_battle(project)
    drafts = [
        Draft(
            rater_id=rater.pk, battle_id=battle.pk, answers={"preference": Choice(Outcome.A)}, occasion=f"b:{rater.pk}"
        )
        for rater in project.raters.filter(kind="person")
    ]
    record_verdicts(project=project, rubric=make_rubric(project, PREFERENCE), drafts=drafts)
    call_command("agreement", "rated", "--raters", "human", "--cluster", "prompt", "--matrix", "--dawid-skene")
    out = capsys.readouterr().out
    assert "Agreement of 3 raters: 21 ratings of 7 items, helpfulness ordinal; preference nominal" in out
    assert "mixed" not in out
    assert "none, since" in out  # one battle, on which everybody agrees, has no errors to estimate
