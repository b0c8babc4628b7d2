"""Tests of a mean paired difference."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.draws import flipped_sums
from analysis.comparison.estimates import Sampling
from analysis.comparison.paired import mean_estimate, paired_bootstrap, permutation_test, t_test
from analysis.comparison.ranks import wilcoxon
from tests.analysis.builders import width
from tests.known import known

# Student (1908): extra hours of sleep of ten patients under two drugs; figures as R's documentation prints them
SLEEP = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]) - np.array(
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
)
# Darwin's fifteen pairs of maize; Fisher (1935), The Design of Experiments, section 21: 863 of 32,768 one-sided
DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=np.float64)

DIFFERENCES = st.lists(st.integers(-5, 5), min_size=2, max_size=12).map(lambda row: np.array(row, dtype=np.float64))


def test_students_sleep_data():
    made = mean_estimate(SLEEP)
    assert (made.value, made.lower, made.upper) == pytest.approx((-1.58, -2.4598858, -0.7001142), abs=1e-7)
    tested = t_test(SLEEP)
    assert (tested.statistic, tested.p_value) == pytest.approx((-4.0621, 0.002833), abs=1e-4)


def test_fisher_counted_darwins_maize_out():
    made = permutation_test(DARWIN)
    assert made.p_value == pytest.approx(2 * 863 / 32768, abs=1e-12)
    assert made.method == "exact permutation, all 32768 sign patterns"


def test_monte_carlo_permutation_agrees_with_the_exact_one():
    doubled = np.concatenate([DARWIN, [1.0, -1.0, 2.0, 1.5]])  # 19 pairs: too many to enumerate by default
    signs = 1 - 2 * (np.arange(2**19)[:, None] >> np.arange(19) & 1)
    exact = np.mean(np.abs(signs @ doubled) >= abs(doubled.sum()) - 1e-9)
    made = permutation_test(doubled, rounds=20_000, seed=3)
    assert made.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))
    assert known(made.p_value) * 20_001 == pytest.approx(round(known(made.p_value) * 20_001))  # (b + 1)/(m + 1)


def test_few_magnitudes_are_drawn_as_binomials_and_give_the_sign_test():
    difference = np.repeat([1.0, -1.0, 0.0], [330, 270, 2000])
    exact = stats.binomtest(330, 600).pvalue
    assert permutation_test(difference, rounds=50_000).p_value == pytest.approx(exact, abs=4e-3)


def test_no_difference_anywhere_is_no_evidence():
    assert permutation_test(np.zeros(50)).p_value == 1.0
    assert t_test(np.zeros(50)).reason == "no_variance"


@pytest.mark.parametrize("made", [mean_estimate, lambda row: paired_bootstrap(row).estimate])
def test_a_spread_that_is_not_there_gives_no_interval_rather_than_a_point(made):
    found = made(np.full(20, 0.1))
    assert (found.value, found.lower, found.upper, found.method) == (pytest.approx(0.1), None, None, "none: no spread")


def test_the_smallest_monte_carlo_p_is_one_in_rounds_plus_one():
    assert permutation_test(np.linspace(1, 2, 200), rounds=999).p_value == pytest.approx(1 / 1000)


def test_rounding_does_not_decide_ties_with_the_observed_sum():
    difference = np.array([0.1, 0.2, 0.3, -0.6 + 1e-16, 0.0])  # sums to rounding only: every pattern is as extreme
    assert permutation_test(difference).p_value == 1.0


CLUSTERED = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1], dtype=np.float64)
GROUPS = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 3])


def test_clustered_error_of_a_mean():
    # computed with statsmodels 0.15.0: OLS on a constant, cov_type="cluster", without and with correction
    printed = mean_estimate(CLUSTERED, cluster=GROUPS, small_sample="none")
    assert (printed.value, printed.standard_error, printed.n_items) == pytest.approx((0.6, 0.04, 4))
    corrected = mean_estimate(CLUSTERED, cluster=GROUPS)
    assert corrected.standard_error == pytest.approx(0.04618802, abs=1e-8)
    assert width(corrected) / 2 == pytest.approx(stats.t.ppf(0.975, 3) * known(corrected.standard_error))


def test_clusters_flip_as_one():
    difference, cluster = np.array([1.0, 2.0, -1.0, 3.0, 0.5]), np.array([0, 0, 1, 1, 2])
    sums = np.array([3.0, 2.0, 0.5])
    signs = np.array(list(product((1, -1), repeat=3)))
    expected = np.mean(np.abs(signs @ sums) >= sums.sum() - 1e-9)
    assert permutation_test(difference, cluster=cluster).p_value == expected


def test_the_bootstrap_agrees_with_scipy_and_with_t():
    rng = np.random.default_rng(0)
    difference = rng.normal(0.2, 1, 300)
    made = paired_bootstrap(difference, sampling=Sampling(rounds=4000))
    scipys = stats.bootstrap((difference,), np.mean, method="percentile", n_resamples=4000, rng=1).confidence_interval
    assert (made.estimate.lower, made.estimate.upper) == pytest.approx((scipys.low, scipys.high), abs=0.012)
    assert made.test.p_value == pytest.approx(t_test(difference).p_value, abs=0.003)


def test_a_bootstrap_of_clusters_is_as_wide_as_the_clustered_error_says():
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(150), 4)
    difference = rng.normal(size=150)[cluster] + 0.2 * rng.normal(size=600)
    made = paired_bootstrap(difference, cluster=cluster, sampling=Sampling(rounds=3000)).estimate
    error = known(mean_estimate(difference, cluster=cluster).standard_error)
    assert width(made) / (2 * 1.96 * error) == pytest.approx(1, abs=0.06)
    assert made.n_items == 150


@given(difference=DIFFERENCES)
@settings(max_examples=40)
def test_exchanging_the_systems_turns_signs_and_keeps_p(difference):
    there, back = permutation_test(difference), permutation_test(-difference)
    assert back.p_value == there.p_value
    assert back.statistic == -known(there.statistic)
    assert t_test(-difference).p_value == pytest.approx(t_test(difference).p_value or 0) or t_test(difference).reason


@given(difference=DIFFERENCES, scale=st.sampled_from([1e-6, 0.1, 3.0, 1e8]), seed=st.integers(0, 5))
@settings(max_examples=40)
def test_neither_scale_nor_order_matters(difference, scale, seed):
    moved = np.random.default_rng(seed).permutation(difference) * scale
    assert permutation_test(moved).p_value == permutation_test(difference).p_value
    assert mean_estimate(moved).standard_error == pytest.approx(known(mean_estimate(difference).standard_error) * scale)


@given(difference=DIFFERENCES)
@settings(max_examples=40)
def test_rows_repeated_within_their_cluster_change_nothing(difference):
    cluster = np.arange(len(difference))
    doubled, clusters = np.tile(difference, 2), np.tile(cluster, 2)
    assert mean_estimate(doubled, cluster=clusters).standard_error == pytest.approx(
        mean_estimate(difference).standard_error
    )
    assert permutation_test(doubled, cluster=clusters).p_value == permutation_test(difference).p_value


@pytest.mark.parametrize("made", [mean_estimate, t_test, permutation_test, lambda row: paired_bootstrap(row).test])
def test_no_pairs_is_undefined(made):
    assert made(np.empty(0)).reason == "empty"


@pytest.mark.parametrize("made", [mean_estimate, t_test, lambda row: paired_bootstrap(row).estimate])
def test_one_pair_has_no_spread(made):
    assert made(np.array([1.0])).reason == "one_item"


@pytest.mark.parametrize("made", [mean_estimate, t_test, permutation_test, paired_bootstrap, wilcoxon])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_refused_rather_than_significant(made, bad):
    with pytest.raises(ValueError, match="1 of 30 values are not finite"):
        made(np.append(np.ones(29), bad))


@given(number=st.integers(1, 30), rounds=st.integers(1, 40), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_every_flipped_sum_is_one_of_the_sign_patterns_and_all_turn_up_alike(number, rounds, seed):
    values = 3.0 ** np.arange(number)  # in base three a sum names its signs
    sums = flipped_sums(values, rounds=rounds, rng=np.random.default_rng(seed))
    digits = ((sums[:, None] + values.sum()) / 2 // values).astype(np.int64) % 3
    assert ((digits == 0) | (digits == 1)).all()
    assert (2 * digits - 1) @ values == pytest.approx(sums)


def test_signs_are_fair_and_unrelated():
    values = np.power(3.0, np.arange(20)).astype(np.float64)
    sums = flipped_sums(values, rounds=20_000, rng=np.random.default_rng(5))
    signs = 2 * ((sums[:, None] + values.sum()) / 2 // values % 3) - 1
    assert np.abs(signs.mean(axis=0)).max() < 4 / np.sqrt(20_000)
    assert np.abs(signs.T @ signs / 20_000 - np.eye(20)).max() < 5 / np.sqrt(20_000)
