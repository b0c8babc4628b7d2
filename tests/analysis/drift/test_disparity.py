"""Groups side by side, and slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling, item_sums, ratio
from analysis.data import Coded
from analysis.drift.disparity import disparity, equalised_odds
from analysis.drift.slices import by_slice
from tests.analysis.builders import width
from tests.known import known


def rows(counts: dict[str, tuple[int, int]]) -> tuple[np.ndarray, Coded]:
    """Hits and rows by group."""
    hit = np.concatenate([np.arange(n) < hits for hits, n in counts.values()])
    return hit, Coded(np.repeat(np.arange(len(counts)), [n for _, n in counts.values()]), tuple(counts))


def test_newcombes_example():
    # Newcombe (1998), table II: 56/70 and 48/80 by method 10; the rest computed with statsmodels 0.15.0
    gap = disparity(*rows({"a": (56, 70), "b": (48, 80)})).gaps["a"]
    assert (gap.difference.value, gap.difference.lower, gap.difference.upper) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=5e-5
    )
    assert gap.ratio.value == pytest.approx(4 / 3)
    assert (gap.ratio.lower, gap.ratio.upper) == pytest.approx((1.0759671541199218, 1.6444774830364233))
    assert (gap.test.statistic, gap.test.p_value) == pytest.approx((2.6501719512585336, 0.00804508136819656))


def test_no_hits_in_a_group():
    # computed with statsmodels 0.15.0: confint_proportions_2indep, newcomb and log-adjusted
    gap = disparity(*rows({"a": (0, 10), "b": (5, 20)})).gaps["a"]
    assert (gap.difference.lower, gap.difference.upper) == pytest.approx((-0.46870088, 0.06001072))
    assert (gap.ratio.value, gap.ratio.lower, gap.ratio.upper) == pytest.approx((0.0, 0.01081605, 2.91256083))
    turned = disparity(*rows({"a": (0, 10), "b": (5, 20)}), reference="a").gaps["b"]
    assert turned.ratio.reason == "zero_values"


def test_many_groups_are_corrected():
    made = disparity(*rows({"a": (56, 70), "b": (48, 80), "c": (30, 60)}))
    assert made.reference == "b"
    p = {name: known(gap.test.p_value) for name, gap in made.gaps.items()}
    assert made.gaps["a"].adjusted_p == pytest.approx(2 * p["a"])
    assert made.gaps["c"].adjusted_p == pytest.approx(max(2 * p["a"], p["c"]))
    assert made.rates["c"].method == "Wilson"


def test_rows_of_one_item_are_resampled_together():
    hit, group = rows({"a": (40, 80), "b": (60, 80)})
    alone = disparity(hit, group, reference="b").gaps["a"]
    often = Coded(np.repeat(group.codes, 5), group.names)
    fives = disparity(np.repeat(hit, 5), often, reference="b", item=np.repeat(np.arange(160), 5))
    assert fives.gaps["a"].difference.value == alone.difference.value
    assert width(fives.gaps["a"].difference) == pytest.approx(width(alone.difference), rel=0.1)
    # an item counts once however often it was rated: nearly the score test, which pools the two rates
    assert fives.gaps["a"].test.statistic == pytest.approx(known(alone.test.statistic), rel=0.1)


@given(hits=st.tuples(st.integers(0, 20), st.integers(0, 30)))
@settings(max_examples=40, deadline=None)
def test_turning_the_groups_or_the_outcome_turns_the_sign(hits):
    hit, group = rows({"a": (hits[0], 20), "b": (hits[1], 30)})
    made = disparity(hit, group, reference="b").gaps["a"].difference
    turned = disparity(hit, group, reference="a").gaps["b"].difference
    other = disparity(~hit, group, reference="b").gaps["a"].difference
    for each in (turned, other):
        assert each.value == pytest.approx(-known(made.value))
        assert each.lower == pytest.approx(-known(made.upper))
        assert each.upper == pytest.approx(-known(made.lower))


def test_equalised_odds_look_at_both_kinds_of_error():
    group = Coded(np.repeat([0, 1], 100), ("a", "b"))
    truth = np.tile(np.repeat([True, False], 50), 2)
    rates = [(45, 10), (35, 20)]  # verdicts "positive" among the truly positive and negative, by group
    predicted = np.concatenate([np.arange(50) < n for pair in rates for n in pair])
    made = equalised_odds(truth, predicted, group, reference="a")
    assert made.true_positive_rate.gaps["b"].difference.value == pytest.approx(-0.2)
    assert made.false_positive_rate.gaps["b"].difference.value == pytest.approx(0.2)
    assert made.largest_gap == pytest.approx(0.2)
    only = equalised_odds(np.ones(200, dtype=bool), predicted, group, reference="a")
    assert only.largest_gap is None  # nothing is truly negative


def test_no_rows_and_one_group():
    assert disparity(np.empty(0, dtype=bool), Coded(np.empty(0, dtype=int), ())).rates == {}
    assert (
        equalised_odds(np.empty(0, dtype=bool), np.empty(0, dtype=bool), Coded(np.empty(0, dtype=int), ())).largest_gap
        is None
    )
    assert disparity(*rows({"a": (3, 5)})).gaps == {}
    assert disparity(*rows({"a": (5, 5), "b": (4, 4)})).gaps["b"].test.reason == "no_variance"
    with pytest.raises(ValueError, match="reference"):
        disparity(*rows({"a": (3, 5)}), reference="z")


def mean_of(values):
    return lambda mask: item_sums(np.column_stack([values[mask], np.ones(mask.sum())]), None, ratio)


def test_a_slice_that_differs_is_found_and_corrected():
    rng = np.random.default_rng(0)
    values, code = rng.normal(size=600), np.arange(600) % 6
    values[code == 2] += 1
    made = by_slice(Coded(code, tuple("abcdef")), mean_of(values))
    assert made["c"].estimate.value == pytest.approx(values[code == 2].mean())
    here, rest = values[code == 2], values[code != 2]
    z = (here.mean() - rest.mean()) / np.sqrt(here.var(ddof=1) / 100 + rest.var(ddof=1) / 500)
    assert made["c"].test.statistic == pytest.approx(z)  # the jackknife error of a mean is the usual one
    p = {name: known(each.adjusted_p) for name, each in made.items()}
    assert min(p, key=lambda name: p[name]) == "c"
    assert p["c"] == pytest.approx(6 * known(made["c"].test.p_value))


def test_alike_slices_are_seldom_told_apart():
    rng, slices = np.random.default_rng(1), Coded(np.arange(300) % 5, tuple("abcde"))
    false = 0
    for _ in range(300):
        made = by_slice(slices, mean_of(rng.normal(size=300)), sampling=Sampling(ci="none"))
        false += min(known(each.adjusted_p) for each in made.values()) < 0.05
    assert false / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)  # at most 5 % of runs, and Monte-Carlo error


def test_slices_without_rest_or_spread_have_reasons():
    values = np.ones(10)
    assert by_slice(Coded(np.zeros(10, dtype=int), ("a",)), mean_of(values))["a"].test.reason == "empty"
    assert by_slice(Coded(np.arange(10) % 2, ("a", "b")), mean_of(values))["a"].test.reason == "no_variance"
    lonely = by_slice(Coded((np.arange(10) == 0).astype(int), ("a", "b")), mean_of(np.arange(10.0)))
    assert (lonely["b"].test.reason, lonely["b"].adjusted_p) == ("too_few", None)
