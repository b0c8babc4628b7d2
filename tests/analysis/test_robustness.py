"""How few battles hold up first place, confirmed by leaving them out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from analysis.data import take
from analysis.leaderboard import leaderboard
from analysis.options import Options
from tests.analysis.builders import make_battles
from tests.analysis.llmfao import crowd_battles, needs_llmfao

ASKED = Options(robustness=True)


def test_nobody_looks_for_it_unasked_and_it_belongs_to_bradley_terry():
    assert leaderboard(make_battles([("x", "y", "A")] * 23 + [("x", "y", "B")] * 20)).robustness is None
    with pytest.raises(ValueError, match="robustness belongs"):
        Options(method="win-rate", robustness=True)


def test_a_lead_of_three_wins_falls_with_four_battles():
    board = leaderboard(make_battles([("x", "y", "A")] * 23 + [("x", "y", "B")] * 20), ASKED)
    assert board.robustness is not None
    assert (board.robustness.leader, board.robustness.challenger) == ("x", "y")
    assert (board.robustness.battles, board.robustness.of) == (4, 43)


@pytest.mark.parametrize("rule", ["half", "drop", "davidson", "rao-kupper"])
def test_no_smaller_set_of_battles_is_missed_on_a_small_board(rule):
    rng = np.random.default_rng(12)
    names = ("x", "y", "z")
    ring = [(a, b, "A") for a in names for b in names if a != b] * 2
    rows = [*ring, ("x", "y", "A"), ("x", "z", "A"), ("y", "z", str(rng.choice(["A", "tie"]))), ("x", "y", "tie")]
    battles = make_battles(rows)
    found = leaderboard(battles, Options(ties=rule, robustness=True)).robustness
    assert found is not None
    assert found.leader == "x"

    def still_first(without: tuple[int, ...]) -> bool:
        keep = np.setdiff1d(np.arange(len(battles)), without)
        ratings = {row.system: row.rating for row in leaderboard(take(battles, keep), Options(ties=rule)).rows}
        x = ratings["x"]
        return x is None or all(rating is None or rating <= x + 1e-9 for rating in ratings.values())

    for size in range(1, found.battles):
        assert all(still_first(without) for without in combinations(range(len(battles)), size))


def test_nobody_is_overtaken_where_first_place_is_shared_or_unbeaten():
    assert leaderboard(make_battles([("x", "y", "A"), ("y", "x", "A")]), ASKED).robustness is None
    assert leaderboard(make_battles([("top", "x", "A"), ("x", "y", "A"), ("y", "x", "A")]), ASKED).robustness is None


@needs_llmfao
def test_the_first_place_of_the_crowd_hangs_on_few_votes(tmp_path):
    found = leaderboard(crowd_battles(tmp_path), ASKED).robustness
    assert found is not None
    assert found.leader == "GPT 4"
    assert 0 < found.battles < 60  # of the 158 votes on GPT 4; the gap to the second is about two standard errors


def test_what_is_enough_is_found_below_a_guess_that_leaves_nobody_compared():
    """Of these eight battles two are enough; three leave a system without a result and so no board at all."""
    rows = [("s0", "s1", "A"), ("s0", "s1", "B"), ("s1", "s2", "A"), ("s1", "s2", "B"), ("s0", "s1", "B")]
    rows += [("s0", "s2", "B"), ("s1", "s2", "B"), ("s1", "s2", "tie")]
    turned = [(b, a, {"A": "B", "B": "A"}.get(o, o)) for a, b, o in rows]
    for battles in (make_battles(rows), make_battles(turned), make_battles(rows[::-1])):
        found = leaderboard(battles, ASKED).robustness
        assert found is not None
        assert (found.leader, found.challenger, found.battles, found.of) == ("s2", "s1", 2, 8)


def test_drawing_level_does_not_take_first_place():
    rows = [("s0", "s1", "A"), ("s0", "s1", "A"), ("s0", "s1", "B"), ("s1", "s2", "A"), ("s1", "s2", "B")]
    assert leaderboard(make_battles(rows), ASKED).robustness is None  # one win less makes all three equal
