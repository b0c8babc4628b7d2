"""Two judge versions on the same items: pairing, figures, differences of prompts and settings, and who may look."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from domain.choices import Outcome
from judges.comparing import Comparison, common_criteria, compare
from judges.differences import MOST_WORDS, prompts_of_both, settings_of_both, shortened, word_diff
from judges.models import Cell, JudgeVersion
from judges.parameters import Parameters
from judges.providers import Vendor
from judges.runner import drain
from tests.factories import LIKERT, PREFERENCE, make_project, make_rubric, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db
PAGE = reverse("judges:compare", args=["shop"])


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"), viewer=make_user("vic"), annotator=make_user("ann"))
    make_battles(project, 12)
    return project


@pytest.fixture
def vic(project) -> Client:
    return signed_in(project, "viewer")


def signed_in(project, role: str) -> Client:
    client = Client()
    client.force_login(project.memberships.get(role=role).user)
    return client


def make_pair(project, fake, spec=PREFERENCE) -> tuple[JudgeVersion, JudgeVersion]:
    rubric = make_rubric(project, spec)
    made = {"rubric": rubric, "vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna", "base_url": fake.openai_url}
    first = make_version(project, **made)
    return first, make_version(project, **made, parameters=Parameters(max_tokens=600, repairs=0, reasons="after"))


@pytest.fixture
def pair(project, fake) -> tuple[JudgeVersion, JudgeVersion]:
    """Two versions that were both asked about everything, and answer alike."""
    first, second = make_pair(project, fake)
    for version in (first, second):
        drain(make_run(version))
    return first, second


def turn(version: JudgeVersion, how_many: int) -> list[Cell]:
    """Let the first cells of a version say the opposite of what they say."""
    cells = list(Cell.objects.filter(run__version=version, outcome="verdict").order_by("pk")[:how_many])
    for cell in cells:
        assert cell.verdict is not None
        score = cell.verdict.scores.get()
        score.outcome = {"A": "B", "B": "A"}.get(score.outcome or "", "A")
        score.save()
    return cells


def found_of(pair: tuple[JudgeVersion, JudgeVersion]) -> Comparison:
    first, second = pair
    return compare(first, second, common_criteria(first, second)[0])


def test_versions_that_answer_alike_agree_without_an_interval(pair):
    found = found_of(pair)
    assert (found.n, found.same.value, found.differing) == (24, 1.0, [])
    assert found.agreement.lower is None


def test_where_they_differ_both_cells_are_shown(pair, vic):
    turned = turn(pair[1], 3)
    found = found_of(pair)
    assert [second for _, second in found.differing] == [cell.pk for cell in turned]
    assert found.same.value == pytest.approx(21 / 24)
    page = vic.get(PAGE, {"a": pair[0].pk, "b": pair[1].pk})
    for row in page.context["rows"]:
        assert row["first"].battle_id == row["second"].battle_id
        assert row["first"].order == row["second"].order
        for cell in (row["first"], row["second"]):
            assert reverse("judges:cell", args=["shop", cell.run_id, cell.pk]) in page.content.decode()


def test_the_win_rates_of_both_are_those_of_their_own_answers(pair):
    turn(pair[1], 6)
    found = found_of(pair)
    for place, version in enumerate(pair):
        wins = {"Ash": 0.0, "Birch": 0.0}
        for cell in Cell.objects.filter(run__version=version).select_related(
            "battle__response_a__system", "battle__response_b__system"
        ):
            assert cell.verdict is not None
            assert cell.battle is not None
            outcome = cell.verdict.scores.get().outcome
            a = {"A": 1.0, "B": 0.0}.get(outcome or "", 0.5)
            wins[cell.battle.response_a.system.name] += a / 24
            wins[cell.battle.response_b.system.name] += (1 - a) / 24
        assert {shift.system: (shift.first, shift.second)[place] for shift in found.shifts} == pytest.approx(wins)
    assert sum(shift.by.value or 0 for shift in found.shifts) == pytest.approx(0)  # what one wins, the other loses


def test_items_that_one_version_has_not_answered_enter_nothing(pair):
    turned = turn(pair[1], 2)
    Cell.objects.filter(pk=turned[0].pk).update(outcome="refused")
    found = found_of(pair)
    assert (found.n, found.only_first, found.only_second) == (23, 1, 0)
    assert len(found.differing) == 1


def test_of_several_runs_the_latest_verdict_counts(pair):
    turn(pair[1], 24)
    assert len(found_of(pair).differing) == 24
    drain(make_run(pair[1]))
    found = found_of(pair)
    assert (found.n, found.differing) == (24, [])
    assert found.coverage[1].asked == 48


def test_a_version_without_runs_has_reasons_and_no_numbers(project, fake, vic):
    first, second = make_pair(project, fake)
    found = found_of((first, second))
    assert (found.n, found.agreement.value, found.same.value) == (0, None, None)
    assert found.coverage[0].per_answer_nusd is None
    page = vic.get(PAGE, {"a": first.pk, "b": second.pk}).content.decode()
    assert "have no answers in common" in page
    assert "No verdict" not in page


def test_scores_are_compared_by_quadratic_weights_and_means(project, fake, vic):
    pair = make_pair(project, fake, LIKERT)
    for version, score in zip(pair, (3, 4), strict=True):
        fake.configure(judge=lambda question, rng, score=score: {"helpfulness": {"reasons": "So.", "score": score}})
        drain(make_run(version))
    found = found_of(pair)
    assert (found.n, len(found.differing)) == (24, 24)
    assert {shift.by.value for shift in found.shifts} == {1.0}
    assert found.agreement.value == pytest.approx(0.0)
    page = vic.get(PAGE, {"a": pair[0].pk, "b": pair[1].pk}).content.decode()
    assert "Kappa, quadratic weights" in page


def test_criteria_with_other_answers_are_not_compared(project, fake, vic):
    first = make_pair(project, fake)[0]
    second = make_version(project, rubric=make_rubric(project, LIKERT), name="Other")
    assert common_criteria(first, second) == []
    page = vic.get(PAGE, {"a": first.pk, "b": second.pk})
    assert page.status_code == 200
    assert b"no criterion in common" in page.content


def test_the_table_of_settings_names_what_is_different(pair):
    rows = {row.name: row for row in settings_of_both(*pair)}
    assert (rows["Max tokens"].first, rows["Max tokens"].second) == ("500", "600")
    assert {name for name, row in rows.items() if row.differs} == {"Max tokens", "Reasons"}


def test_prompts_are_compared_word_by_word_about_the_same_item(pair, vic):
    from judges.estimates import sample_items
    from judges.planning import Selection

    (item,) = sample_items(pair[0], Selection(), how_many=1)
    (_, system, system_differs), (_, _, message_differs) = prompts_of_both(pair[0], pair[1], item)
    assert system_differs
    assert not message_differs  # the random marker is the same for both
    assert {piece.kind for piece in system} == {"same", "removed", "added", "skipped"}
    assert "<del>" in vic.get(PAGE, {"a": pair[0].pk, "b": pair[1].pk}).content.decode()


texts = st.text(alphabet="ab .\n", max_size=60)


@given(texts, texts)
def test_a_word_diff_gives_both_texts_back(first, second):
    pieces = word_diff(first, second)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == first
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == second


def test_long_stretches_that_are_the_same_are_left_out_and_what_differs_never():
    text = " ".join(str(number) for number in range(500))
    pieces = shortened(word_diff(f"{text} old {text}", f"{text} new {text}"))
    assert [piece.text for piece in pieces if piece.kind in ("removed", "added")] == ["old", "new"]
    assert sum(len(piece.text) for piece in pieces) < 1000
    assert shortened(word_diff("a b", "a c")) == word_diff("a b", "a c")


def test_a_word_diff_of_very_long_texts_does_not_take_for_ever():
    words = [str(number) for number in range(MOST_WORDS)]
    pieces = word_diff(" ".join(["x", *words, "y"]), " ".join(["z", *reversed(words), "y"]))
    assert [piece.kind for piece in pieces] == ["removed", "added", "same"]


def test_hostile_words_of_a_rubric_are_shown_as_text(project, vic):
    made = [make_version(project, rubric=make_rubric(project, PREFERENCE, name=f"<b>{n}</b>")) for n in range(2)]
    page = vic.get(PAGE, {"a": made[0].pk, "b": made[1].pk}).content.decode()
    assert "<b>0</b>" not in page
    assert "&lt;b&gt;0&lt;/b&gt;" in page


@pytest.mark.parametrize("wanted", [{"a": "x", "b": "y"}, {"a": "9" * 30, "b": "1"}, {"a": ""}])
def test_versions_that_do_not_exist_are_an_error_of_the_form(project, vic, wanted):
    make_version(project)
    assert vic.get(PAGE, wanted).status_code == 422


def test_a_version_beside_itself_is_refused(pair, vic):
    page = vic.get(PAGE, {"a": pair[0].pk, "b": pair[0].pk})
    assert page.status_code == 422
    assert b"one and the same judge" in page.content


def test_a_version_of_another_project_is_not_found(pair, vic):
    elsewhere = make_version(make_project(slug="attic"))
    assert vic.get(PAGE, {"a": pair[0].pk, "b": elsewhere.pk}).status_code == 422


def test_who_may_see_runs_may_compare_and_nobody_else(pair, project):
    wanted = {"a": pair[0].pk, "b": pair[1].pk}
    stranger = Client()
    stranger.force_login(make_user("eve"))
    assert [client.get(PAGE, wanted).status_code for client in (stranger, signed_in(project, "annotator"))] == [
        404,
        404,
    ]
    assert Client().get(PAGE, wanted).status_code == 302
    assert signed_in(project, "owner").get(PAGE, wanted).status_code == 200


def test_with_nothing_chosen_the_page_asks_which(project, vic):
    assert b"Two judges are needed" in vic.get(PAGE).content
    make_version(project, name="One")
    make_version(project, name="Two")
    assert b"Compare two judges" in vic.get(PAGE).content


def test_the_number_of_queries_does_not_grow_with_the_items(pair, project, vic):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            vic.get(PAGE, {"a": pair[0].pk, "b": pair[1].pk})
        return len(captured)

    turn(pair[1], 2)
    few = queries()
    turn(pair[1], 24)
    make_battles(project, 5)
    for version in pair:
        drain(make_run(version))
    turn(pair[0], 40)
    assert queries() == few


def test_outcomes_have_points():
    from judges.comparing import POINTS

    assert set(POINTS) == {outcome.value for outcome in Outcome}
