"""Elo: the steps of the arenas, in order and over random orders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import Battles
from analysis.elo import averaged_elo, online_elo
from analysis.errors import Undefined
from analysis.leaderboard import leaderboard
from analysis.options import Options
from tests.analysis.builders import connected_battles, make_battles


def test_the_first_steps_are_those_of_the_definition():
    rows = [("x", "y", "A"), ("x", "y", "tie"), ("y", "x", "both_bad")]
    first = 1000 + 4 * 0.5
    lead = 4.0
    move = 4 * (0.5 - 1 / (1 + 10 ** (-lead / 400)))
    assert online_elo(make_battles(rows[:1])).tolist() == [first, 1000 - 2]
    assert online_elo(make_battles(rows[:2]))[0] == pytest.approx(first + move)


def test_it_is_evalicas_elo():
    evalica = pytest.importorskip("evalica")
    rng = np.random.default_rng(4)
    pairs = [rng.choice(list("vwxyz"), 2, replace=False) for _ in range(300)]
    outcomes = rng.choice(["A", "B", "tie"], 300)
    made = online_elo(
        battles := make_battles([(str(p[0]), str(p[1]), str(o)) for p, o in zip(pairs, outcomes, strict=True)])
    )
    winner = {"A": evalica.Winner.X, "B": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    columns = [[str(p[side]) for p in pairs] for side in (0, 1)]
    theirs = evalica.elo(*columns, [winner[str(o)] for o in outcomes], initial=1000.0, base=10.0, scale=400.0, k=4.0)
    assert dict(zip(battles.systems, made, strict=True)) == pytest.approx(theirs.scores.to_dict())


@given(connected_battles(), st.floats(0.1, 50))
def test_points_are_only_passed_on_and_no_weight_is_no_move(battles, k):
    assert online_elo(battles, k=k).mean() == pytest.approx(1000)
    still = Battles(battles.system_a, battles.system_b, battles.outcome, battles.systems, weight=np.zeros(len(battles)))
    assert online_elo(still, k=k).tolist() == [1000.0] * len(battles.systems)


def test_the_average_over_orders_does_not_depend_on_the_order_given():
    rows = [("x", "y", "A")] * 30 + [("x", "y", "B")] * 30
    back = rows[::-1]
    one, other = (averaged_elo(make_battles(r), permutations=400, rng=np.random.default_rng(0)) for r in (rows, back))
    online = online_elo(make_battles(rows))[0] - online_elo(make_battles(back))[0]
    assert abs(online) > 20  # the order alone moves the online rating by more than this
    assert abs(one[0] - other[0]) < 2


def test_battles_run_in_the_order_of_time():
    rows = [("x", "y", "A"), ("x", "y", "B"), ("x", "y", "B")]
    timed = make_battles(rows, timestamp=np.array([3.0, 1.0, 2.0]))
    in_order = make_battles([rows[1], rows[2], rows[0]])
    boards = [{row.system: row.rating for row in leaderboard(b, Options(method="elo")).rows} for b in (timed, in_order)]
    assert boards[0] == boards[1]


def test_the_board_says_why_it_is_not_the_default_and_gives_no_interval():
    board = leaderboard(make_battles([("x", "y", "A"), ("v", "w", "tie")]), Options(method="elo", permutations=3))
    assert "Bradley-Terry" in board.conventions["not_the_default"]
    assert "3 random orders, seed 0" in board.conventions["rating"]
    assert {row.lower for row in board.rows} == {None}
    assert len(board.components) == 2


def test_ties_can_be_left_out_and_nothing_is_nothing():
    battles = make_battles([("x", "y", "tie"), ("x", "y", "both_bad")])
    rows = leaderboard(battles, Options(method="elo", ties="drop")).rows
    assert [(row.rating, row.reason) for row in rows] == [(None, "empty")] * 2
    with pytest.raises(Undefined):
        leaderboard(make_battles([]), Options(method="elo"))


@pytest.mark.parametrize("wrong", [{"k": 0.0}, {"k": float("nan")}, {"permutations": -1}, {"ci": "sandwich"}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"k must|permutations must|ci of elo"):
        Options(method="elo", **wrong)
