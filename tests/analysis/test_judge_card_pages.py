"""The pages that say which judges may stand in for people."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domain.choices import Choice, Outcome, Value
from domain.models import System
from domain.services import Draft, record_verdicts
from tests.factories import (
    LIKERT,
    PREFERENCE,
    SLIDER,
    make_battle,
    make_project,
    make_rater,
    make_response,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db
ITEMS = 32


@pytest.fixture
def ada(client):
    user = make_user("ada")
    client.force_login(user)
    return user


def choose(project, said, *, confidence=None):
    """Each rater says one outcome for each new battle of Ash against Birch."""
    rubric = make_rubric(project, PREFERENCE)
    battles = [make_battle(project) for _ in range(ITEMS)]
    drafts = [
        Draft(
            rater_id=rater.pk,
            battle_id=battle.pk,
            answers={"preference": Choice(Outcome(outcome))},
            occasion=f"t:{rater.pk}:{battle.pk}",
            confidence=(confidence or {}).get(rater),
        )
        for rater, outcomes in said.items()
        for battle, outcome in zip(battles, outcomes, strict=False)
    ]
    record_verdicts(project=project, rubric=rubric, drafts=drafts)


def rate(project, criterion, said):
    """Each rater gives one value to each new response."""
    rubric = make_rubric(project, criterion)
    responses = [make_response(project) for _ in range(len(next(iter(said.values()))))]
    drafts = [
        Draft(
            rater_id=rater.pk,
            response_id=response.pk,
            answers={criterion.key: Value(float(value))},
            occasion=f"r:{rater.pk}:{response.pk}",
        )
        for rater, values in said.items()
        for response, value in zip(responses, values, strict=True)
    ]
    record_verdicts(project=project, rubric=rubric, drafts=drafts)


TRUTH = list("AABABB" * 6)[:ITEMS]
WRONG = ["B" if outcome == "A" else "A" for outcome in TRUTH]


@pytest.fixture
def tried(ada):
    """Two people who agree, a judge that is with them, and one that never is."""
    project = make_project(slug="trial", owner=ada)
    people = [make_rater(project, name) for name in ("Ben", "Cleo")]
    good, bad = (make_rater(project, name, kind="judge") for name in ("good", "bad"))
    choose(project, {people[0]: TRUTH, people[1]: TRUTH, good: TRUTH, bad: WRONG}, confidence={good: 5})
    return {"project": project, "good": good.pk, "bad": bad.pk, "person": people[0].pk}


def card_url(key: int, **chosen: str) -> str:
    return reverse("analysis:judge_card", args=["trial", key], query=chosen)


def test_the_list_says_who_may_stand_in(client, tried):
    page = client.get(reverse("analysis:judge_cards", args=["trial"]))
    assert page.context["sentence"] == "good may stand in for people here on every question asked"
    assert [(judge.name, judge.passes) for judge in page.context["judges"]] == [("good", True), ("bad", False)]
    text = page.content.decode()
    assert "2 of 2 people" in text
    assert "0 of 2 people" in text
    assert "Ben" not in text


@pytest.mark.parametrize(("judge", "may"), [("good", "may"), ("bad", "may not")])
def test_a_card_begins_with_its_verdict(client, tried, judge, may):
    page = client.get(card_url(tried[judge]))
    assert page.context["page"].sentence.startswith(f"{judge} {may} stand in for people here: it holds its own against")
    text = page.content.decode()
    for expected in ("Against each person", "Ben", "Cleo", "The judge beside people", "judge-majority"):
        assert expected in text


def test_the_numbers_of_the_page_are_those_of_the_file(client, tried):
    page = client.get(card_url(tried["bad"])).context["page"]
    made = json.loads(client.get(reverse("analysis:judge_card_file", args=["trial", tried["bad"], "json"])).content)
    assert made["passes"] is False
    card = made["cards"][0]
    assert card["test"]["winning_rate"] == page.card.test.winning_rate == 0.0
    assert card["labels"][0]["judge"]["value"] == page.card.labels[0].judge.value == 0.0
    table = np.array(card["labels"][0]["classes"]["confusion"]["table"])
    assert table.sum() == sum(cell.count for _, cells in page.confusions[0].rows for cell in cells) == 2 * ITEMS


def test_confidence_is_drawn_and_listed(client, tried):
    page = client.get(card_url(tried["good"]))
    curve = page.context["page"].curves[0]
    assert [(point.part.mean_probability, point.part.share, point.part.n) for point in curve.points] == [
        (pytest.approx(0.9), 1.0, 2 * ITEMS)
    ]
    assert "Whether it is as sure as it should be" in page.content.decode()
    assert "Whether it is as sure" not in client.get(card_url(tried["bad"])).content.decode()


def test_who_the_people_are_decides_how_far_behind_a_judge_may_be(client, tried):
    for annotators, epsilon in (("experts", 0.2), ("crowd", 0.1)):
        page = client.get(card_url(tried["good"], annotators=annotators))
        assert page.context["page"].card.test.epsilon == epsilon
        assert f"--annotators {annotators}" in page.context["command"]


def test_the_family_of_a_judge_shows_whether_it_prefers_its_own(client, tried):
    System.objects.filter(project=tried["project"], name="Ash").update(family="trees")
    page = client.get(card_url(tried["bad"], family="trees"))
    effect = page.context["page"].card.bias.self_preference.effect.value
    assert effect == pytest.approx(WRONG.count("A") / ITEMS - TRUTH.count("A") / ITEMS)
    assert page.context["command"].endswith("--own Ash")


def test_a_test_that_anybody_passes_is_no_pass(client, ada):
    project = make_project(slug="trial", owner=ada)
    kinds = (("a", "person"), ("b", "person"), ("j", "judge"))
    raters = [make_rater(project, name, kind=kind) for name, kind in kinds]
    rng = np.random.default_rng(0)  # every rater guesses, so that any guess is as good as a person's
    rate(project, LIKERT, {rater: rng.integers(1, 6, 200) for rater in raters})
    page = client.get(card_url(raters[2].pk, annotators="experts"))
    card = page.context["page"].card
    assert (card.test.passes, card.passes) == (True, False)
    assert page.context["page"].sentence.startswith(
        "j may not stand in for people here: the test cannot tell, since its"
    )
    listed = client.get(reverse("analysis:judge_cards", args=["trial"], query={"annotators": "experts"}))
    assert "its answers shuffled among the items pass too" in listed.content.decode()
    assert listed.context["sentence"] == "No judge may stand in for people here yet"


def test_only_judges_of_this_project_have_a_card(client, tried):
    assert client.get(card_url(tried["person"])).status_code == 404
    assert client.get(card_url(tried["good"] + 1000)).status_code == 404
    other = make_rater(make_project(slug="other"), "elsewhere", kind="judge")
    assert client.get(card_url(other.pk)).status_code == 404


def test_a_judge_without_answers_says_what_is_needed(client, tried):
    silent = make_rater(tried["project"], "silent", kind="judge")
    page = client.get(card_url(silent.pk))
    assert "has not answered anything yet" in page.content.decode()
    assert client.get(reverse("analysis:judge_card_file", args=["trial", silent.pk, "json"])).status_code == 404


def test_without_judges_the_list_says_what_belongs_here(client, ada):
    make_project(slug="trial", owner=ada)
    text = client.get(reverse("analysis:judge_cards", args=["trial"])).content.decode()
    assert "No judge has answered yet" in text
    assert "jurybox judge trial" in text


@pytest.mark.parametrize("role", [None, "annotator"])
def test_strangers_and_annotators_find_nothing(client, ada, role):
    project = make_project(slug="trial", owner=make_user(), **({role: ada} if role else {}))
    judge = make_rater(project, "j", kind="judge").pk
    addresses = [
        reverse("analysis:judge_cards", args=["trial"]),
        card_url(judge),
        reverse("analysis:judge_card_file", args=["trial", judge, "json"]),
        reverse("analysis:judge_card_plot", args=["trial", judge, "confusion", "svg"]),
    ]
    assert {client.get(address).status_code for address in addresses} == {404}


@pytest.mark.parametrize("picture", ["confusion", "calibration", "advantage"])
@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_pictures_can_be_downloaded(client, tried, picture, kind, start):
    address = reverse("analysis:judge_card_plot", args=["trial", tried["good"], picture, kind])
    assert client.get(address, {"theme": "dark"}).content.startswith(start)


@pytest.mark.parametrize("path", ["{}.exe", "{}/secrets.svg", "{}/confusion.gif"])
def test_other_files_do_not_exist(client, tried, path):
    assert client.get("/p/trial/judge-card/" + path.format(tried["good"])).status_code == 404


def test_a_picture_of_nothing_does_not_exist(client, tried):
    address = reverse("analysis:judge_card_plot", args=["trial", tried["bad"], "calibration", "svg"])
    assert client.get(address).status_code == 404


def test_a_question_that_does_not_exist_is_named(client, tried):
    page = client.get(card_url(tried["good"], criterion="astrology"))
    assert page.status_code == 200
    assert "astrology" in page.content.decode()


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_more_judges_people_and_questions_take_no_more_queries(client, tried):
    addresses = [reverse("analysis:judge_cards", args=["trial"]), card_url(tried["good"], criterion="preference")]
    project, values = tried["project"], np.arange(ITEMS) % 5 + 1
    rate(project, LIKERT, {make_rater(project, "first", kind="judge"): values})
    before = [queries(client, address) for address in addresses]
    more = [make_rater(project, f"more {n}", kind=kind) for n, kind in enumerate(["person", "judge", "judge"])]
    rate(project, SLIDER, dict.fromkeys(more, values))
    rate(project, LIKERT, dict.fromkeys(more, values))
    assert [queries(client, address) for address in addresses] == before
