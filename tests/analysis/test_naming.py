"""The same battles give the same board, drawn numbers included, however their rows and names stood."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from analysis.boards_by import boards_by
from analysis.commandline import run
from analysis.contextual.context import Context
from analysis.data import SEEN_FROM_B, Battles, Coded
from analysis.leaderboard import leaderboard
from analysis.naming import by_name
from analysis.options import Options
from tests.analysis.builders import coded
from tests.known import known

OPTIONS = (
    Options(differences=True, compare_ties=True, exposure=True, robustness=True),
    Options(ties="davidson", cluster="both"),
    Options(ci="bootstrap", rounds=60),
    Options(ci="bootstrap", cluster="prompt", rounds=60),
    Options(method="win-rate", differences=True, matrix=True),
    Options(method="elo", permutations=5),
    Options(context=Context(rater_model="discrimination", shrink=1.0)),
)


def make(rows: list[tuple[str, str, int, str, str, float]]) -> Battles:
    """Number names in the order of the rows, as a reader of files does."""
    first, second, outcome, prompt, rater, weight = zip(*rows, strict=True)
    both = coded([*first, *second])
    return Battles(
        both.codes[: len(rows)],
        both.codes[len(rows) :],
        np.array(outcome),
        both.names,
        prompt=coded(prompt),
        rater=coded(rater),
        tag=coded(prompt),
        weight=np.array(weight),
    )


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, int, str, str, float]]:
    rng = np.random.default_rng(5)
    made = []
    for _ in range(300):
        a, b = rng.choice(5, 2, replace=False)
        outcome = int(rng.choice([0, 1, 2, 3], p=[0.45, 0.35, 0.15, 0.05]))
        names = f"p{rng.integers(12)}", f"r{rng.integers(4)}"
        made.append((f"s{a}", f"s{b}", outcome, *names, float(rng.choice([0.5, 1.0, 2.0]))))
    return made


def disturbed(rows):
    """The same battles in another order of rows, and half of them with their columns exchanged."""
    rng = np.random.default_rng(6)
    shuffled = [rows[place] for place in rng.permutation(len(rows))]
    return [
        (b, a, int(SEEN_FROM_B[outcome]), *rest) if rng.random() < 0.5 else (a, b, outcome, *rest)
        for a, b, outcome, *rest in shuffled
    ]


def same(first: Any, second: Any) -> bool:
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, float):
        return bool(second == pytest.approx(first, rel=1e-7, abs=1e-7))
    return bool(np.all(first == second))


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: f"{options.method} {options.ci} {options.cluster}")
def test_neither_order_nor_columns_of_the_rows_move_any_number_of_a_board(rows, options):
    assert same(asdict(leaderboard(make(rows), options)), asdict(leaderboard(make(disturbed(rows)), options)))


def test_boards_by_tag_stand_in_the_order_of_their_names(rows):
    names = [part.tag for part in boards_by(make(disturbed(rows)), Options()).boards]
    assert names == sorted(names)


def test_battles_that_are_numbered_by_name_are_left_as_they_are(rows):
    named = by_name(make(rows), raters_too=True)
    assert by_name(named, raters_too=True) is named


def test_every_row_keeps_its_names(rows):
    battles = make(rows)
    named = by_name(battles, raters_too=True)
    assert list(named.systems) == sorted(battles.systems)
    assert [named.systems[code] for code in named.system_a] == [row[0] for row in rows]
    assert [known(named.rater).names[code] for code in known(named.rater).codes] == [row[4] for row in rows]


def test_columns_that_are_not_there_stay_away():
    nothing = np.zeros(0, dtype=np.int64)
    battles = Battles(np.array([0]), np.array([1]), np.array([0]), ("b", "a"))
    assert by_name(battles, raters_too=True).rater is None
    assert by_name(Battles(nothing, nothing, nothing, ())).systems == ()


def test_names_may_go_unused():
    column = Coded(np.array([1, 1]), ("z", "y", "a"))
    battles = Battles(np.array([0, 0]), np.array([1, 1]), np.array([0, 1]), ("a", "b"), tag=column)
    assert known(by_name(battles).tag).used().names == ("y",)


@pytest.mark.parametrize(
    "call",
    [
        ["agreement", "--all", "--cluster", "prompt", "--per-rater", "--matrix"],
        ["agreement", "--dawid-skene", "--ci", "none"],
        ["certify", "--judge", "r0", "--rounds", "20", "--fewest-items", "5"],
        ["compare", "s0", "s1"],
        ["drift", "--between", "r0", "r1", "--rounds", "50"],
        ["leaderboard", "--method", "mean", "--pairs"],
        ["leaderboard", "--method", "mean", "--hybrid", "r0"],
    ],
    ids=" ".join,
)
def test_the_order_of_rows_moves_no_number_of_a_file_of_ratings(tmp_path, capsys, call):
    rng = np.random.default_rng(1)
    rows = [
        f"i{item},r{rater},{rng.integers(1, 4)},s{item % 2},p{item // 2}"
        for item in range(40)
        for rater in range(3)
        if rng.random() < 0.9
    ]
    said = []
    for name, lines in (("one", rows), ("other", [rows[place] for place in rng.permutation(len(rows))])):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(["item,rater,value,system,prompt", *lines]))
        run(call[0], [str(path), *call[1:], "--json"])
        said.append(json.loads(capsys.readouterr().out))
    assert same(*said)
