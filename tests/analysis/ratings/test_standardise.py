"""z-scores by rater."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.ratings.standardise import standardised
from tests.analysis.builders import coded
from tests.analysis.ratings.make import rated


def test_each_rater_gets_mean_0_and_deviation_1_on_each_criterion():
    rng = np.random.default_rng(5)
    rows = [(f"p{i}", "x", rater, rng.normal(m, s)) for rater, m, s in (("a", 2, 1), ("b", 7, 3)) for i in range(9)]
    criterion = ["c", "d", "d"] * 6
    made, left_out = standardised(rated(rows, criterion=coded(criterion)))
    values = np.array([row[3] for row in rows])
    for rater in "ab":
        for name in "cd":
            mine = np.array([row[2] == rater and c == name for row, c in zip(rows, criterion, strict=True)])
            assert made.value[mine] == pytest.approx(stats.zscore(values[mine], ddof=1))
    assert (left_out.raters, left_out.ratings) == ((), 0)


def test_raters_of_one_rating_or_one_value_are_left_out_and_counted():
    rows = [("p", "x", "a", 1), ("q", "x", "a", 3), ("p", "x", "once", 2), ("p", "x", "flat", 4), ("q", "x", "flat", 4)]
    made, left_out = standardised(rated(rows, categories={"": (1.0, 3.0)}))
    assert made.value == pytest.approx([-np.sqrt(0.5), np.sqrt(0.5)])
    assert (left_out.raters, left_out.ratings, made.categories) == (("flat", "once"), 3, {})


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9)), min_size=2, max_size=20),
    st.sampled_from([0.1, 3.0]),
    st.floats(-9, 9),
)
def test_the_units_a_rater_rates_in_do_not_matter(rows, scale, shift):
    one, other = (
        [(f"p{i}", "x", rater, by(float(value)) if rater == "a" else value) for i, (rater, value) in enumerate(rows)]
        for by in (float, lambda value: value * scale + shift)
    )
    try:
        expected = standardised(rated(one))[0].value
    except Undefined:
        return
    assert standardised(rated(other))[0].value == pytest.approx(expected, abs=1e-6)


def test_what_has_no_z_scores_says_why():
    flat = rated([("p", "x", "a", 4), ("q", "x", "a", 4)])
    unnamed = Ratings(coded(["i"]), np.array([1.0]))
    labels = rated([("p", "x", "a", 0)], labels=("bad",))
    for ratings, code in ((flat, "no_variance"), (unnamed, "not_recorded"), (labels, "not_numeric")):
        with pytest.raises(Undefined) as refused:
            standardised(ratings)
        assert refused.value.code == code
