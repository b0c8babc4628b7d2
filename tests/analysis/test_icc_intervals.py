"""Intervals of intraclass correlations: published ones, what must always hold, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement import AgreementOptions, Statistic, agreement
from analysis.data import Coded, Floats, Ratings
from analysis.icc_intervals import MeanSquares, f_interval
from tests.analysis.builders import coded, make_ratings
from tests.known import known

FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
# Shrout and Fleiss (1979), table 2: judges in rows
JUDGES = ["9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7"]


def iccs(ratings: Ratings, **options) -> dict[str, Statistic]:
    found = agreement(ratings, AgreementOptions(level="interval", every=True, rounds=50, **options)).statistics
    return {one.options["form"]: one for one in found if one.name == "icc"}


def of_table(table: Floats) -> Ratings:
    item, rater = np.indices(table.shape).reshape(2, -1)
    names = [tuple(map(str, range(size))) for size in table.shape]
    return Ratings(item=Coded(item, names[0]), value=table.ravel(), rater=Coded(rater, names[1]))


@pytest.mark.parametrize(
    ("form", "lower", "upper"),
    [  # as ICC() of the R package psych prints them for this table
        ("ICC(1,1)", -0.133, 0.72),
        ("ICC(2,1)", 0.019, 0.76),
        ("ICC(3,1)", 0.342, 0.95),
        ("ICC(1,k)", -0.884, 0.91),
        ("ICC(2,k)", 0.071, 0.93),
        ("ICC(3,k)", 0.676, 0.99),
    ],
)
def test_the_judges_of_shrout_and_fleiss_have_the_intervals_that_psych_prints(form, lower, upper):
    made = iccs(make_ratings(JUDGES))[form]
    assert made.lower == pytest.approx(lower, abs=5e-4)
    assert made.upper == pytest.approx(upper, abs=5e-3)
    assert made.method.startswith("F (McGraw and Wong 1996)")


def test_ends_of_consistency_are_where_the_f_ratio_is_just_significant():
    """Given the correlation, the ratio of mean squares is F times (1 + (k - 1) ICC) / (1 - ICC)."""
    squares = MeanSquares(items=11.24, rest=1.02, n=6, k=4, raters=32.49)
    made = f_interval("ICC(3,1)", squares, 0.95)
    for end, chance in ((made.lower, 0.975), (made.upper, 0.025)):
        scale = (1 + 3 * known(end)) / (1 - known(end))
        assert stats.f.cdf(11.24 / 1.02 / scale, 5, 15) == pytest.approx(chance)


@given(st.integers(0, 2**31), st.integers(3, 12), st.integers(2, 6), st.floats(0.01, 100))
def test_scale_and_origin_do_not_move_an_interval_which_holds_its_estimate(seed, items, raters, scale):
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 1, (items, 1)) + rng.normal(0, 0.5, raters) + rng.normal(0, 1, (items, raters))
    plain, moved = iccs(of_table(table)), iccs(of_table(scale * table - 7))
    for form in FORMS:
        one, other = plain[form], moved[form]
        assert one.method == other.method
        for end, moved_end in ((one.lower, other.lower), (one.upper, other.upper)):
            assert end == moved_end or end == pytest.approx(moved_end, rel=1e-5, abs=1e-7)
        if one.value is not None and one.lower is not None and one.upper is not None and one.value >= 0:
            assert one.lower <= one.value <= one.upper


def test_more_confidence_makes_it_wider():
    narrow, wide = (iccs(make_ratings(JUDGES), confidence=level) for level in (0.8, 0.99))
    for form in FORMS:
        assert known(wide[form].lower) < known(narrow[form].lower)
        assert known(narrow[form].upper) < known(wide[form].upper)


def test_means_have_the_ends_of_single_ratings_by_spearman_and_brown():
    made = iccs(make_ratings(JUDGES))
    for kind in "123":
        single, mean = made[f"ICC({kind},1)"], made[f"ICC({kind},k)"]
        for one, other in ((single.lower, mean.lower), (single.upper, mean.upper)):
            assert other == pytest.approx(4 * known(one) / (1 + 3 * known(one)))


def test_the_jackknife_and_clusters_resample_and_say_that_raters_are_these():
    jackknifed = iccs(make_ratings(JUDGES), ci="jackknife")
    assert jackknifed["ICC(2,1)"].method == "item jackknife, t, about these raters"
    assert jackknifed["ICC(3,1)"].method == "item jackknife, t"
    ratings = make_ratings(JUDGES)
    prompts = coded([f"p{code % 3}" for code in ratings.item.codes])
    clustered = iccs(Ratings(ratings.item, ratings.value, rater=ratings.rater, prompt=prompts), cluster="prompt")
    assert clustered["ICC(2,k)"].method.startswith("prompt bootstrap, percentile")
    assert clustered["ICC(2,k)"].method.endswith("about these raters")


def test_items_with_different_numbers_of_ratings_are_resampled_and_say_so():
    made = iccs(make_ratings(["9 6 8 7 10 6 3", "2 1 4 1 5 2 1", "5 3 6 2 6 4 ."]))
    assert made["ICC(1,1)"].method == "item bootstrap, percentile, 50 rounds, unbalanced"
    assert made["ICC(2,1)"].method.startswith("F (McGraw and Wong 1996)")


def test_raters_who_agree_throughout_have_no_interval():
    made = iccs(make_ratings(["1 2 3 4", "1 2 3 4"]))
    assert {one.method for one in made.values()} == {"none: no spread"}
    for one in made.values():
        assert one.value == pytest.approx(1.0)


def test_raters_who_differ_by_a_constant_have_an_interval_of_agreement_only():
    made = iccs(make_ratings(["1 2 3 4 7", "2 3 4 5 8", "4 5 6 7 10"]))
    assert made["ICC(3,1)"].method == "none: no spread"
    one = made["ICC(2,1)"]
    assert 0 < known(one.lower) < known(one.value) < known(one.upper) <= 1


def test_items_that_do_not_differ_have_no_interval():
    for one in iccs(make_ratings(["1 2 3", "2 3 1", "3 1 2"])).values():
        assert (one.lower, one.upper) == (None, None)
        assert one.method in ("none: no spread", "none")


def test_a_mean_whose_lower_end_is_unbounded_has_no_interval():
    squares = MeanSquares(items=0.01, rest=1.0, n=5, k=3, raters=0.001)
    single, mean = f_interval("ICC(2,1)", squares, 0.95), f_interval("ICC(2,k)", squares, 0.95)
    assert known(single.lower) < -0.5
    assert (mean.lower, mean.upper, mean.method) == (None, None, "none: unbounded below")
