"""ROC-AUC and its differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.judging.auc import auc_difference, roc_auc
from tests.known import known

# Hanley and McNeil (1982), Radiology 143, table 1: 109 CT images rated 1 to 5; area 0.893
RATING = np.repeat(np.tile(np.arange(1.0, 6.0), 2), [33, 6, 6, 11, 2, 3, 2, 2, 11, 33])
ABNORMAL = np.repeat([False, True], [58, 51])

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=6, max_size=30).filter(
    lambda rows: 2 <= sum(row[2] for row in rows) <= len(rows) - 2
)


def test_hanley_and_mcneils_images():
    made = roc_auc(RATING, ABNORMAL)
    assert made.value == pytest.approx(0.893, abs=5e-4)
    # DeLong's error by its definition, looping over placements (numpy, variance with n - 1 in each group)
    assert made.standard_error == pytest.approx(0.030724408379381122)
    plain = roc_auc(RATING, ABNORMAL, scale="plain")
    assert (plain.lower, plain.upper) == pytest.approx(
        (0.8931710615 - 1.959964 * 0.0307244084, 0.8931710615 + 1.959964 * 0.0307244084), abs=1e-7
    )


def test_the_logit_interval_by_hand():
    made = roc_auc(RATING, ABNORMAL)
    # logit 2.123549, error 0.0307244084/(0.8931710615 x 0.1068289385) = 0.322003, +- 1.959964 x 0.322003
    assert (made.lower, made.upper) == pytest.approx((0.816443, 0.940176), abs=2e-6)


def test_the_difference_by_its_definition():
    rng = np.random.default_rng(0)
    positive = np.arange(60) < 25
    first = positive + rng.normal(size=60)
    second = np.round(first + rng.normal(size=60), 1)
    made = auc_difference(first, second, positive)

    def placements(score):
        more = (score[positive][:, None] > score[~positive]) + 0.5 * (score[positive][:, None] == score[~positive])
        return more.mean(axis=1), more.mean(axis=0)

    (case_1, rest_1), (case_2, rest_2) = placements(first), placements(second)
    variance = np.var(case_1 - case_2, ddof=1) / 25 + np.var(rest_1 - rest_2, ddof=1) / 35
    assert made.estimate.value == pytest.approx(case_1.mean() - case_2.mean())
    assert made.estimate.standard_error == pytest.approx(np.sqrt(variance))
    assert known(made.test.statistic) ** 2 == pytest.approx((case_1.mean() - case_2.mean()) ** 2 / variance)


def test_cases_that_come_in_items_widen_the_interval():
    rng = np.random.default_rng(1)
    item = np.repeat(np.arange(40), 5)
    positive = item % 2 == 0
    score = positive + 2 * rng.normal(size=40)[item]
    alone, clustered = roc_auc(score, positive), roc_auc(score, positive, item=item)
    assert clustered.value == alone.value
    # five copies of one case are one case: the error is that of 40 cases
    single = roc_auc(score[::5], positive[::5])
    assert clustered.standard_error == pytest.approx(single.standard_error, rel=0.02)
    assert known(clustered.standard_error) > 2 * known(alone.standard_error)


@given(rows=ROWS)
@settings(max_examples=50)
def test_only_order_matters_and_turning_the_scale_mirrors_the_area(rows):
    first, second = np.array([row[:2] for row in rows], dtype=np.float64).T
    positive = np.array([row[2] for row in rows])
    made = roc_auc(first, positive)
    assert roc_auc(np.exp(first), positive).value == made.value
    turned_area = roc_auc(-first, positive)
    assert turned_area.value == pytest.approx(1 - known(made.value))
    assert made.lower is None or turned_area.upper == pytest.approx(1 - made.lower)
    assert roc_auc(first, ~positive).standard_error == pytest.approx(made.standard_error)
    turned = auc_difference(second, first, positive).test.p_value
    assert turned == auc_difference(first, second, positive).test.p_value or turned == pytest.approx(
        auc_difference(first, second, positive).test.p_value
    )


@pytest.mark.parametrize(
    ("positive", "reason"),
    [([], "empty"), ([True, True, True], "one_category"), ([True, False, False], "one_item")],
)
def test_what_has_no_area_says_why(positive, reason):
    score, mask = np.arange(len(positive), dtype=np.float64), np.array(positive, dtype=bool)
    assert roc_auc(score, mask).reason == reason
    made = auc_difference(score, score, mask)
    assert (made.estimate.reason, made.test.reason) == (reason, reason)


def test_a_perfect_score_has_no_interval_rather_than_a_point():
    made = roc_auc(np.arange(20.0), np.arange(20) > 9)
    assert (made.value, made.lower, made.method) == (1.0, None, "none: no spread")


def test_equal_scores_have_no_difference_to_test():
    made = auc_difference(RATING, RATING, ABNORMAL)
    assert made.estimate.value == 0
    assert made.test.reason == "no_variance"
