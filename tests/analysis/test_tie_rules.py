"""Tie rules side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.counts import tally
from analysis.options import Options
from analysis.strengths import bradley_terry
from analysis.tie_rules import compare_ties
from tests.analysis.builders import connected_battles, make_battles, ranked
from tests.analysis.oracles import probabilities

ASKED = Options(compare_ties=True)


def mixed(number: int = 200, both_bad: bool = False):
    rng = np.random.default_rng(9)
    names = ["w", "x", "y", "z"]
    outcomes = ["A", "A", "B", "tie", *(["both_bad"] if both_bad else [])]
    pairs = [rng.choice(4, 2, replace=False) for _ in range(number)]
    return make_battles([(names[a], names[b], str(rng.choice(outcomes))) for a, b in pairs])


def test_only_rules_that_say_how_likely_a_tie_is_have_a_likelihood():
    rules = {one.ties: one for one in ranked(mixed(), ASKED).tie_rules}
    assert {ties: one.reason for ties, one in rules.items()} == {
        "half": "pseudo_likelihood",
        "drop": "other_data",
        "davidson": None,
        "rao-kupper": None,
    }
    assert rules["half"].log_likelihood is rules["drop"].aic is None


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
def test_the_likelihood_is_the_product_of_each_battles_chance(ties):
    battles = mixed()
    found = next(one for one in ranked(battles, ASKED).tie_rules if one.ties == ties)
    fit = bradley_terry(tally(battles), rule=ties)
    parameter = float(fit.tie_parameter or 0)
    total = sum(
        np.log(probabilities(ties, fit.strengths[a] - fit.strengths[b], parameter)[o])
        for a, b, o in zip(battles.system_a, battles.system_b, battles.outcome, strict=True)
    )
    assert found.log_likelihood == pytest.approx(total)
    assert found.aic == pytest.approx(2 * 4 - 2 * total)  # three strengths and the tie parameter


def test_aic_is_compared_among_rules_on_the_same_outcomes_only():
    rules = ranked(mixed(both_bad=True), ASKED).tie_rules
    assert len(rules) == 8
    for outcomes in {one.outcomes for one in rules}:
        beside = [one for one in rules if one.outcomes == outcomes and one.aic is not None]
        assert len(beside) == 2
        assert min(one.aic_difference for one in beside) == 0.0
        assert max(one.aic for one in beside) - min(one.aic for one in beside) == pytest.approx(
            max(one.aic_difference for one in beside)
        )
    assert len(ranked(mixed(), ASKED).tie_rules) == 4  # nothing is both bad: one variant


@settings(max_examples=10, deadline=None)
@given(connected_battles())
def test_the_boards_own_rule_moves_nothing_and_ratings_are_those_of_its_board(battles):
    for one in compare_ties(tally(battles), ASKED):
        board = ranked(battles, Options(ties=one.ties, both_bad=one.both_bad))
        assert {(row.system, row.rating, row.rank) for row in board.rows} == {
            (rating.system, rating.rating, rating.rank) for rating in one.ratings
        }
        if (one.ties, one.both_bad) == ("half", "tie"):
            assert (one.same_first, one.rank_changes, one.moved) == (True, 0, None)


def test_first_place_can_hang_on_the_rule():
    """z wins most of its decided battles, but ties with x so often that half wins hold it back; y lost to neither."""
    rows = [("z", "x", "A")] * 6 + [("z", "x", "B")] * 2 + [("z", "x", "tie")] * 200
    rows += [("y", "x", "A")] * 30 + [("y", "x", "B")] * 15 + [("z", "y", "A"), ("z", "y", "B")]
    rules = {one.ties: one for one in ranked(make_battles(rows), ASKED).tie_rules}
    assert (rules["half"].first, rules["drop"].first) == (("y",), ("z",))
    assert (rules["half"].same_first, rules["drop"].same_first) == (True, False)
    assert rules["drop"].largest_move > 0
    assert (rules["half"].n_battles, rules["drop"].n_battles) == (255, 55)


def test_weights_priors_and_the_lack_of_ties_leave_no_aic_and_say_why():
    battles = mixed()
    weighed = make_battles([("x", "y", o) for o in ("A", "B", "tie")], weight=np.array([1.0, 2.0, 1.0]))
    reasons = {
        "prior": compare_ties(tally(battles), Options(prior=1.0)),
        "weighted": compare_ties(tally(weighed), Options()),
        "no_tie_parameter": compare_ties(tally(make_battles([("x", "y", "A"), ("x", "y", "B")])), Options()),
    }
    for reason, rules in reasons.items():
        assert {one.reason for one in rules if one.ties == "davidson"} == {reason}
        assert all(one.aic is None for one in rules)


def test_an_anchor_that_a_rule_cannot_rate_leaves_its_move_unknown():
    rows = [("x", "y", "A"), ("x", "y", "B")] * 3 + [("z", "x", "tie")] * 4
    rules = {one.ties: one for one in compare_ties(tally(make_battles(rows)), Options(anchor=("z", 1000.0)))}
    assert rules["drop"].largest_move is None
    assert rules["half"].largest_move == 0.0
    with pytest.raises(ValueError, match="compared on a Bradley-Terry board"):
        Options(method="win-rate", compare_ties=True)
