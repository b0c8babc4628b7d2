"""``jurybox certify``: the judge's answers meet the people's on the right items, and the exit status is the answer."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.certification import Demands, certify, question_of_battles, questions_of
from analysis.commandline import run
from analysis.comparison.estimates import Sampling
from analysis.data import Battles, Ratings
from analysis.judging.alternative import alternative_annotator_test
from tests.analysis.builders import coded, make_battles

NONE = Demands(sampling=Sampling(ci="none"), fewest_items=5)
_TURNED = {"A": "B", "B": "A"}


def votes(rows: list[tuple[str, str, str]], **columns) -> Battles:
    """``rows`` are (prompt, rater, outcome of x against y)."""
    prompts, raters, outcomes = zip(*rows, strict=True)
    battles = [("x", "y", outcome) for outcome in outcomes]
    return make_battles(battles, prompt=coded(prompts), rater=coded(raters), **columns)


def crowd(judge: list[str], people: list[list[str]]) -> list[tuple[str, str, str]]:
    rows = [(f"p{item}", "judge", outcome) for item, outcome in enumerate(judge)]
    return rows + [(f"p{i}", f"r{r}", outcome) for r, answers in enumerate(people) for i, outcome in enumerate(answers)]


CHOICES = st.lists(st.sampled_from(["A", "B", "tie"]), min_size=8, max_size=8)


@settings(max_examples=25, deadline=None)
@given(CHOICES, st.lists(CHOICES, min_size=2, max_size=3), st.lists(st.booleans(), min_size=32, max_size=32))
def test_the_columns_in_which_systems_stand_change_nothing(judge, people, turns):
    rows = crowd(judge, people)
    prompts, raters, outcomes = zip(*rows, strict=True)
    turned = [
        ("y", "x", _TURNED.get(o, o)) if turn else ("x", "y", o) for o, turn in zip(outcomes, turns, strict=False)
    ]
    other = make_battles(turned, prompt=coded(prompts), rater=coded(raters))
    one, two = (certify([question_of_battles(b)], "judge", NONE).cards[0].test for b in (votes(rows), other))
    assert (one.winning_rate, one.advantage.value) == (two.winning_rate, two.advantage.value)


def test_it_is_the_test_on_those_answers():
    rng = np.random.default_rng(3)
    judge, people = rng.integers(1, 6, 40).astype(float), rng.integers(1, 6, (3, 40)).astype(float)
    values = np.concatenate([judge, people.ravel()])
    ratings = Ratings(
        coded([f"i{i}" for _ in range(4) for i in range(40)]),
        values,
        rater=coded([name for name in ("judge", "a", "b", "c") for _ in range(40)]),
    )
    made = certify(questions_of(ratings), "judge", NONE).cards[0]
    item, rater = np.tile(np.arange(40), 3), np.repeat(np.arange(3), 40)
    expected = alternative_annotator_test(np.arange(40), judge, item, rater, people.ravel(), numeric=True)
    assert made.level == "ordinal"
    assert [p.p_value for p in made.test.people] == [p.p_value for p in expected.people]
    assert made.against_people[0].judge.value == pytest.approx(np.mean(people == judge))


def test_numbers_with_distances_are_measured_by_their_errors():
    values = np.array([1.0, 5.0, 2.0, 3.0, 4.0, 3.0])
    ratings = Ratings(coded(["i", "j"] * 3), values, rater=coded(["judge", "judge", "a", "a", "b", "b"]))
    card = certify(questions_of(ratings, level="interval"), "judge", NONE).cards[0]
    assert card.errors["mae"].value == pytest.approx(2.0)  # 1 against 3, and 5 against 3
    assert card.against_people == ()


def test_a_judge_that_contradicts_itself_abstains():
    rows = [*crowd(["A"] * 6, [["A"] * 6, ["A"] * 6]), ("p0", "judge", "B")]
    card = certify([question_of_battles(votes(rows))], "judge", NONE).cards[0]
    assert (card.abstained, card.n_judged) == (1, 5)


def test_position_length_and_family_are_read_off_the_battles():
    rows = crowd(["A", "A", "B", "B"], [["B"] * 4, ["B"] * 4])
    first = np.array([False, False, True, True] + [False] * 8)  # the judge always chose what it saw first
    long = np.column_stack([np.full(12, 100.0), *[np.zeros(12)] * 3])
    battles = votes(rows, shown_b_first=first, style_a=long, style_b=long / 2)
    made = certify([question_of_battles(battles)], "judge", Demands(own=("x",), sampling=Sampling(ci="none")))
    bias = made.cards[0].bias
    assert bias is not None
    assert bias.position is not None
    assert bias.position.of_decided.value == 1.0
    assert bias.length is not None
    assert bias.length.judge_share.value == 0.5
    assert bias.length.people_share.value == 0.0
    assert bias.self_preference is not None
    assert bias.self_preference.effect.value == pytest.approx(0.5)
    assert set(bias.missing) == {"swap"}


def test_both_orders_of_a_pair_are_matched_in_one_frame():
    columns = {"prompt": coded(["p", "p", "q", "q"]), "rater": coded(["judge"] * 4)}
    rows = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "A"), ("x", "y", "A")]
    battles = make_battles(rows, shown_b_first=np.array([False, False, False, True]), **columns)
    bias = certify([question_of_battles(battles)], "judge", NONE).cards[0].bias
    assert bias is not None
    assert bias.swap is not None
    assert (bias.swap.first_twice, bias.swap.second_twice, bias.swap.consistent.value) == (1, 0, 0.5)


def test_without_people_the_answer_is_no_and_says_why():
    made = certify([question_of_battles(votes(crowd(["A", "B"], [])))], "judge")
    assert (made.passes, made.cards[0].test.reason) == (False, "no_pairs")


def test_nobody_is_tried_who_did_not_answer():
    with pytest.raises(ValueError, match="no answer is by a rater 'Zoe'"):
        certify([question_of_battles(votes(crowd(["A"], [["A"]])))], "Zoe")


@pytest.fixture
def answers(tmp_path: Path) -> str:
    """Three people who agree, a judge that is with them, and one that never is."""
    path = tmp_path / "answers.csv"
    truth = ["A" if item % 2 else "B" for item in range(40)]
    given = {"a": truth, "b": truth, "c": truth, "good": truth, "bad": [_TURNED[one] for one in truth]}
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["system_a", "system_b", "outcome", "prompt", "rater"])
        out.writerows(["x", "y", one, f"p{i}", rater] for rater, said in given.items() for i, one in enumerate(said))
    return str(path)


@pytest.mark.parametrize(("judge", "status"), [("good", 0), ("bad", 1)])
def test_the_exit_status_is_the_answer(answers, judge, status, capsys):
    assert run("certify", [answers, "--judge", judge, "--raters", "a,b,c", "--json"]) == status
    made = json.loads(capsys.readouterr().out)
    assert made["passes"] is (status == 0)
    card = made["cards"][0]
    assert card["test"]["winning_rate"] == 1.0 - status
    assert [person["rater"] for person in card["test"]["people"]] == ["a", "b", "c"]
    assert card["against_people"][0]["people"]["value"] == 1.0
    assert card["bias"]["missing"]["position"].startswith("not_recorded")


@pytest.mark.parametrize("format_name", ["table", "csv", "md", "html"])
def test_every_format_says_the_answer_and_the_numbers(answers, format_name, capsys):
    assert run("certify", [answers, "--judge", "good", "--raters", "a,b,c", "--format", format_name]) == 0
    out = capsys.readouterr().out
    assert "winning rate" in out
    assert "advantage" in out
