"""Win rates, counts and rank sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from analysis.counts import Counts, tally
from analysis.data import Battles, take
from analysis.intervals import wilson
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.ranks import ahead, rank_sets
from analysis.strengths import bradley_terry
from analysis.win_rates import win_rates
from tests.analysis.builders import connected_battles, make_battles, normal_fit


@pytest.mark.parametrize(
    ("share", "n", "lower", "upper"),
    [  # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0 / 20, 20, 0.0000, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_that_of_newcombes_table(share, n, lower, upper):
    ends = wilson(np.array([share]), np.array([n]), 0.95)
    assert [float(end[0]) for end in ends] == [pytest.approx(lower, abs=6e-5), pytest.approx(upper, abs=6e-5)]


@given(connected_battles())
def test_shares_of_two_systems_add_up_to_one(battles):
    matrix = win_rates(tally(battles)).matrix
    met = ~np.isnan(matrix)
    np.testing.assert_allclose((matrix + matrix.T)[met], 1.0)


@given(connected_battles())
def test_counts_of_parts_add_up_to_counts_of_the_whole(battles):
    half = np.arange(len(battles)) % 2 == 0
    whole, parts = tally(battles), tally(take(battles, half)) + tally(take(battles, ~half))
    np.testing.assert_array_equal(whole.number, parts.number)
    np.testing.assert_array_equal(whole.square, parts.square)


def test_counts_of_other_systems_cannot_be_added():
    with pytest.raises(ValueError, match="different systems"):
        tally(make_battles([("a", "b", "A")])) + tally(make_battles([("a", "c", "A")]))


def test_a_tie_is_half_a_point_and_both_bad_is_left_out_on_request():
    counts = tally(make_battles([("x", "y", "A"), ("x", "y", "tie"), ("y", "x", "both_bad"), ("y", "x", "A")]))
    merged, apart = win_rates(counts), win_rates(counts, both_bad="drop")
    assert (merged.overall[0], merged.n[0, 1]) == (0.5, 4)
    assert (apart.overall[0], apart.n[0, 1]) == (0.5, 3)


def test_the_average_over_opponents_counts_each_opponent_once():
    rows = [("x", "y", "A")] * 9 + [("x", "y", "B")] + [("x", "z", "B")]
    rates = win_rates(tally(make_battles(rows)))
    assert rates.overall[0] == pytest.approx(9 / 11)
    assert rates.average[0] == pytest.approx(0.45)


def test_uneven_weights_make_the_interval_wider_than_their_number_says():
    rows = [("x", "y", "A"), ("x", "y", "B")] * 20
    weights = np.tile([1.0, 1.0, 9.0, 9.0], 10)
    even, uneven = (win_rates(tally(b)) for b in (make_battles(rows), make_battles(rows, weight=weights)))
    assert even.overall_n[0] == 40
    assert uneven.overall_n[0] == pytest.approx(200**2 / (20 + 20 * 81))
    assert uneven.overall_upper[0] > even.overall_upper[0]


def test_systems_without_battles_have_no_rate():
    battles = Battles(np.array([0]), np.array([1]), np.array([0]), ("x", "y", "idle"))
    board = leaderboard(battles, Options(method="win-rate"))
    idle = next(row for row in board.rows if row.system == "idle")
    assert (idle.rating, idle.win_rate, idle.reason) == (None, None, "empty")
    assert "disconnected" not in {note.code for note in board.warnings}


def test_rank_sets_close_around_the_rank_when_differences_are_clear():
    sets = rank_sets(normal_fit([0.0, 10.0, 5.0], 0.01), confidence=0.95, rng=np.random.default_rng(0))
    assert (sets.rank.tolist(), sets.lower.tolist(), sets.upper.tolist()) == ([3, 1, 2], [3, 1, 2], [3, 1, 2])


def test_rank_sets_are_everything_when_nothing_is_clear():
    sets = rank_sets(normal_fit([0.0, 0.1, 0.2], 1.0), confidence=0.95, rng=np.random.default_rng(0))
    assert (sets.lower.tolist(), sets.upper.tolist()) == ([1, 1, 1], [3, 3, 3])


def test_values_that_differ_by_rounding_share_a_place_and_nothing_is_ahead_of_the_unknown():
    leads = ahead(np.array([0.1 + 0.2, 0.3, 0.2, np.nan]))
    assert leads.sum(axis=0).tolist() == [0, 0, 2, 0]
    assert not leads[3].any()


def test_two_systems_are_told_apart_at_the_usual_critical_value():
    def upper(lead: float) -> int:
        fit = normal_fit([lead, 0.0], 0.5)  # the difference has variance 1
        return int(rank_sets(fit, confidence=0.95, rng=np.random.default_rng(0)).upper[0])

    assert (upper(1.9), upper(2.02)) == (2, 1)  # 1.96, give or take the simulation


def test_each_rank_set_holds_the_true_rank_as_often_as_it_says():
    rng = np.random.default_rng(2)
    true = np.array([0.0, 0.0, 0.3, 0.6, 2.0])
    first = np.array([1 + (true > strength).sum() for strength in true])
    last = np.array([(true >= strength).sum() for strength in true])
    hits = np.zeros(5)
    for _ in range(300):
        fit = normal_fit((true + rng.normal(0, 0.3, 5)).tolist(), 0.09)
        sets = rank_sets(fit, confidence=0.95, rng=rng)
        hits += (sets.lower <= last) & (sets.upper >= first)
    assert (hits / 300 > 0.92).all()  # 0.95 less 2.4 standard errors


@given(connected_battles())
def test_a_rank_lies_in_its_set_and_a_set_on_the_board(battles):
    board = leaderboard(battles)
    for row in board.rows:
        assert row.rank_lower is not None
        assert row.rank_upper is not None
        assert 1 <= row.rank_lower <= row.rank <= row.rank_upper <= board.n_systems


def test_the_fit_does_not_change_with_what_it_is_counted_from():
    battles = make_battles([("x", "y", "A"), ("y", "x", "A"), ("y", "z", "tie"), ("z", "x", "A")])
    counts = tally(battles)
    again = Counts(counts.systems, counts.number, counts.weight.copy(), counts.square.copy())
    np.testing.assert_array_equal(bradley_terry(counts).strengths, bradley_terry(again).strengths)
