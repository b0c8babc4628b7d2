"""Who agrees with whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.annotators.pairwise import leave_one_out, rater_matrix
from analysis.comparison.estimates import Sampling
from analysis.data import Coded, Ratings, take
from analysis.errors import Undefined
from tests.analysis.builders import make_ratings, rating_rows

NONE = Sampling(ci="none")
# Krippendorff (2011), table C: four observers, twelve units
FOUR = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]


def test_every_pair_on_the_items_both_rated():
    made = rater_matrix(make_ratings(FOUR), sampling=NONE)
    assert made.shared.tolist() == [[9, 9, 8, 9], [9, 11, 9, 10], [8, 9, 10, 10], [9, 10, 10, 11]]
    equal = {(pair.first, pair.second): pair.equal.value for pair in made.pairs}
    assert equal["r0", "r1"] == pytest.approx(8 / 9)
    assert equal["r0", "r2"] == pytest.approx(5 / 8)
    # computed with scikit-learn 1.9.1, cohen_kappa_score, on the items both rated
    assert made.values()[0, 1] == pytest.approx(0.8448275862, abs=1e-9)


def test_other_coefficients_by_level_and_by_name():
    assert rater_matrix(make_ratings(FOUR), level="ordinal", sampling=NONE).coefficient == "cohen_kappa_quadratic"
    same = ["1 2 3 4", "2 4 6 8"]
    assert rater_matrix(make_ratings(same), level="interval", coefficient="spearman").values()[0, 1] == pytest.approx(1)
    with pytest.raises(ValueError, match="coefficient"):
        rater_matrix(make_ratings(same), coefficient="mood")


def test_raters_who_share_nothing_have_a_reason():
    made = rater_matrix(make_ratings(["1 2 . .", ". . 1 2", "1 2 1 2"]), sampling=NONE)
    assert made.pairs[0].coefficient.reason == "no_pairs"
    assert np.isnan(made.values()[0, 1])
    constant = rater_matrix(make_ratings(["1 1 1", "1 1 1"]), sampling=NONE)
    assert constant.pairs[0].equal.value == 1.0
    assert constant.pairs[0].coefficient.reason == "one_category"


def test_leaving_one_out():
    made = leave_one_out(make_ratings(FOUR), level="interval", sampling=NONE)
    assert made.alpha == pytest.approx(0.8491071, abs=1e-7)  # Krippendorff (2011)
    # by hand over r2's ten units: the others' ratings that equal r2's, of all their ratings
    assert made.raters["r2"].equal.value == pytest.approx(18 / 27)
    by_hand = np.array([3 - 2, 0, 0, 0, 3 - 7 / 3, 0, 2 - 1, 0, 0, 0])
    assert made.raters["r2"].difference.value == pytest.approx(by_hand.mean())
    assert made.raters["r2"].distance.value == pytest.approx(np.abs(by_hand).mean())
    assert (made.raters["r2"].alpha_without or 0) != made.alpha
    assert leave_one_out(make_ratings(FOUR), sampling=NONE).raters["r0"].difference.reason == "not_numeric"


def test_the_outlier_stands_out():
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 6, 80)
    rows = [truth, truth, np.clip(truth + 2, 1, 7), rng.integers(1, 6, 80)]
    made = leave_one_out(make_ratings([" ".join(map(str, row)) for row in rows]), level="interval")
    assert (made.raters["r3"].alpha_without or 0) > (made.alpha or 0)
    assert (made.raters["r2"].difference.lower or 0) > 1


@given(rows=rating_rows(least_raters=3))
@settings(max_examples=30, deadline=None)
def test_the_order_of_raters_and_rows_does_not_matter(rows):
    ratings = make_ratings(rows)
    if len(ratings) == 0 or ratings.rater is None or len(ratings.rater.used().names) < 2:
        return
    before = rater_matrix(ratings, sampling=NONE)
    order = np.arange(len(ratings))[::-1]
    turned = take(ratings, order)
    last = len(rows) - 1
    assert turned.rater is not None
    named = Coded(last - turned.rater.codes, tuple(f"r{place}" for place in range(len(rows))))
    after = rater_matrix(Ratings(turned.item, turned.value, named), sampling=NONE)
    assert np.allclose(after.values()[::-1, ::-1], before.values(), equal_nan=True)
    assert (after.shared[::-1, ::-1] == before.shared).all()


def test_nobody_to_compare_with():
    with pytest.raises(Undefined, match="two raters"):
        rater_matrix(make_ratings(["1 2"]))
    with pytest.raises(Undefined, match="no ratings"):
        leave_one_out(make_ratings([]))
