"""Shares with clustered intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.paired import mean_estimate
from analysis.intervals import wilson
from analysis.ratings.shares import share_of


def share(values, **options):
    return share_of(values, **options)


def test_rows_that_stand_alone_have_nearly_wilsons_interval():
    """With 400 rows t is z and the effective number is n - 1."""
    hit = np.arange(400) % 4 == 0
    found = share(hit.astype(float), cluster=np.arange(400))
    t = stats.t.ppf(0.975, 399)
    low, high = wilson(np.array([0.25]), np.array([399 * (stats.norm.ppf(0.975) / t) ** 2]), 0.95)
    assert (found.value, found.lower, found.upper) == pytest.approx((0.25, low[0], high[0]))


def test_the_error_is_the_clustered_one():
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(30), 5)
    values = (rng.random(30)[cluster] > 0.4).astype(float)  # rows of a cluster are alike
    found = share(values, cluster=cluster)
    assert found.standard_error == pytest.approx(mean_estimate(values, cluster=cluster).standard_error)
    assert (found.n, found.n_items) == (150, 30)


def test_all_alike_is_as_sure_as_its_clusters_are_many():
    found = share(np.ones(40), cluster=np.repeat(np.arange(10), 4))
    t = stats.t.ppf(0.975, 9)
    assert (found.value, found.upper) == (1.0, 1.0)
    assert found.lower == pytest.approx(1 / (1 + t * t / 10))  # Wilson's lower end at a share of 1


def test_luck_within_clusters_does_not_narrow_the_interval():
    """One hit and one miss in every cluster: sums do not vary, rows still do."""
    values = np.tile([0.0, 1.0], 20)
    found = share(values, cluster=np.repeat(np.arange(20), 2))
    assert found.lower < 0.40 < 0.60 < found.upper


@pytest.mark.parametrize(
    ("values", "cluster", "method"),
    [([1.0, 0.0], [0, 0], "none: one cluster"), ([0.5, 0.5], [0, 1], "none: no spread")],
)
def test_what_has_no_interval_keeps_its_value(values, cluster, method):
    found = share(np.array(values), cluster=np.array(cluster))
    assert (found.value, found.lower, found.upper, found.method) == (0.5, None, None, method)


def test_nothing_is_null_and_more_than_one_is_refused():
    assert share(np.array([]), cluster=np.array([], dtype=int)).reason == "empty"
    with pytest.raises(ValueError, match="between 0 and 1"):
        share(np.array([2.0]), cluster=np.array([0]))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2))
def test_the_interval_holds_the_value_and_mirrors(rows):
    hit, cluster = (np.array(column) for column in zip(*rows, strict=True))
    one, other = (share(part.astype(float), cluster=cluster) for part in (hit, ~hit))
    if one.lower is None:
        assert other.lower is None
        return
    assert 0 <= one.lower <= one.value <= one.upper <= 1
    assert (1 - other.upper, 1 - other.lower) == pytest.approx((one.lower, one.upper))


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(8)
    for clusters, each, p in ((15, 4, 0.1), (40, 3, 0.5), (60, 3, 0.03)):
        held = 0
        for _ in range(2000):
            own = rng.beta(p * 3, (1 - p) * 3, clusters)
            values = (rng.random((clusters, each)) < own[:, None]).astype(float).ravel()
            found = share(values, cluster=np.repeat(np.arange(clusters), each))
            held += found.lower <= p <= found.upper
        assert held / 2000 > 0.935, (clusters, each, p, held / 2000)
