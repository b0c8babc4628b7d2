"""``jurybox certify``: the judge's answers meet the people's on the right items, and the exit status is the answer."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.certification import certify, question_of_battles, questions_of
from analysis.commandline import run
from analysis.comparison.estimates import Sampling
from analysis.data import Battles, Ratings
from analysis.judge_sides import Demands
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
    assert made.labels[0].judge.value == pytest.approx(np.mean(people == judge))


def test_numbers_with_distances_are_measured_by_their_errors():
    values = np.array([1.0, 5.0, 2.0, 3.0, 4.0, 3.0])
    ratings = Ratings(coded(["i", "j"] * 3), values, rater=coded(["judge", "judge", "a", "a", "b", "b"]))
    card = certify(questions_of(ratings, level="interval"), "judge", NONE).cards[0]
    by_unit = {made.unit: made.measures["mae"] for made in card.numbers}
    assert by_unit["judge-mean"].judge.value == pytest.approx(2.0)  # 1 against 3, and 5 against 3
    assert by_unit["judge-vote pairs"].judge.value == pytest.approx(2.0)  # 1 and 3 off 1, 2 and 2 off 5
    assert by_unit["judge-mean"].people.value == pytest.approx(1.0)


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
    assert bias.position is not None
    assert bias.position.of_decided.value == 1.0
    assert bias.people_position is not None
    assert bias.people_position.of_decided.value == 0.0
    assert bias.length is not None
    assert bias.length.judge_share.value == 0.5
    assert bias.length.people_share.value == 0.0
    assert bias.self_preference is not None
    assert bias.self_preference.effect.value == pytest.approx(0.5)
    assert "position" not in made.cards[0].missing
    assert made.cards[0].missing["swap"].reason == "no_pairs"


def test_both_orders_of_a_pair_are_matched_in_one_frame():
    columns = {"prompt": coded(["p", "p", "q", "q"]), "rater": coded(["judge"] * 4)}
    rows = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "A"), ("x", "y", "A")]
    battles = make_battles(rows, shown_b_first=np.array([False, False, False, True]), **columns)
    bias = certify([question_of_battles(battles)], "judge", NONE).cards[0].bias
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
    assert card["labels"][0]["people"]["value"] == 1.0
    assert card["missing"]["position"]["reason"] == "not_recorded"


def test_repeats_are_compared_within_an_order_and_swaps_across():
    rows = [
        ("p0", "judge", "A"),
        ("p0", "judge", "A"),
        ("p0", "judge", "B"),
        ("p1", "judge", "A"),
        ("p1", "judge", "tie"),
    ]
    rows += [("p0", "ben", "A"), ("p0", "ben", "B"), ("p0", "ben", "B")]
    first = np.array([False, False, True, False, False, True, True, True])
    card = certify([question_of_battles(votes(rows, shown_b_first=first))], "judge", NONE).cards[0]
    assert card.repeats is not None
    # p0 with x first: A A; with y first: B once; p1: A and tie. One of two pairs
    assert (card.repeats.judge.value, card.repeats.judge.n) == (0.5, 4)
    assert card.repeats.people.value == pytest.approx(1 / 3)
    assert card.repeats.order == "a question an order"
    without = certify([question_of_battles(votes(rows))], "judge", NONE).cards[0].repeats
    assert without is not None
    assert without.judge.value == pytest.approx(1 / 4)  # A A B: one of three; A tie: none of one
    assert without.order.startswith("not recorded")


def test_confidence_of_both_orders_is_averaged():
    rows = [*crowd(["A"] * 6, [["A"] * 6, ["A"] * 3 + ["B"] * 3]), ("p0", "judge", "A")]
    sure = np.array([0.5, *[0.8] * 5, *[np.nan] * 12, 0.9])
    card = certify([question_of_battles(votes(rows, confidence=sure))], "judge", NONE).cards[0]
    majority = card.certainty[1]
    assert (majority.source, majority.unit) == ("confidence", "judge-majority")
    said = [0.7, 0.8, 0.8]  # of the items on which people do not fall apart
    assert majority.judge.brier.value == pytest.approx(np.mean([(1 - one) ** 2 for one in said]))
    assert majority.people is None


def scored(level: str = "interval", **columns) -> Ratings:
    """Two people answer 0 or 1 about 12 responses of two systems to six prompts; the judge scores them."""
    said = np.array([0, 1, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0.0])
    score = np.where(said == 1, 7.0, 3.0) + np.arange(12) % 3 - 1
    values = np.concatenate([score, said, np.where(np.arange(12) == 3, 0.0, said)])
    items = [f"p{i // 2}" for i in range(12)]
    return Ratings(
        coded(items * 3),
        values,
        rater=coded(["judge"] * 12 + ["a"] * 12 + ["b"] * 12),
        system=coded(["x", "y"] * 18),
        **columns,
    )


def test_a_score_is_cut_where_people_say_yes_or_no():
    card = certify(questions_of(scored(), level="interval"), "judge", NONE).cards[0]
    cuts = {cut.goal: cut for cut in card.thresholds}
    assert set(cuts) == {"accuracy", "f1", "youden"}
    assert cuts["accuracy"].value == 1.0
    assert cuts["accuracy"].threshold == 7  # the lowest score of a yes; people disagree about the response at 6
    assert {made.source for made in card.certainty} == {"score"}
    assert card.missing["confidence"].reason == "not_recorded"


def test_responses_of_several_systems_to_one_item_are_told_apart():
    card = certify(questions_of(scored(), level="interval"), "judge", Demands(own=("x",), fewest_items=5)).cards[0]
    assert card.n_judged == 12
    assert card.responses is not None
    assert card.responses.judge.counts.n == 6  # a pair a prompt
    assert card.systems is not None
    assert (card.systems.n_systems, card.systems.n_prompts) == (2, 6)
    assert card.bias.self_preference_in_scores is not None
    rows = scored()
    people = (rows.value[12:24] + rows.value[24:]) / 2
    off = rows.value[:12] - people
    assert card.bias.self_preference_in_scores.value == pytest.approx(off[::2].mean() - off[1::2].mean())


@pytest.mark.parametrize(
    ("ratings", "level", "missing"),
    [
        (scored(), "interval", {"confidence", "repeats", "self_preference_in_scores"}),
        (
            Ratings(coded(["i"] * 3), np.array([0.0, 1.0, 0.0]), coded(["judge", "a", "b"]), labels=("no", "yes")),
            "nominal",
            {"thresholds", "confidence", "numbers", "responses", "systems", "repeats", "self_preference_in_scores"},
        ),
    ],
)
def test_what_is_not_on_the_card_says_why(ratings, level, missing):
    card = certify(questions_of(ratings, level=level), "judge", NONE).cards[0]
    assert set(card.missing) == missing
    assert all(gap.reason and gap.message for gap in card.missing.values())


def test_the_answer_comes_first_and_the_table_fits_a_screen(answers, capsys):
    assert run("certify", [answers, "--judge", "bad", "--raters", "a,b,c"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "bad may not stand in for people here: it holds its own against 0 of 3 people, and half are needed"
    )
    assert len(lines) < 40
    assert "Not here: " in " ".join(lines)
    assert "position (not recorded)" in " ".join(lines)


def test_every_figure_is_in_the_long_table(answers, capsys):
    run("certify", [answers, "--judge", "good", "--raters", "a,b,c", "--format", "csv"])
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    found = {(row["name"], row["unit"], row["who"]): row["value"] for row in rows}
    assert found["same answer", "judge-vote pairs, ties in", "people"] == "1.0"
    assert found["people A, judge A", "judge-majority, ties in", "judge"] == "20"
    assert found["macro F1", "judge-majority, ties in", "judge"] == "1.0"
    run("certify", [answers, "--judge", "good", "--raters", "a,b,c", "--all"])
    assert "precision of A" in capsys.readouterr().out


@pytest.fixture
def criteria(tmp_path: Path) -> str:
    """Two criteria: on one the judge is with the people, on the other it is not."""
    path = tmp_path / "ratings.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["item", "rater", "value", "criterion"])
        for rater in ("a", "b", "judge"):
            for item in range(40):
                out.writerow([f"i{item}", rater, item % 5, "clear"])
                out.writerow([f"i{item}", rater, (item + 2 * (rater == "judge")) % 5, "kind"])
    return str(path)


def test_several_criteria_are_a_line_each_and_one_failure_is_a_no(criteria, capsys):
    assert run("certify", [criteria, "--judge", "judge", "--rounds", "20"]) == 1
    out = capsys.readouterr().out
    assert "judge may not stand in for people here: it passes on 1 of 2 criteria, not on kind" in out
    assert run("certify", [criteria, "--judge", "judge", "--rounds", "20", "--criterion", "clear"]) == 0


@pytest.mark.parametrize("picture", ["confusion", "advantage"])
def test_a_picture_is_saved(answers, picture, tmp_path, capsys):
    path = tmp_path / "card.svg"
    run("certify", [answers, "--judge", "good", "--raters", "a,b,c", "--plot", str(path), "--picture", picture])
    assert path.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--picture", "calibration", "--plot", "card.svg"], "no such picture: nobody stated a confidence"),
        (["--plot", "card.pdf"], "card.pdf"),
    ],
)
def test_a_picture_that_cannot_be_drawn_says_why(answers, options, message, capsys):
    assert run("certify", [answers, "--judge", "good", "--raters", "a,b,c", "--rounds", "5", *options]) == 2
    assert message in capsys.readouterr().err


def test_other_judges_are_no_people(answers, capsys):
    run("certify", [answers, "--judge", "good", "--without", "bad", "--rounds", "5", "--json"])
    assert json.loads(capsys.readouterr().out)["cards"][0]["people"] == ["a", "b", "c"]
    assert run("certify", [answers, "--judge", "good", "--without", "Zoe"]) == 2
    assert "no rater Zoe in the file" in capsys.readouterr().err


def test_a_picture_is_of_one_criterion(criteria, capsys):
    assert run("certify", [criteria, "--judge", "judge", "--rounds", "5", "--plot", "card.svg"]) == 2
    assert "add --criterion with one of clear, kind" in capsys.readouterr().err


@pytest.mark.parametrize("format_name", ["table", "csv", "md", "html"])
def test_every_format_says_the_answer_and_the_numbers(answers, format_name, capsys):
    assert run("certify", [answers, "--judge", "good", "--raters", "a,b,c", "--format", format_name]) == 0
    out = capsys.readouterr().out
    assert "winning rate" in out
    assert "advantage" in out
