"""Effect sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.dominance import cliffs_delta
from analysis.comparison.effects import cohens_d, cohens_g
from analysis.comparison.estimates import Sampling
from tests.analysis.builders import width
from tests.known import known

FIRST = np.array([9.0, 7.0, 8.0, 10.0, 6.0, 9.0])
SECOND = np.array([7.0, 6.0, 8.0, 8.0, 5.0, 6.0])
NONE = Sampling(ci="none")
VALUES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12).map(
    lambda rows: np.array(rows, dtype=np.float64).T
)


def test_cohens_d_by_its_definition():
    difference = FIRST - SECOND
    assert cohens_d(FIRST, SECOND, sampling=NONE).value == pytest.approx(difference.mean() / difference.std(ddof=1))
    average = np.sqrt((FIRST.var(ddof=1) + SECOND.var(ddof=1)) / 2)
    assert cohens_d(FIRST, SECOND, standardiser="average", sampling=NONE).value == pytest.approx(
        difference.mean() / average
    )


def test_the_jackknife_of_d_is_as_wide_as_theory_says():
    rng = np.random.default_rng(0)
    first = rng.normal(0.5, 1, 2000)
    made = cohens_d(first, np.zeros(2000), sampling=Sampling(ci="jackknife"))
    theory = np.sqrt(1 / 2000 + known(made.value) ** 2 / 4000)  # large-sample variance of d under normality
    assert width(made) / (2 * 1.96) == pytest.approx(theory, rel=0.06)


def test_cliffs_delta_counts_pairs():
    counted = np.sign(FIRST[:, None] - SECOND[None, :]).mean()
    assert cliffs_delta(FIRST, SECOND).value == pytest.approx(counted)


def test_the_paired_interval_of_delta_matches_a_bootstrap_of_items():
    rng = np.random.default_rng(1)
    base = rng.normal(size=200)
    first, second = base + 0.3 + 0.3 * rng.normal(size=200), base + 0.3 * rng.normal(size=200)
    drawn = rng.integers(0, 200, (400, 200))
    resampled = [np.sign(first[d][:, None] - second[d][None, :]).mean() for d in drawn]
    made = cliffs_delta(first, second, item=np.tile(np.arange(200), 2))
    assert made.standard_error == pytest.approx(np.std(resampled), rel=0.12)
    assert known(made.standard_error) < 0.7 * known(cliffs_delta(first, second).standard_error)  # pairing helps


@given(values=VALUES, scale=st.sampled_from([0.01, 5.0]), shift=st.integers(-3, 3))
@settings(max_examples=50)
def test_scale_and_shift_do_not_matter_and_exchange_turns_the_sign(values, scale, shift):
    first, second = values
    moved = cohens_d(first * scale + shift, second * scale + shift, sampling=NONE)
    before = cohens_d(first, second, sampling=NONE)
    assert moved.reason == before.reason
    if before.value is not None:
        assert moved.value == pytest.approx(before.value)
        assert cohens_d(second, first, sampling=NONE).value == pytest.approx(-before.value)
    assert cliffs_delta(second, first).value == pytest.approx(-known(cliffs_delta(first, second).value))


def test_degenerate_input_has_reasons():
    empty, one = np.empty(0), np.ones(1)
    assert cohens_d(empty, empty).reason == "empty"
    assert cohens_d(one, one).reason == "one_item"
    assert cohens_d(FIRST + 0.1, FIRST).reason == "no_variance"
    assert cliffs_delta(empty, empty).reason == "empty"
    assert cliffs_delta(one, empty).reason == "one_category"


def test_cohens_g_is_the_sign_tests_share_less_a_half():
    # by definition 40 of 60 decided, less a half; the ends are scipy's of the share
    difference = np.repeat([1.0, -1.0, 0.0], [40, 20, 17])
    made = cohens_g(difference)
    assert made.value == pytest.approx(1 / 6)
    assert made.n == 60
    ends = stats.binomtest(40, 60).proportion_ci(method="wilson")
    assert (made.lower, made.upper) == pytest.approx((ends.low - 0.5, ends.high - 0.5))
    assert cohens_g(-difference).lower == pytest.approx(-known(made.upper))


def test_cohens_g_of_clusters_resamples_them():
    rng = np.random.default_rng(0)
    sign = np.where(rng.random(400) < 0.6, 1.0, -1.0)
    often = cohens_g(np.repeat(sign, 5), cluster=np.repeat(np.arange(400), 5))
    assert often.value == pytest.approx(known(cohens_g(sign).value))
    assert width(often) == pytest.approx(width(cohens_g(sign)), rel=0.15)


def test_cohens_g_without_wins_or_losses():
    assert cohens_g(np.zeros(4)).reason == "all_tied"
    assert cohens_g(np.empty(0)).reason == "empty"
    assert cohens_g(np.ones(3), sampling=NONE).lower is None


@pytest.mark.parametrize("standardiser", ["difference", "average"])
@pytest.mark.parametrize("offset", [1e6, 1e9, 1e12])
def test_cohens_d_sees_the_spread_of_values_far_from_zero(standardiser, offset):
    expected = known(cohens_d(FIRST, SECOND, standardiser=standardiser, sampling=NONE).value)
    far = cohens_d(FIRST + offset, SECOND + offset, standardiser=standardiser, sampling=NONE)
    assert far.value == pytest.approx(expected)
