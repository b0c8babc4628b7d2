"""Pictures: equal results give equal bytes, and names stay names."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from analysis.agreement import agreement
from analysis.counts import tally
from analysis.leaderboard import leaderboard
from analysis.plots import THEMES, agreement_plot, leaderboard_plot, win_rate_heatmap
from analysis.win_rates import win_rates
from tests.analysis.builders import make_battles, make_ratings

BATTLES = make_battles([("$x^2$", "<b>&", "A"), ("<b>&", "$x^2$", "A"), ("猫", "$x^2$", "A"), ("猫", "<b>&", "tie")])


def pictures(theme: str, kind: str) -> list[bytes]:
    board = leaderboard(BATTLES)
    return [
        leaderboard_plot(board, theme=theme, kind=kind),
        agreement_plot(agreement(make_ratings(["1 2 3", "1 2 2"])), theme=theme, kind=kind),
        win_rate_heatmap(win_rates(tally(BATTLES)), [row.system for row in board.rows], theme=theme, kind=kind),
    ]


@pytest.mark.parametrize("kind", ["svg", "png"])
@pytest.mark.parametrize("theme", list(THEMES))
def test_the_same_result_gives_the_same_bytes(theme, kind):
    assert pictures(theme, kind) == pictures(theme, kind)


def test_names_are_drawn_as_they_are():
    texts = "".join(ElementTree.fromstring(pictures("light", "svg")[0]).itertext())
    assert all(name in texts for name in ("$x^2$", "<b>&", "猫"))


def test_no_picture_tells_when_or_by_what_it_was_drawn():
    assert all(b"dc:date" not in picture and b"matplotlib.org" not in picture for picture in pictures("dark", "svg"))


def test_a_system_without_rating_keeps_its_line_and_reason():
    board = leaderboard(make_battles([("top", "x", "A"), ("x", "y", "A"), ("y", "x", "A")]))
    assert b"unbeaten" in leaderboard_plot(board)


def test_a_picture_of_nothing_is_an_empty_picture():
    assert agreement_plot(agreement(make_ratings([]))).startswith(b"<?xml")
