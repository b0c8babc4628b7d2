"""Bradley-Terry strengths against other software, published data, and what must always hold."""

from __future__ import annotations

import csv

import evalica
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.bradley_terry import fit_bradley_terry, log_likelihood
from analysis.counts import tally, ties, wins
from analysis.data import Battles
from analysis.errors import Undefined, Why
from analysis.leaderboard import leaderboard
from analysis.strengths import bradley_terry
from tests.analysis.builders import connected_battles, make_battles
from tests.analysis.llmfao import LLMFAO, crowd_battles, needs_llmfao

# Agresti (2002), Categorical Data Analysis, table 10.10: baseball, American League East 1987. wins[i, j]: i beat j.
BASEBALL = {
    "Milwaukee": [0, 7, 9, 7, 7, 9, 11],
    "Detroit": [6, 0, 7, 5, 11, 9, 9],
    "Toronto": [4, 6, 0, 7, 7, 8, 12],
    "New York": [6, 8, 6, 0, 6, 7, 10],
    "Boston": [6, 2, 6, 7, 0, 7, 12],
    "Cleveland": [4, 4, 5, 6, 6, 0, 6],
    "Baltimore": [2, 4, 1, 3, 1, 7, 0],
}
# Firth (2005), Journal of Statistical Software 12(1), the same data without home advantage, Baltimore = 0.
BASEBALL_ABILITIES = [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0]


def test_baseball_abilities_are_those_of_the_textbook():
    fit = fit_bradley_terry(np.array(list(BASEBALL.values()), dtype=float))
    np.testing.assert_allclose(fit.strengths - fit.strengths[-1], BASEBALL_ABILITIES, atol=0.006)


def test_two_systems_have_the_log_odds_of_their_wins():
    fit = fit_bradley_terry(np.array([[0.0, 3.0], [1.0, 0.0]]))
    assert fit.strengths[0] - fit.strengths[1] == pytest.approx(np.log(3), abs=1e-12)


def test_two_systems_have_the_sandwich_variance_of_a_share():
    # theta = logit(p), so Var(theta) = p (1 - p) / n / (p (1 - p))^2 = 1 / (n p (1 - p)) with p = 3/4, n = 4
    fit = bradley_terry(tally(make_battles([("x", "y", "A")] * 3 + [("x", "y", "B")])))
    difference = fit.covariance[0, 0] + fit.covariance[1, 1] - 2 * fit.covariance[0, 1]
    assert difference == pytest.approx(1 / (4 * 0.75 * 0.25), rel=1e-9)


@needs_llmfao
def test_crowd_shares_are_those_the_author_published(tmp_path):
    fit = bradley_terry(tally(crowd_battles(tmp_path)))
    shares = np.exp(fit.strengths) / np.exp(fit.strengths).sum()
    with (LLMFAO / "expected_bt_crowd.csv").open() as file:
        published = {row["model"]: float(row["score"]) for row in csv.DictReader(file)}
    assert set(fit.systems) == set(published)
    np.testing.assert_allclose(shares, [published[name] for name in fit.systems], atol=1e-4)


@given(connected_battles())
def test_evalica_agrees(battles):
    fit = bradley_terry(tally(battles))
    winner = {0: evalica.Winner.X, 1: evalica.Winner.Y, 2: evalica.Winner.Draw, 3: evalica.Winner.Draw}
    result = evalica.bradley_terry(
        [battles.systems[place] for place in battles.system_a],
        [battles.systems[place] for place in battles.system_b],
        [winner[int(outcome)] for outcome in battles.outcome],
        tolerance=1e-14,
        limit=100_000,
    )
    theirs = np.log([result.scores[name] for name in battles.systems])
    np.testing.assert_allclose(fit.strengths, theirs - theirs.mean(), atol=1e-4)


@given(connected_battles())
def test_no_other_strengths_are_likelier(battles):
    counts = tally(battles)
    points = wins(counts.weight) + ties(counts.weight, both_bad=True) / 2
    fit = fit_bradley_terry(points)
    nudge = np.random.default_rng(1).normal(size=(20, len(points)))
    others = [log_likelihood(points, fit.strengths + 0.01 * step) for step in nudge]
    assert max(others) <= fit.log_likelihood + 1e-9
    assert fit.strengths.mean() == pytest.approx(0, abs=1e-12)


@given(connected_battles(), st.randoms(use_true_random=False))
def test_names_and_order_of_battles_do_not_matter(battles, random):
    rows = [(battles.systems[a], battles.systems[b], o) for a, b, o in _rows(battles)]
    shuffled = random.sample(rows, len(rows))
    labels = ("A", "B", "tie", "both_bad")
    turned = [(b, a, labels[(1, 0, 2, 3)[o]]) for a, b, o in shuffled]
    ours, theirs = bradley_terry(tally(battles)), bradley_terry(tally(make_battles(turned)))
    order = [theirs.systems.index(name) for name in ours.systems]
    np.testing.assert_allclose(ours.strengths, theirs.strengths[order], atol=1e-9)
    np.testing.assert_allclose(ours.covariance, theirs.covariance[np.ix_(order, order)], atol=1e-8)


