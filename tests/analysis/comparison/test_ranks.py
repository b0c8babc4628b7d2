"""Wilcoxon's signed ranks."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.estimates import Sampling
from analysis.comparison.ranks import rank_biserial, wilcoxon
from tests.known import known

# Hollander and Wolfe (1973), page 29: Hamilton depression scale, nine patients; V = 40, p = 0.03906
DEPRESSION = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]) - np.array(
    [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
)


def test_hollander_and_wolfes_depression_scale():
    made = wilcoxon(DEPRESSION)
    assert made.statistic == 40
    assert made.p_value == pytest.approx(0.0390625)
    assert wilcoxon(DEPRESSION, alternative="greater").p_value == pytest.approx(0.01953125)


def test_ties_and_zeros_are_counted_out_exactly():
    difference = np.array([1, 1, -1, 2, 2, 3, 0, 0, -2, 4], dtype=np.float64)
    rank = stats.rankdata(np.abs(difference[difference != 0]))
    sums = np.array([rank @ signs for signs in product((0, 1), repeat=8)])
    observed = rank[difference[difference != 0] > 0].sum()
    expected = min(1.0, 2 * min(np.mean(sums >= observed), np.mean(sums <= observed)))
    assert wilcoxon(difference).p_value == pytest.approx(expected)


@pytest.mark.parametrize("zeros", ["wilcox", "pratt"])
def test_many_pairs_agree_with_scipy(zeros):
    difference = np.random.default_rng(2).integers(-6, 8, 200).astype(np.float64)
    scipys = stats.wilcoxon(difference, zero_method=zeros, method="asymptotic", correction=False, alternative="greater")
    made = wilcoxon(difference, zero_method=zeros, alternative="greater")
    assert (made.statistic, made.p_value) == pytest.approx((scipys.statistic, scipys.pvalue))


def test_the_rank_biserial_of_the_depression_scale():
    made = rank_biserial(DEPRESSION, sampling=Sampling(rounds=500))
    assert made.value == pytest.approx((40 - 5) / 45)
    assert known(made.lower) < known(made.value) < known(made.upper) <= 1


def test_rounding_does_not_untie():
    steps = np.array([0.3 - 0.2, 0.1, 0.2 - 0.1, -0.1])  # four equal magnitudes, apart by rounding
    assert wilcoxon(steps).statistic == 2.5 * 3


@given(row=st.lists(st.integers(-6, 6), min_size=1, max_size=14), scale=st.sampled_from([1e-7, 0.1, 7.0]))
@settings(max_examples=60)
def test_order_scale_and_which_comes_first_do_not_matter(row, scale):
    difference = np.array(row, dtype=np.float64)
    there, back = wilcoxon(difference), wilcoxon(-difference[::-1] * scale)
    assert there.p_value == back.p_value or there.p_value == pytest.approx(back.p_value)
    if there.p_value is not None:
        none = Sampling(ci="none")
        turned = rank_biserial(-difference, sampling=none).value
        assert turned == pytest.approx(-known(rank_biserial(difference, sampling=none).value))


@pytest.mark.parametrize(("row", "reason"), [([], "empty"), ([0, 0, 0], "all_tied")])
def test_nothing_to_rank(row, reason):
    difference = np.array(row, dtype=np.float64)
    assert wilcoxon(difference).reason == reason
    assert rank_biserial(difference).reason == reason
