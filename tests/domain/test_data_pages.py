"""The pages of a project's data: every row on one page, found by its words, with what raters said."""

from __future__ import annotations

from itertools import chain

import pytest

from domain.choices import Choice, Outcome, Value
from domain.models import Prompt, Response
from domain.services import Draft, battle_between, get_or_create_system, record_verdict
from tests.domain.visiting import url
from tests.factories import LIKERT, PREFERENCE, make_battle, make_prompt, make_rater, make_response, make_rubric

pytestmark = pytest.mark.django_db


def test_every_prompt_is_on_exactly_one_page_forwards_and_backwards(ada, project):
    Prompt.objects.bulk_create(
        Prompt(project=project, external_id=f"q{number}", turns=[{"role": "user", "content": "?"}])
        for number in range(120)
    )
    forwards, address = [], url("data", project)
    while address:
        shown = ada.get(address).context["page"]
        forwards.append([row.external_id for row in shown.rows])
        last, address = address, shown.next and url("data", project) + shown.next
    assert [len(rows) for rows in forwards] == [50, 50, 20]
    assert list(chain(*forwards)) == [f"q{number}" for number in range(120)]
    backwards = []
    while last:
        shown = ada.get(last).context["page"]
        backwards.append([row.external_id for row in shown.rows])
        last = shown.previous and url("data", project) + shown.previous
    assert backwards == forwards[::-1]


@pytest.mark.parametrize("position", ["after=x", "after=-1", f"before={'9' * 23}", f"after={'9' * 5000}", "after=²"])
def test_a_made_up_position_shows_the_first_page(ada, project, position):
    prompt = make_prompt(project)
    assert ada.get(f"{url('data', project)}?{position}").context["page"].rows == [prompt]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("peru", ["a"]), ("сколько", ["b"]), ('"quoted"', ["c"]), ("%", []), ("a_b", []), ("", list("abc"))],
)
def test_typing_finds_a_prompt_by_its_words_in_any_script(ada, project, typed, found):
    for name, text in [("a", "The capital of Peru?"), ("b", "Сколько стоит?"), ("c", 'What is "quoted" here?')]:
        make_prompt(project, text, external_id=name)
    rows = ada.get(url("data", project), {"q": typed}).context["page"].rows
    assert [row.external_id for row in rows] == found


def test_htmx_gets_the_rows_alone(ada, project):
    make_prompt(project, external_id="only-me")
    answer = ada.get(url("data", project), {"q": "only"}, headers={"HX-Request": "true", "HX-Target": "rows"})
    assert answer.content.decode().lstrip().startswith('<div id="rows">')
    assert "only-me" in answer.content.decode()


def test_a_system_without_responses_says_what_was_not_supplied(ada, project):
    make_response(project, system="Ash", content="Lima is it.")
    get_or_create_system(project, "Birch")
    answer = ada.get(url("data_part", project, "systems"))
    assert answer.status_code == 200
    assert "no text was supplied" in answer.content.decode()


def test_a_prompt_shows_all_responses_rendered_with_what_raters_said(ada, project):
    prompt, rubric = make_prompt(project, "Which is *best*?"), make_rubric(project, LIKERT)
    response = make_response(prompt=prompt, system="Ash", content="**Lima**")
    silent = make_response(prompt=prompt, system="Birch")
    Response.objects.filter(pk=silent.pk).update(content=None)
    draft = Draft(
        make_rater(project, "Carla").pk,
        {"helpfulness": Value(4)},
        "import:1:1",
        response_id=response.pk,
        rationale="names it",
    )
    record_verdict(project=project, rubric=rubric, draft=draft)
    answer = ada.get(url("prompt", project, prompt.pk)).content.decode()
    for part in ("<strong>Lima</strong>", "<em>best</em>", "Ash", "Birch", "not supplied", "Carla", "names it"):
        assert part in answer, part


def test_a_battle_names_the_winner_and_what_was_shown_first(ada, project):
    battle, rubric = make_battle(project, ("Ash", "Birch")), make_rubric(project, PREFERENCE)
    draft = Draft(
        make_rater(project).pk,
        {"preference": Choice(Outcome.A, 2)},  # A as the rater saw it: shown first, and that was response_b
        "import:1:1",
        battle_id=battle.pk,
        shown_swapped=True,
    )
    record_verdict(project=project, rubric=rubric, draft=draft)
    answer = ada.get(url("battle", project, battle.pk)).content.decode()
    assert "Birch, by 2 of 2 steps" in answer
    assert "shown first: Birch" in answer


def test_the_pages_cost_the_same_queries_whatever_the_number_of_rows(ada, project, django_assert_max_num_queries):
    for number in range(30):
        prompt = make_prompt(project)
        pair = [make_response(prompt=prompt, system=name, content=f"{name} {number}") for name in ("Ash", "Birch")]
        battle_between(*pair)
    for part in ("prompts", "systems", "responses", "battles"):
        ada.get(url("data_part", project, part))
        with django_assert_max_num_queries(16):
            ada.get(url("data_part", project, part))