@given(connected_battles())
def test_every_battle_twice_halves_the_variance_and_keeps_the_strengths(battles):
    twice = Battles(
        np.tile(battles.system_a, 2), np.tile(battles.system_b, 2), np.tile(battles.outcome, 2), battles.systems
    )
    once, double = bradley_terry(tally(battles)), bradley_terry(tally(twice))
    np.testing.assert_allclose(once.strengths, double.strengths, atol=1e-9)
    np.testing.assert_allclose(once.covariance, 2 * double.covariance, rtol=1e-6, atol=1e-9)


@given(connected_battles())
def test_weight_two_is_as_good_as_twice_for_strengths_but_not_for_certainty(battles):
    weighted = Battles(
        battles.system_a, battles.system_b, battles.outcome, battles.systems, weight=np.full(len(battles), 2.0)
    )
    plain, heavy = bradley_terry(tally(battles)), bradley_terry(tally(weighted))
    np.testing.assert_allclose(plain.strengths, heavy.strengths, atol=1e-9)
    np.testing.assert_allclose(plain.covariance, heavy.covariance, rtol=1e-6, atol=1e-9)


def test_an_unbeaten_system_stops_the_plain_fit_with_a_reason():
    with pytest.raises(Undefined) as stopped:
        fit_bradley_terry(np.array([[0.0, 2.0, 1.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    assert stopped.value.code is Why.SEPARATED


def test_a_prior_joins_what_battles_separate_but_not_what_never_met():
    won = make_battles([("x", "y", "A"), ("u", "v", "A")])
    fit = bradley_terry(tally(won), prior=0.5)
    assert fit.reasons == (None, None, None, None)
    assert fit.component.tolist() == [0, 0, 1, 1]
    assert fit.strengths[0] - fit.strengths[1] == pytest.approx(np.log(3))  # 1.5 wins against 0.5


def test_unbeaten_and_winless_systems_have_a_place_and_a_reason_but_no_strength():
    rows = [("top", "x", "A"), ("x", "y", "A"), ("y", "x", "A"), ("y", "last", "A")]
    board = leaderboard(make_battles(rows))
    assert [(row.system, row.rank, row.rating, row.reason) for row in (board.rows[0], board.rows[-1])] == [
        ("top", 1, None, "unbeaten"),
        ("last", 4, None, "winless"),
    ]
    assert [row.rating for row in board.rows[1:3]] == [pytest.approx(1000), pytest.approx(1000)]
    assert {note.code for note in board.warnings} >= {"unbeaten", "winless"}
    assert all((row.rank_lower, row.rank_upper) == (1, 4) for row in board.rows)


def test_two_groups_that_only_beat_one_way_are_rated_apart_and_placed_in_order():
    rows = [("a", "b", "A"), ("b", "a", "A"), ("c", "d", "A"), ("d", "c", "A"), ("a", "c", "A"), ("b", "d", "A")]
    board = leaderboard(make_battles(rows))
    assert [row.rank for row in board.rows] == [1, 1, 3, 3]
    assert [row.rating for row in board.rows] == [pytest.approx(1000)] * 4
    assert [note.names for note in board.warnings if note.code == "separated"] == [("a", "b"), ("c", "d")]


def test_systems_that_never_met_are_ranked_apart():
    board = leaderboard(make_battles([("a", "b", "A"), ("b", "a", "A"), ("c", "d", "tie"), ("c", "d", "B")]))
    assert board.components == (("a", "b"), ("c", "d"))
    assert [row.component for row in board.rows] == [0, 0, 1, 1]
    assert "disconnected" in {note.code for note in board.warnings}


def test_ties_only_give_equal_strengths_and_no_pretended_certainty():
    board = leaderboard(make_battles([("a", "b", "tie")] * 30))
    assert [(row.rating, row.lower, row.upper) for row in board.rows] == [(1000.0, None, None)] * 2
    assert [(row.rank, row.rank_lower, row.rank_upper) for row in board.rows] == [(1, 1, 2), (1, 1, 2)]
    assert "no_spread" in {note.code for note in board.warnings}


def test_no_battles_is_undefined():
    with pytest.raises(Undefined) as stopped:
        leaderboard(make_battles([]))
    assert stopped.value.code is Why.EMPTY


def test_lopsided_results_still_converge():
    fit = fit_bradley_terry(np.array([[0.0, 1e6, 0.0], [1.0, 0.0, 1e6], [0.0, 1.0, 0.0]]))
    assert fit.strengths[0] - fit.strengths[1] == pytest.approx(np.log(1e6), rel=1e-9)


def _rows(battles: Battles) -> list[tuple[int, int, int]]:
    return [
        (int(a), int(b), int(o)) for a, b, o in zip(battles.system_a, battles.system_b, battles.outcome, strict=True)
    ]
