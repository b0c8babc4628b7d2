"""Adjusted p values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.corrections import METHODS, adjusted

# Benjamini and Hochberg (1995), section 4: fifteen tests; their procedure rejects four, Bonferroni's three
PUBLISHED = np.array(
    [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0]
)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12).map(np.array)


@pytest.mark.parametrize(
    ("method", "rejected"), [("bh", 4), ("bonferroni", 3), ("holm", 3), ("hochberg", 3), ("by", 3)]
)
def test_how_many_are_rejected_in_the_published_example(method, rejected):
    assert (adjusted(PUBLISHED, method=method) <= 0.05).sum() == rejected


def test_holm_and_hochberg_as_statsmodels_gives_them():
    # computed with statsmodels 0.15.0
    assert adjusted(PUBLISHED, method="holm")[:9] == pytest.approx(
        [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213]
    )
    assert adjusted(PUBLISHED, method="hochberg")[:9] == pytest.approx(
        [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.2682, 0.2682, 0.2752, 0.3213]
    )


@given(p_values=P_VALUES, method=st.sampled_from(["bh", "by"]))
def test_false_discovery_rates_agree_with_scipy(p_values, method):
    expected = stats.false_discovery_control(p_values, method=method)
    assert adjusted(p_values, method=method) == pytest.approx(expected)


@given(p_values=P_VALUES, method=st.sampled_from(METHODS), seed=st.integers(0, 9))
def test_order_does_not_matter_and_no_p_gets_smaller(p_values, method, seed):
    order = np.random.default_rng(seed).permutation(len(p_values))
    made = adjusted(p_values, method=method)
    assert adjusted(p_values[order], method=method) == pytest.approx(made[order])
    assert np.all(made >= p_values - 1e-12)


def test_a_test_that_could_not_be_made_does_not_count():
    made = adjusted(np.array([0.01, np.nan, 0.04]), method="bonferroni")
    assert made[[0, 2]] == pytest.approx([0.02, 0.08])
    assert np.isnan(made[1])
    assert len(adjusted(np.empty(0), method="holm")) == 0


def test_what_is_no_p_value_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjusted(np.array([1.2]), method="holm")
