"""Wald's test: its published lines, its exact error rates, and rounds that never add up to more than alpha."""

from __future__ import annotations

import math
import random

import pytest

from annotation.quality.policy import Policy, Sequential
from annotation.quality.sprt import Decision, Sprt

NIST = Sprt(good=0.99, bad=0.90, alpha=0.05, beta=0.10)


def test_the_lines_are_the_published_ones() -> None:
    # NIST/SEMATECH e-Handbook of Statistical Methods, 6.2.6: p1 = 0.01, p2 = 0.10, alpha = 0.05, beta = 0.10.
    good, bad, slope = NIST.lines()
    assert (round(good, 3), round(bad, 3), round(slope, 4)) == (0.939, 1.205, 0.0397)


def test_decisions_are_those_of_the_published_plan() -> None:
    # The same page: at 24 inspected accept with 0 defective, reject with 3.
    assert NIST.decide(24, 0) is Decision.GOOD
    assert NIST.decide(23, 0) is Decision.OPEN
    assert NIST.decide(22, 2) is Decision.OPEN
    assert NIST.decide(21, 3) is Decision.BAD


@pytest.mark.parametrize("setting", [Policy().calibration, Policy().twin, Policy().repeat])
def test_good_raters_are_flagged_no_more_often_than_promised(setting: Sequential) -> None:
    test = Sprt(setting.good, setting.bad, setting.alpha, setting.beta)
    good, bad = test.operating(setting.good), test.operating(setting.bad)
    assert good.flagged <= setting.alpha / (1 - setting.beta)
    assert bad.passed <= setting.beta / (1 - setting.alpha)
    assert good.flagged + bad.passed <= setting.alpha + setting.beta
    assert good.undecided < 1e-6


def test_better_raters_are_flagged_less_and_all_shares_sum_to_one() -> None:
    test = Sprt.of(Policy().calibration)
    found = [test.operating(accuracy) for accuracy in (0.3, 0.5, 0.7, 0.8, 0.95)]
    assert [one.flagged for one in found] == sorted((one.flagged for one in found), reverse=True)
    for one in found:
        assert math.isclose(one.flagged + one.passed + one.undecided, 1, abs_tol=1e-9)


def test_the_recursion_agrees_with_playing_the_test() -> None:
    test, rng = Sprt(0.8, 0.5, 0.05, 0.05), random.Random(5)
    lengths, flagged = [], 0
    for _ in range(4000):
        right = wrong = 0
        while (decision := test.decide(right, wrong)) is Decision.OPEN:
            hit = rng.random() < 0.6
            right, wrong = right + hit, wrong + (not hit)
        lengths.append(right + wrong)
        flagged += decision is Decision.BAD
    exact = test.operating(0.6)
    assert abs(flagged / 4000 - exact.flagged) < 0.025
    assert abs(sum(lengths) / 4000 - exact.expected) < 1.0


def test_the_expected_number_of_checks_is_near_that_of_wald() -> None:
    test = Sprt(0.8, 0.5, 0.05, 0.05)
    for accuracy in (0.8, 0.5):
        exact, approximate = test.operating(accuracy).expected, test.expected_checks(accuracy)
        assert approximate <= exact <= approximate * 1.35  # Wald leaves out by how much the last step overshoots
    with pytest.raises(ValueError, match="use operating"):
        test.expected_checks(0.6)


def test_the_path_is_the_sum_of_the_steps() -> None:
    test = Sprt(0.8, 0.5, 0.05, 0.05)
    path = test.path([True, False, False])
    assert math.isclose(path[0], math.log(0.5 / 0.8))
    assert math.isclose(path[2], test.evidence(1, 2))
    assert test.path([]) == []


def test_rounds_share_alpha() -> None:
    setting = Policy().calibration
    bounds = [Sprt.of(setting, number).alpha for number in range(1, 500)]
    assert sum(bounds) < setting.alpha
