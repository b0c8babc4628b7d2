"""Brier score, log loss and calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.judging.probabilities import bin_of, brier_score, calibration_curve, calibration_error, log_loss

HAPPENED = np.array([1, 0, 1, 1, 0, 0, 1, 0], dtype=bool)
SAID = np.array([0.9, 0.2, 0.6, 0.3, 0.4, 0.1, 0.8, 0.7])
NONE = Sampling(ci="none")
ROWS = st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=30)


def test_brier_and_log_loss_as_scikit_learn_gives_them():
    # computed with scikit-learn 1.9.1
    assert brier_score(SAID, HAPPENED).value == pytest.approx(0.175)
    assert log_loss(SAID, HAPPENED).value == pytest.approx(0.5108256237659907)


def test_calibration_error_by_hand():
    # two bins: below 0.5 the mean is 0.25 and 1 of 4 happened; above, 0.75 and 3 of 4: nothing is off
    assert calibration_error(SAID, HAPPENED, bins=2).value == pytest.approx(0.0)
    # four: [0.2, 0.1] none happened, off 0.15; [0.3, 0.4] 1 of 2, 0.15; [0.6, 0.7] 1 of 2, 0.15; [0.9, 0.8] all, 0.15
    made = calibration_error(SAID, HAPPENED, bins=4)
    assert made.value == pytest.approx(0.15)
    assert made.conventions["bin_rule"].startswith("equal width, closed left")


def test_bins_are_closed_on_the_left_even_where_floats_are_awkward():
    assert bin_of(np.array([0.0, 0.1, 0.3, 0.7, 0.9999, 1.0]), 10).tolist() == [0, 1, 3, 7, 9, 9]
    assert bin_of(np.array([0.29, 0.57]), 100).tolist() == [29, 57]


def test_the_curve_shows_empty_bins_as_empty():
    curve = calibration_curve(SAID, HAPPENED, bins=10)
    assert [part.n for part in curve] == [0, 1, 1, 1, 1, 0, 1, 1, 1, 1]
    assert curve[0].share is None
    assert (curve[9].mean_probability, curve[9].share) == (0.9, 1.0)


@given(rows=ROWS, seed=st.integers(0, 5))
@settings(max_examples=40)
def test_order_and_a_second_copy_change_nothing_and_mirroring_keeps_the_score(rows, seed):
    said = np.array([row[0] / 100 for row in rows])
    happened = np.array([row[1] for row in rows])
    order = np.random.default_rng(seed).permutation(len(rows))
    for statistic in (brier_score, calibration_error):
        before = statistic(said, happened, sampling=NONE).value
        assert statistic(said[order], happened[order], sampling=NONE).value == pytest.approx(before)
        assert statistic(np.tile(said, 2), np.tile(happened, 2), sampling=NONE).value == pytest.approx(before)
    assert brier_score(1 - said, ~happened, sampling=NONE).value == pytest.approx(
        brier_score(said, happened, sampling=NONE).value
    )


def test_a_certainty_that_failed_has_no_finite_log_loss():
    said, happened = np.array([0.0, 0.5]), np.array([True, False])
    assert log_loss(said, happened).reason == "zero_values"
    assert log_loss(said, happened, clip=1e-6).value == pytest.approx((-np.log(1e-6) - np.log(0.5)) / 2)


@pytest.mark.parametrize("statistic", [brier_score, log_loss, calibration_error])
def test_no_probabilities(statistic):
    assert statistic(np.empty(0), np.empty(0, dtype=bool)).reason == "empty"


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        brier_score(np.array([1.2]), np.array([True]))
