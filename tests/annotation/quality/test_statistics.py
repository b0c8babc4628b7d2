"""The statistics of quality control: published or independently computed values, invariants, degenerate inputs."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.quality import consistency, degraded, patterns
from annotation.quality.errors import Undefined
from annotation.quality.intervals import clopper_pearson, mean_interval, wilson
from annotation.quality.looks import binomial_tail, spend

COUNTS = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_gives_the_published_interval() -> None:
    found = wilson(81, 263)  # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 0.2553 to 0.3662
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.2553, 0.3662)


def test_clopper_pearson_gives_the_published_interval() -> None:
    found = clopper_pearson(81, 263)  # the same table: 0.2527 to 0.3676
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.2527, 0.3676)
    none = clopper_pearson(0, 20)  # the same table: 0 to 0.1684
    assert (none.lower, round(none.upper, 4)) == (0.0, 0.1684)


@given(COUNTS)
def test_the_exact_interval_of_a_share_turns_with_the_share(counts: tuple[int, int]) -> None:
    hits, n = counts
    found, turned = clopper_pearson(hits, n), clopper_pearson(n - hits, n)
    assert math.isclose(found.lower, 1 - turned.upper, abs_tol=1e-9)
    assert found.lower <= found.value <= found.upper
    assert wilson(hits, n).lower >= found.lower - 1e-3 - 1 / n


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_a_share_of_nothing_is_undefined(interval: object) -> None:
    assert callable(interval)
    with pytest.raises(Undefined):
        interval(0, 0)
    with pytest.raises(ValueError, match="no share"):
        interval(3, 2)


def test_a_mean_has_the_interval_of_student() -> None:
    found = mean_interval([1, 2, 3, 4, 5])  # t(4, 0.975) = 2.7764; s = 1.5811
    assert math.isclose(found.upper - found.value, 2.776445 * 1.581139 / math.sqrt(5), rel_tol=1e-5)
    with pytest.raises(Undefined, match="there is one"):
        mean_interval([3.0])
    with pytest.raises(Undefined, match="there are none"):
        mean_interval([])


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_binomial_tail_is_that_of_scipy(hits: int, n: int, p: float) -> None:
    from scipy.stats import binom

    assert math.isclose(binomial_tail(hits, n, p), float(binom.sf(hits - 1, n, p)), rel_tol=1e-8, abs_tol=1e-12)


def test_all_looks_together_spend_alpha_and_no_more() -> None:
    spent = [spend(0.05, look) for look in range(1, 10_001)]
    assert math.isclose(sum(spent), 0.05 * (1 - 1 / 10_001))
    assert spent == sorted(spent, reverse=True)
    with pytest.raises(ValueError, match="counted from 1"):
        spend(0.05, 0)


def test_a_side_is_tested_exactly() -> None:
    found = patterns.side_bias(9, 1)  # two-sided sign test of 9 of 10: 22 / 1024
    assert math.isclose(found.p_value, 22 / 1024)
    assert found.left.value == 0.9
    assert patterns.side_bias(5, 5).p_value == 1.0
    assert patterns.side_bias(1, 9).p_value == found.p_value
    with pytest.raises(Undefined):
        patterns.side_bias(0, 0)


def test_a_tolerated_preference_for_a_side_is_no_bias() -> None:
    assert patterns.beyond(60, 40, 0.1) > 0.5
    assert math.isclose(patterns.beyond(20, 0, 0.1), 2 * 0.6**20)
    assert patterns.beyond(0, 0, 0.1) == 1.0


@pytest.mark.parametrize(("length", "n", "p"), [(1, 4, 0.3), (2, 5, 0.5), (3, 7, 0.25), (4, 8, 0.9), (8, 8, 0.5)])
def test_the_chance_of_a_run_is_that_of_counting_all_sequences(length: int, n: int, p: float) -> None:
    total = 0.0
    for tosses in itertools.product("10", repeat=n):
        if "1" * length in "".join(tosses):
            total += p ** tosses.count("1") * (1 - p) ** tosses.count("0")
    assert math.isclose(patterns.run_probability(length, n, p), total, rel_tol=1e-12)


def test_the_chance_of_six_heads_running_in_two_hundred_tosses_is_the_known_one() -> None:
    # Schilling (1990), College Mathematics Journal 21, 196-207: among 200 tosses a run of 6 or more heads or tails has
    # probability 0.965, which for one coin equals a run of 5 or more "same as before" in 199.
    assert round(patterns.run_probability(5, 199, 0.5), 3) == 0.965


@given(st.integers(1, 12), st.integers(0, 60), st.floats(0.01, 0.99))
def test_longer_runs_are_rarer_and_more_trials_make_them_likelier(length: int, n: int, p: float) -> None:
    chance, rounding = patterns.run_probability(length, n, p), 1e-12
    assert 0 <= patterns.run_probability(length + 1, n, p) <= chance + rounding
    assert chance <= patterns.run_probability(length, n + 1, p) + rounding <= 1 + rounding


def test_a_long_run_surprises_in_a_mixed_rater_and_not_in_a_constant_one() -> None:
    mixed = patterns.longest_run(["left", "right"] * 15 + ["left"] * 20)
    assert (mixed.length, mixed.answer, mixed.n) == (20, "left", 50)
    assert mixed.probability < 0.01
    constant = patterns.longest_run(["left"] * 30)
    assert (constant.length, constant.probability) == (30, 1.0)
    with pytest.raises(Undefined):
        patterns.longest_run([])


def test_an_ongoing_run_is_judged_by_what_was_said_outside_of_it() -> None:
    assert patterns.ongoing_run(20, 10, 60) < patterns.ongoing_run(20, 36, 60)
    assert patterns.ongoing_run(20, 0, 20) > 0.1  # nothing else is known of them


def test_the_share_under_a_floor_has_its_interval() -> None:
    found = patterns.share_under([500, 800, 5000, 9000], 1000)
    assert (found.value, found.n) == (0.5, 4)
    with pytest.raises(Undefined):
        patterns.share_under([], 1000)


def test_a_floor_comes_from_the_pilot_or_from_reading() -> None:
    times = list(range(1000, 21_000, 1000))
    assert patterns.floor_of(times, []) == 2000
    assert patterns.floor_of(times, [300] * 40) == 18_000
    with pytest.raises(Undefined, match="there are 3"):
        patterns.floor_of([1, 2, 3], [])


def test_kappa_and_its_interval_are_those_of_other_software() -> None:
    from sklearn.metrics import cohen_kappa_score
    from statsmodels.stats.inter_rater import cohens_kappa

    rng = random.Random(3)
    first = [rng.randrange(4) for _ in range(80)]
    second = [value if rng.random() < 0.6 else rng.randrange(4) for value in first]
    table = np.zeros((4, 4))
    for a, b in zip(first, second, strict=True):
        table[a, b] += 1
    pairs = list(zip(map(float, first), map(float, second), strict=True))
    for ordered, weights, wt in ((False, None, None), (True, "quadratic", "fc")):
        found = consistency.kappa(pairs, [0, 1, 2, 3], ordered=ordered)
        theirs = cohens_kappa(table, wt=wt)
        assert math.isclose(found.value, cohen_kappa_score(first, second, weights=weights), rel_tol=1e-12)
        assert math.isclose((found.upper - found.value) / 1.959964, float(theirs.std_kappa), rel_tol=1e-4)


def test_consistency_says_why_there_is_no_kappa() -> None:
    alike = consistency.consistency([(1, 1), (1, 1), (1, 1)], [1, 2])
    assert (alike.exact.value, alike.kappa) == (1.0, None)
    assert "more than one category" in alike.why
    one = consistency.consistency([(1, 2)], [1, 2])
    assert one.exact.value == 0
    assert one.kappa is None
    with pytest.raises(Undefined):
        consistency.consistency([], [1, 2])


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.0, 1.0, 2.0])), min_size=2, max_size=30))
def test_kappa_does_not_mind_which_answer_came_first(pairs: list[tuple[float, float]]) -> None:
    try:
        there = consistency.kappa(pairs, [0, 1, 2], ordered=True)
        back = consistency.kappa([(b, a) for a, b in pairs], [0, 1, 2], ordered=True)
    except Undefined:
        return
    assert math.isclose(there.value, back.value, abs_tol=1e-12)
    assert math.isclose(there.lower, back.lower, abs_tol=1e-9)


def test_agreement_and_severity_leave_the_rater_out() -> None:
    found = consistency.agreement_with_others([1, 2, 3], [[1, 2], [2, 2], []])
    assert (found.value, found.n) == (0.75, 2)
    harsh = consistency.severity([1, 2, 3], [[2, 4], [3], [4]])
    assert math.isclose(harsh.value, (-2 - 1 - 1) / 3)
    with pytest.raises(Undefined, match="nobody else"):
        consistency.agreement_with_others([1], [[]])
    with pytest.raises(Undefined):
        consistency.severity([1, 2], [[3], []])


def test_the_degraded_test_is_one_sided_mann_whitney() -> None:
    # Hollander and Wolfe (1973), Nonparametric Statistical Methods, p. 69: permeability constants of the human
    # chorioamnion; W = 35, one-sided p = 0.1272.
    term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    early = [1.15, 0.88, 0.90, 0.74, 1.21]
    found = degraded.direct(early, term)
    assert math.isclose(found.p_value, 0.1272, abs_tol=5e-5)
    assert math.isclose(found.effect.value, 35 / 50)


def test_scores_that_are_all_the_same_show_no_damage() -> None:
    found = degraded.direct([3, 3], [3, 3, 3])
    assert (found.effect.value, found.p_value) == (0.5, 1.0)
    with pytest.raises(Undefined):
        degraded.direct([], [3])
    with pytest.raises(Undefined):
        degraded.direct([3], [])


@settings(max_examples=60)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=12), st.lists(st.integers(1, 7), min_size=1, max_size=12))
def test_the_effect_turns_when_the_two_are_exchanged(damaged: list[int], originals: list[int]) -> None:
    found, turned = degraded.direct(damaged, originals).effect, degraded.direct(originals, damaged).effect
    assert math.isclose(found.value, 1 - turned.value, abs_tol=1e-12)
    assert math.isclose(found.lower, 1 - turned.upper, abs_tol=1e-9)
    assert 0 <= found.lower <= found.value <= found.upper <= 1


def test_complete_separation_still_has_an_interval() -> None:
    found = degraded.direct([1, 1, 2], [5, 6, 7])
    assert found.effect.value == found.effect.upper == 1.0
    assert 0.3 < found.effect.lower < 0.9


def test_pairs_of_original_and_damaged_are_tested_by_the_binomial() -> None:
    found = degraded.pairwise(9, 10)
    assert math.isclose(found.p_value, 11 / 1024)
    assert found.effect.value == 0.9
    with pytest.raises(Undefined):
        degraded.pairwise(0, 0)
