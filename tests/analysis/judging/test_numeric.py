"""MAE, RMSE, bias, R squared and MAPE."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.judging.numeric import numeric_errors

NONE = Sampling(ci="none")
ROWS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=20)


def test_as_scikit_learn_gives_them():
    # computed with scikit-learn 1.9.1
    made = numeric_errors(np.array([3, -0.5, 2, 7]), np.array([2.5, 0.0, 2, 8]))
    expected = {"mae": 0.5, "rmse": 0.6123724356957945, "r2": 0.9486081370449679, "mape": 0.3273809523809524}
    assert {name: made[name].value for name in expected} == pytest.approx(expected)
    assert made["bias"].value == pytest.approx(0.25)


def test_the_interval_of_the_mean_error_is_that_of_a_mean():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=400)
    predicted = truth + rng.normal(size=400)
    made = numeric_errors(truth, predicted, sampling=Sampling(ci="jackknife"))["bias"]
    error = np.std(predicted - truth, ddof=1) / 20
    assert made.lower == pytest.approx(np.mean(predicted - truth) - 1.9659 * error, abs=1e-4)


@given(rows=ROWS, shift=st.integers(-20, 20), scale=st.sampled_from([0.5, 3.0]))
@settings(max_examples=40)
def test_shift_and_scale(rows, shift, scale):
    truth, predicted = np.array(rows, dtype=np.float64).T
    before = numeric_errors(truth, predicted, sampling=NONE)
    moved = numeric_errors(truth * scale + shift, predicted * scale + shift, sampling=NONE)
    for name in ("mae", "rmse", "bias"):
        assert moved[name].value == pytest.approx((before[name].value or 0) * scale)
    assert moved["r2"].reason == before["r2"].reason
    assert moved["r2"].value is None or moved["r2"].value == pytest.approx(before["r2"].value)


def test_what_is_undefined_says_why():
    made = numeric_errors(np.array([0.0, 0.0]), np.array([1.0, 2.0]), sampling=NONE)
    assert (made["mape"].reason, made["r2"].reason) == ("zero_values", "no_variance")
    assert "2 true values are 0" in (made["mape"].message or "")
    assert {each.reason for each in numeric_errors(np.empty(0), np.empty(0)).values()} == {"empty"}
