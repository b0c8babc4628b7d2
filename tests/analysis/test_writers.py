"""How tables write numbers for people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.agreement import agreement
from analysis.agreement_tables import agreement_table
from analysis.leaderboard import leaderboard
from analysis.report import leaderboard_table
from analysis.writers import as_html, as_markdown, as_text, number_of
from tests.analysis.builders import make_battles, make_ratings

WRITERS = [as_text, as_markdown, as_html]


@pytest.mark.parametrize(
    ("number", "text"),
    [(-1e-17, "0.000"), (-0.0, "0.000"), (-0.0004, "-4.0e-04"), (3e-20, "3.0e-20"), (-1.5, "-1.500"), (0, "0.000")],
)
def test_rounding_is_nothing_and_a_small_p_value_is_something(number, text):
    assert number_of(number) == text


@pytest.mark.parametrize("write", WRITERS)
def test_no_table_writes_a_minus_before_nothing(write):
    board = leaderboard(make_battles([("x", "y", "A"), ("x", "y", "B")]))
    rows = tuple(replace(row, rating=-0.04, lower=-1e-9, upper=-0.0) for row in board.rows)
    assert "-0.0" not in write(leaderboard_table(replace(board, rows=rows)))
    made = agreement(make_ratings(["1 2 1 2", "2 1 1 2"]))
    statistics = tuple(replace(one, value=-1e-17, lower=-0.0004, upper=-0.0) for one in made.statistics)
    assert "-0.000" not in write(agreement_table(replace(made, statistics=statistics)))
