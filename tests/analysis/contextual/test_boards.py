"""Boards that carry style, positions and discriminations: the result, the report, the command."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.contextual.context import Context
from analysis.leaderboard import leaderboard
from analysis.options import Options
from tests.analysis.contextual.builders import drawn_battles
from tests.known import known

EVERYTHING = Context(style=True, position=True, rater_model="discrimination")


def test_a_board_carries_what_stands_beside_its_ratings():
    board = leaderboard(drawn_battles(), Options(context=EVERYTHING))
    assert [one.name for one in known(board.style).features] == ["characters", "headers", "list_items", "bold_spans"]
    assert [one.rater for one in known(board.position).raters] == ["r0", "r1", "r2", "r3"]
    assert [one.rater for one in known(board.discrimination).raters] == ["r0", "r1", "r2", "r3"]
    assert abs(np.mean([row.rating for row in board.rows]) - 1000) < 1e-6
    assert {"style", "position", "discrimination"} <= set(board.conventions)
    assert all(known(row.lower) < known(row.rating) < known(row.upper) for row in board.rows)
    assert all(known(row.rank_lower) <= row.rank <= known(row.rank_upper) for row in board.rows)


def test_a_plain_board_carries_none_of_it():
    board = leaderboard(drawn_battles(), Options())
    assert (board.style, board.position, board.discrimination) == (None, None, None)


def test_an_anchor_holds_on_a_corrected_board():
    board = leaderboard(drawn_battles(), Options(context=EVERYTHING, anchor=("s0", 1200.0)))
    anchored = next(row for row in board.rows if row.system == "s0")
    assert (anchored.rating, anchored.lower, anchored.upper) == (1200, 1200, 1200)


@pytest.mark.parametrize(
    "options",
    [{"method": "win-rate"}, {"method": "elo"}, {"ties": "davidson"}, {"ci": "bootstrap"}, {"robustness": True},
     {"reweight": "pairs"}, {"compare_ties": True}],
)  # fmt: skip
def test_boards_that_cannot_be_corrected_are_refused(options):
    with pytest.raises(ValueError, match="style, position and rater model"):
        Options(context=EVERYTHING, **options)
