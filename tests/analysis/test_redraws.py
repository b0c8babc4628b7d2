"""The bootstrap of a leaderboard beside its sandwich."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.leaderboard import leaderboard
from analysis.options import Options
from tests.analysis.builders import make_battles


def plenty() -> list[tuple[str, str, str]]:
    rng = np.random.default_rng(21)
    true = {"w": 0.6, "x": 0.3, "y": 0.0, "z": -0.4}
    rows = []
    for _ in range(900):
        a, b = rng.choice(list(true), 2, replace=False)
        chance = 1 / (1 + np.exp(true[b] - true[a]))
        rows.append((str(a), str(b), "tie" if rng.random() < 0.2 else "A" if rng.random() < chance else "B"))
    return rows


@pytest.mark.parametrize("rule", ["half", "drop", "davidson"])
def test_bootstrap_and_sandwich_agree_on_plenty_of_battles(rule):
    battles = make_battles(plenty())
    boards = [leaderboard(battles, Options(ties=rule, ci=ci, rounds=500)) for ci in ("sandwich", "bootstrap")]
    for one, other in zip(boards[0].rows, boards[1].rows, strict=True):
        assert one.rating == other.rating
        assert one.lower == pytest.approx(other.lower, abs=5)
        assert one.upper == pytest.approx(other.upper, abs=5)
        assert (one.rank_lower, one.rank_upper) == (other.rank_lower, other.rank_upper)


def test_the_seed_decides_the_bootstrap():
    battles = make_battles(plenty())
    once, again, other = (leaderboard(battles, Options(ci="bootstrap", rounds=50, seed=seed)) for seed in (1, 1, 2))
    assert once == again
    assert once.rows[0].lower != other.rows[0].lower


def test_an_anchor_does_not_move_under_the_bootstrap():
    board = leaderboard(make_battles(plenty()), Options(ci="bootstrap", rounds=50, anchor=("w", 900.0)))
    held = next(row for row in board.rows if row.system == "w")
    assert (held.rating, held.lower, held.upper) == (900, 900, 900)


def test_a_system_that_often_loses_its_only_win_has_no_bootstrap_interval():
    rows = [("x", "y", "A"), ("y", "x", "A")] * 10 + [("x", "z", "A")] * 5 + [("z", "x", "A")]
    board = leaderboard(make_battles(rows), Options(ci="bootstrap", rounds=200))
    assert {(row.lower, row.upper) for row in board.rows} == {(None, None)}
    assert all((row.rank_lower, row.rank_upper) == (1, 3) for row in board.rows)
    assert "no_spread" in {note.code for note in board.warnings}
