"""Hybrid boards: the right answers reach the estimators, and what a reader must doubt is said."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.commandline import run
from analysis.comparison.estimates import add_up
from analysis.data import Battles, Coded, Ratings, take
from analysis.errors import Undefined
from analysis.hybrid.board import HybridBoard, hybrid_board
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import hybrid_mean, hybrid_win_rate
from analysis.hybrid.parts import contributions
from analysis.hybrid.ranking import covariance_of
from analysis.hybrid.rows import HybridOptions
from analysis.hybrid.selection import same_scores
from analysis.hybrid.strengths import hybrid_strengths
from analysis.hybrid.votes import Sampled, judged_battles
from tests.analysis.builders import coded, make_battles
from tests.analysis.hybrid.builders import simulated
from tests.known import known

WIN_RATE, MEAN = HybridOptions("win-rate"), HybridOptions("mean")


def voted(seed: int = 0, *, prompts: int = 120, asked: int = 40, systems: int = 3, bias: float = 0.4) -> Battles:
    """One pair a prompt, decided by a judge who favours system a, and by a person on the first ones."""
    rng = np.random.default_rng(seed)
    names = "abcdef"[:systems]
    rows, prompt, rater = [], [], []
    for place in range(prompts):
        first, second = rng.choice(systems, 2, replace=False)
        chance = 1 / (1 + np.exp(first - second))
        truth = rng.random() < chance
        tilt = bias * (int(first == 0) - int(second == 0))
        judge = truth if rng.random() < 0.8 else rng.random() < 0.5 + tilt
        for who, won in (("judge", judge), ("ann", truth)):
            if who == "judge" or place < asked:
                rows.append((names[first], names[second], "A" if won else "B"))
                prompt.append(f"p{place}")
                rater.append(who)
    return make_battles(rows, prompt=coded(prompt), rater=coded(rater))


def rated(seed: int = 0, *, prompts: int = 60, asked: int = 25) -> Ratings:
    rng = np.random.default_rng(seed)
    rows: list[Any] = []
    for prompt in range(prompts):
        for system, level in (("x", 3.0), ("y", 3.5)):
            truth = level + rng.normal()
            rows.append((f"{prompt}{system}", "judge", truth + 0.5 + 0.3 * rng.normal(), system, prompt))
            if prompt < asked:
                rows.append((f"{prompt}{system}", "ann", truth, system, prompt))
    items, raters, values, systems, prompts_of = zip(*rows, strict=True)
    return Ratings(
        item=coded(items),
        value=np.array(values),
        rater=coded(raters),
        system=coded(systems),
        prompt=coded([str(each) for each in prompts_of]),
    )


def by_system(board: HybridBoard) -> dict[str, Any]:
    return {row.system: row for row in board.rows}


def test_ratings_are_the_strengths_in_points():
    battles = voted()
    board = hybrid_board(battles, "judge")
    made, _ = judged_battles(battles, "judge", ["ann"])
    both, alone = hybrid_strengths(made), hybrid_strengths(made, power=0.0)
    points = 400 / np.log(10)
    for row in board.rows:
        place = made.systems.index(row.system)
        assert row.estimate.value == pytest.approx(1000 + points * both.fit.strengths[place])
        assert row.estimate.standard_error == pytest.approx(points * np.sqrt(both.fit.covariance[place, place]))
        assert row.human_only.value == pytest.approx(1000 + points * alone.fit.strengths[place])
        assert known(row.estimate.upper) - known(row.estimate.value) == pytest.approx(
            1.959964 * known(row.estimate.standard_error), rel=1e-6
        )
    assert (board.n_human, board.n_judge, board.power) == (40, 120, both.power)
    assert [row.rank for row in board.rows] == [1, 2, 3]


def test_win_rates_against_a_baseline_are_those_of_its_battles_by_hand():
    battles = voted()
    board = hybrid_board(battles, "judge", options=HybridOptions("win-rate", baseline="c"))
    made, _ = judged_battles(battles, "judge", ["ann"])
    c = made.systems.index("c")
    for name, row in by_system(board).items():
        place = made.systems.index(name)
        met = ((made.system_a == place) & (made.system_b == c)) | ((made.system_a == c) & (made.system_b == place))
        sign = np.where(made.system_a[met] == place, 1, -1)
        judge, human = ((1 - sign) / 2 + sign * column[met] for column in (made.judge, made.human))
        expected = hybrid_win_rate(Labels(judge, human))
        assert row.estimate == expected.estimate
        assert (row.n_human, row.n_judge) == (int((~np.isnan(human)).sum()), int(met.sum()))
    assert set(by_system(board)) == {"a", "b"}


def test_means_are_those_of_each_systems_items():
    ratings = rated()
    board = hybrid_board(ratings, "judge", options=MEAN)
    for name, row in by_system(board).items():
        mine = take(ratings, known(ratings.system).codes == known(ratings.system).names.index(name))
        raters = known(mine.rater)
        values = {
            who: dict(zip(mine.item.codes[rows], mine.value[rows], strict=True))
            for who, rows in ((w, raters.codes == raters.names.index(w)) for w in ("judge", "ann"))
        }
        items = sorted(values["judge"])
        judge = np.array([values["judge"][item] for item in items])
        human = np.array([values["ann"].get(item, np.nan) for item in items])
        expected = hybrid_mean(Labels(judge, human, np.arange(60)))
        assert row.estimate.value == pytest.approx(expected.estimate.value)
        assert row.estimate.lower == pytest.approx(expected.estimate.lower)
        assert row.power == pytest.approx(expected.power[""])
    assert [row.system for row in board.rows] == ["y", "x"]


def test_where_low_is_good_the_lowest_mean_comes_first():
    ratings = replace(rated(), criterion=coded(["errors"] * len(rated())))
    board = hybrid_board(ratings, "judge", options=MEAN, lower_is_better={"errors"})
    assert [(row.criterion, row.system, row.rank) for row in board.rows] == [("errors", "x", 1), ("errors", "y", 2)]


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("strata", [False, True])
def test_what_units_add_squares_to_the_variance(clustered, strata):
    labels = simulated(np.random.default_rng(1), items=200, labelled=60)
    order = np.random.default_rng(2).permutation(200)
    code = np.arange(200) % 40
    labels = Labels(
        labels.judge[order],
        labels.human[order],
        code if clustered else None,
        Coded(code % 2, ("even", "odd")) if strata else None,
    )
    made = hybrid_mean(labels)
    unit, added = contributions(labels, made.power)
    covariance = covariance_of([(unit, added), (unit, -added)])
    variance = known(made.estimate.standard_error) ** 2
    assert covariance == pytest.approx(variance * np.array([[1, -1], [-1, 1]]))


def test_means_on_the_same_prompts_covary_as_a_paired_comparison_says():
    rng = np.random.default_rng(3)
    shared = rng.normal(size=80)
    first, second = shared + rng.normal(size=80), shared + rng.normal(size=80)
    added = [contributions(Labels(np.zeros(80), column, np.arange(80)), {"": 0.0}) for column in (first, second)]
    covariance = covariance_of(added)
    paired = np.var(first - second, ddof=1) / 80
    assert covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] == pytest.approx(paired)


@given(seed=st.integers(0, 30))
@settings(max_examples=10, deadline=None)
def test_names_and_the_order_of_rows_do_not_matter(seed):
    battles = voted(seed)
    rng = np.random.default_rng(seed)
    place = rng.permutation(3)
    other = Battles(
        place[battles.system_a],
        place[battles.system_b],
        battles.outcome,
        tuple(np.array(battles.systems)[np.argsort(place)]),
        prompt=battles.prompt,
        rater=battles.rater,
    )
    turned = hybrid_board(take(other, rng.permutation(len(battles))), "judge", options=WIN_RATE)
    for name, row in by_system(hybrid_board(battles, "judge", options=WIN_RATE)).items():
        again = by_system(turned)[name]
        assert (again.rank, again.n_human) == (row.rank, row.n_human)
        assert again.estimate.value == pytest.approx(row.estimate.value)
        assert again.estimate.lower == pytest.approx(row.estimate.lower)


def test_prompts_said_twice_count_once_when_clustered():
    once = voted(asked=60)
    rows = np.repeat(np.arange(len(once)), 2)
    item = np.arange(2 * len(once)) % 2 + 2 * known(once.prompt).codes[rows]
    twice = replace(take(once, rows), item=Coded(item, tuple(map(str, range(240)))))
    options = replace(WIN_RATE, cluster="prompt")
    first, second = (by_system(hybrid_board(table, "judge", options=options)) for table in (once, twice))
    for name, row in first.items():
        assert second[name].estimate.lower == pytest.approx(row.estimate.lower)
        assert second[name].n_human == 2 * row.n_human


def notes(board: HybridBoard) -> set[str]:
    return {note.code for note in board.warnings}


def test_peoples_items_that_were_picked_by_the_judges_answer_are_noticed():
    picked = rated(prompts=400, asked=0)
    value = picked.value
    liked = np.flatnonzero(value > 4.5)
    people = Ratings(
        item=Coded(np.concatenate([picked.item.codes, picked.item.codes[liked]]), picked.item.names),
        value=np.concatenate([value, value[liked] - 0.5]),
        rater=Coded(np.repeat([0, 1], [len(value), len(liked)]), ("judge", "ann")),
        system=Coded(
            np.concatenate([known(picked.system).codes, known(picked.system).codes[liked]]), known(picked.system).names
        ),
    )
    made = hybrid_board(people, "judge", options=MEAN)
    assert "not_at_random" in notes(made)
    assert "not_at_random" not in notes(hybrid_board(rated(prompts=200, asked=60), "judge", options=MEAN))


def test_pairs_that_people_were_given_more_often_are_noticed():
    battles = voted(prompts=600, asked=600)
    names = np.array(battles.systems)
    is_ab = (np.isin(names[battles.system_a], ["a", "b"])) & (np.isin(names[battles.system_b], ["a", "b"]))
    by_ann = known(battles.rater).codes == known(battles.rater).names.index("ann")
    rare = np.random.default_rng(0).random(len(battles)) < 0.1
    board = hybrid_board(take(battles, ~by_ann | is_ab | rare), "judge")
    assert known(board.selection["pairs"].p_value) < 1e-6
    assert "not_at_random" in notes(board)


def test_a_random_part_is_seldom_called_suspicious():
    rng = np.random.default_rng(5)
    p_values = []
    for _ in range(300):
        labels = simulated(rng, items=150, labelled=40)
        p_values.append(known(same_scores(labels).p_value))
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.035)
    wald = [known(hybrid_board(voted(seed), "judge").selection["results"].p_value) for seed in range(60)]
    assert np.mean(np.array(wald) < 0.05) < 0.15


def test_systems_that_people_do_not_link_are_set_apart():
    battles = voted(systems=4, prompts=200, asked=80)
    d = battles.systems.index("d")
    with_d = (battles.system_a == d) | (battles.system_b == d)
    by_ann = known(battles.rater).codes == known(battles.rater).names.index("ann")
    board = hybrid_board(take(battles, ~(with_d & by_ann)), "judge")
    last = board.rows[-1]
    assert (last.system, last.rank, last.estimate.value, last.estimate.reason) == ("d", None, None, "disconnected")
    assert last.n_judge > 0 == last.n_human
    assert "disconnected" in notes(board)
    assert all(row.estimate.value is not None for row in board.rows[:-1])


def test_what_helps_little_or_is_left_out_is_said():
    battles = voted()
    by_judge = known(battles.rater).codes == known(battles.rater).names.index("judge")
    asked = known(battles.prompt).codes < 40
    assert {"no_others", "few_labels"} <= notes(hybrid_board(take(battles, ~by_judge | asked), "judge"))
    board = hybrid_board(take(battles, ~(by_judge & (known(battles.prompt).codes < 5))), "judge")
    assert "people_only" in notes(board)
    assert board.people_only == 5


def test_a_system_without_peoples_answers_has_a_reason_and_no_rank():
    ratings = rated()
    y = known(ratings.system).codes == known(ratings.system).names.index("y")
    by_ann = known(ratings.rater).codes == known(ratings.rater).names.index("ann")
    board = hybrid_board(take(ratings, ~(y & by_ann)), "judge", options=MEAN)
    rows = by_system(board)
    assert (rows["y"].estimate.reason, rows["y"].rank, rows["x"].rank) == ("no_pairs", None, 1)


def test_what_no_board_can_be_made_of_says_why():
    battles = voted()
    with pytest.raises(Undefined, match="none of them in common"):
        hybrid_board(take(battles, (known(battles.rater).codes == 0) == (known(battles.prompt).codes >= 40)), "judge")
    with pytest.raises(Undefined, match="nothing to check judge against"):
        hybrid_board(battles, "judge", [])
    with pytest.raises(ValueError, match="no system 'z'"):
        hybrid_board(battles, "judge", options=HybridOptions("win-rate", baseline="z"))
    with pytest.raises(ValueError, match="need battles"):
        hybrid_board(rated(), "judge")
    with pytest.raises(ValueError, match="needs ratings"):
        hybrid_board(battles, "judge", options=MEAN)
    with pytest.raises(ValueError, match="baseline is for win rates"):
        HybridOptions(baseline="a")


def test_declared_probabilities_undo_a_choice_that_favours_some_items():
    rng = np.random.default_rng(7)
    truth = rng.normal(size=4000)
    chance = np.where(truth > 0, 0.3, 0.05)
    asked = np.flatnonzero(rng.random(4000) < chance)
    item = np.concatenate([np.arange(4000), asked])
    ratings = Ratings(
        item=Coded(item, tuple(map(str, range(4000)))),
        value=np.concatenate([truth + rng.normal(size=4000), truth[asked]]),
        rater=Coded(np.repeat([0, 1], [4000, len(asked)]), ("judge", "ann")),
        system=Coded(np.zeros(len(item), dtype=np.int64), ("x",)),
    )
    options = replace(MEAN, drawn=Sampled(probability=chance[item]))
    fair, plain = (hybrid_board(ratings, "judge", options=each).rows[0].estimate for each in (options, MEAN))
    assert abs(known(fair.value) - truth.mean()) < 3 * known(fair.standard_error)
    assert abs(known(plain.value) - truth.mean()) > 5 * known(plain.standard_error)


@pytest.fixture
def battles_file(tmp_path: Path) -> Path:
    battles, path = voted(), tmp_path / "votes.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["system_a", "system_b", "outcome", "prompt", "rater", "half"])
        for row in range(len(battles)):
            a, b = battles.systems[battles.system_a[row]], battles.systems[battles.system_b[row]]
            prompt = known(battles.prompt).names[known(battles.prompt).codes[row]]
            rater = known(battles.rater).names[known(battles.rater).codes[row]]
            out.writerow([a, b, "AB"[battles.outcome[row]], prompt, rater, int(prompt[1:]) % 2])
    return path


def test_the_command_says_what_the_library_says(battles_file, capsys):
    assert run("leaderboard", [str(battles_file), "--hybrid", "judge", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    board = hybrid_board(voted(), "judge")
    assert {"method", "judge", "people", "power", "effective_n", "selection", "warnings", "rows"} <= set(made)
    assert made["rows"][0]["estimate"]["value"] == pytest.approx(board.rows[0].estimate.value)
    assert {"human_only", "judge_only", "power", "effective_n", "rank_lower", "rank_all_upper"} <= set(made["rows"][0])


def test_strata_named_in_the_file_are_used(battles_file, capsys):
    call = [str(battles_file), "--hybrid", "judge", "--method", "win-rate", "--json"]
    assert run("leaderboard", [*call, "--strata", "half"]) == 0
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert row["estimate"]["conventions"]["weights"] == "shares of the items"


@pytest.mark.parametrize("form", ["table", "csv", "md", "html"])
def test_every_format_names_each_system(battles_file, capsys, form):
    assert run("leaderboard", [str(battles_file), "--hybrid", "judge", "--format", form]) == 0
    said = capsys.readouterr().out
    assert ("human_only" if form == "csv" else "People") in said
    assert all(name in said for name in "abc")


def test_the_picture_is_saved(battles_file, tmp_path, capsys):
    path = tmp_path / "board.svg"
    assert run("leaderboard", [str(battles_file), "--hybrid", "judge", "--plot", str(path)]) == 0
    assert "people and judge" in path.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hybrid", "gpt"], "no answer is by a rater 'gpt'"),
        (["--hybrid", "judge", "--ties", "drop", "--prior", "1"], "leave --ties, --prior out"),
        (["--hybrid", "judge", "--method", "elo"], "not by elo"),
        (["--hybrid", "judge", "--raters", "zoe"], "no rater zoe"),
        (["--hybrid", "judge", "--strata", "half"], "strata and probabilities are for win rates"),
        (["--hybrid", "judge", "--method", "win-rate", "--strata", "nothing"], "nothing"),
        (["--hybrid", "judge", "--cluster", "rater"], "not by rater"),
        (["--hybrid", "judge", "--plot", "board.gif"], ".svg or .png"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(battles_file, capsys, options, said):
    assert run("leaderboard", [str(battles_file), *options]) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.out == ""


def test_the_sum_of_rows_added_up_by_cluster_is_what_the_sandwich_sums():
    labels = simulated(np.random.default_rng(9), items=90, labelled=30)
    code = np.arange(90) % 15
    clustered = replace(labels, cluster=code)
    _, added = contributions(clustered, {"": 0.7})
    human = np.where(labels.labelled, labels.human - labels.human[:30].mean(), 0) / 30
    judge = np.where(
        labels.labelled, (labels.judge - labels.judge[:30].mean()) / 30, (labels.judge[30:].mean() - labels.judge) / 60
    )
    by_hand = add_up(np.column_stack([human - 0.7 * judge]), code)[:, 0] * np.sqrt(15 / 14)
    assert added == pytest.approx(by_hand)
