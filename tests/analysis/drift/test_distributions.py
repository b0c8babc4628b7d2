"""Distances between distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.drift.distributions import Bins, chi_square, drift, kolmogorov_smirnov, quantile_bins

REFERENCE, CURRENT = np.array([120, 300, 280, 200, 100]), np.array([90, 120, 170, 90, 30])
COUNTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=8)


def test_every_distance_as_scipy_has_it():
    # computed with scipy 1.17.1: entropy both ways, jensenshannon(base=2), chi2_contingency(correction=False)
    made = drift(REFERENCE, CURRENT)
    assert made.kl.value == pytest.approx(0.03582788180961642)
    assert made.psi.value == pytest.approx(0.07190611569559606)
    assert made.jensen_shannon.value == pytest.approx(0.1135319443435926)
    assert made.chi_square.statistic == pytest.approx(23.7006441834028)
    assert made.chi_square.p_value == pytest.approx(9.170320621171452e-05)


def test_kolmogorov_smirnov_as_scipy_has_it():
    made = kolmogorov_smirnov(np.array([1, 2, 2, 3, 4, 5, 5, 6.0]), np.array([2, 4, 5, 6, 7, 7, 8, 9, 9.0]))
    assert made.statistic == pytest.approx(0.5555555555555556)  # scipy 1.17.1
    assert made.p_value == pytest.approx(0.0785684903331962)
    assert made.conventions["ties"].startswith("present")


def test_psi_without_drift_is_what_its_null_says():
    rng = np.random.default_rng(0)
    shares = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    drawn = [drift(rng.multinomial(2000, shares), rng.multinomial(500, shares)) for _ in range(1500)]
    values = np.array([each.psi.value for each in drawn])
    assert drawn[0].psi_expected == pytest.approx(4 * (1 / 2000 + 1 / 500))
    assert values.mean() == pytest.approx(drawn[0].psi_expected, rel=0.06)
    assert (values > drawn[0].psi_critical).mean() == pytest.approx(0.05, abs=0.02)


def test_an_empty_bin_is_neither_infinite_nor_ignored():
    made = drift(np.array([50, 50, 0]), np.array([40, 40, 20]))
    floored = np.array([0.5, 0.5, 0.005]) / 1.005
    by_hand = ((np.array([0.4, 0.4, 0.2]) - floored) * np.log(np.array([0.4, 0.4, 0.2]) / floored)).sum()
    assert made.psi.value == pytest.approx(by_hand)
    assert drift(np.array([1, 1, 0]), np.array([1, 1, 0])).psi.conventions["bins"] == "2"


def test_bins_are_closed_left_and_without_ends():
    assert Bins(np.array([1.0, 2.0])).counts(np.array([-9, 1, 1.5, 2, 99])).tolist() == [1, 2, 2]
    made = quantile_bins(np.arange(100.0), 4)
    assert made.counts(np.arange(100.0)).tolist() == [25, 25, 25, 25]
    few = quantile_bins(np.array([1.0, 1, 1, 1, 2, 3]), 10)  # ones fill most tenths
    assert few.counts(np.array([1.0, 1, 1, 1, 2, 3])).min() > 0
    with pytest.raises(ValueError, match="rise"):
        Bins(np.array([2.0, 1.0]))


@given(rows=COUNTS, seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_order_of_bins_does_not_matter_and_psi_and_js_are_symmetric(rows, seed):
    first, second = np.array(rows).T
    made, order = drift(first, second), np.random.default_rng(seed).permutation(len(rows))
    turned, swapped = drift(first[order], second[order]), drift(second, first)
    if made.psi.value is None:
        assert made.psi.reason == "empty"
        return
    assert turned.psi.value == pytest.approx(made.psi.value, abs=1e-12)
    assert swapped.psi.value == pytest.approx(made.psi.value, abs=1e-12)
    assert swapped.jensen_shannon.value == pytest.approx(made.jensen_shannon.value, abs=1e-7)
    assert made.kl.value is not None
    assert made.kl.value >= -1e-12
    assert -1e-12 <= (made.jensen_shannon.value or 0) <= 1 + 1e-12


def test_what_the_data_cannot_give_has_a_reason():
    nothing = np.zeros(3, dtype=int)
    assert drift(nothing, nothing).kl.reason == "empty"
    assert chi_square(np.array([5, 0]), np.array([3, 0])).reason == "one_category"
    assert chi_square(REFERENCE, CURRENT, independent=False).reason == "not_independent"
    assert drift(REFERENCE, CURRENT, independent=False).psi_critical is None
    assert kolmogorov_smirnov(np.empty(0), np.ones(2)).reason == "empty"
    assert "merge bins" in chi_square(np.array([1, 3]), np.array([2, 2])).conventions["caution"]
    with pytest.raises(ValueError, match="same ones"):
        drift(REFERENCE, CURRENT[:3])
