"""McNemar's test, the sign test and the difference of paired shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.counts import TIE_RULES, Counts, mcnemar, share_difference, sign_test

# Fagerland, Lydersen and Laake (2013), table 2: airway hyper-responsiveness before and after, 21 children
AIRWAYS = Counts(wins=1, losses=7, ties=13)
# Agresti (2002), Categorical Data Analysis, section 10.1: approval of a prime minister, 1,600 voters asked twice
APPROVAL = Counts(wins=86, losses=150, ties=1364)

COUNTS = st.builds(Counts, st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


@pytest.mark.parametrize(
    ("form", "p_value"), [("asymptotic", 0.0339), ("corrected", 0.0771), ("exact", 0.0703), ("mid-p", 0.0391)]
)
def test_mcnemar_as_published_for_the_airways(form, p_value):
    assert mcnemar(AIRWAYS, form=form).p_value == pytest.approx(p_value, abs=5e-5)


def test_mcnemar_as_published_for_approval():
    made = mcnemar(APPROVAL, form="asymptotic")
    assert made.statistic == pytest.approx(17.36, abs=0.005)
    assert made.p_value == pytest.approx(3.0992934e-5, rel=1e-6)  # computed with statsmodels 0.15.0
    assert mcnemar(APPROVAL).p_value == pytest.approx(3.7159361e-5, rel=1e-6)  # statsmodels 0.15.0


def test_the_paired_difference_as_published_for_approval():
    made = share_difference(APPROVAL, form="wald")
    assert made.value == pytest.approx(-0.04)
    assert made.standard_error == pytest.approx(0.0095, abs=5e-5)
    assert (made.lower, made.upper) == pytest.approx((-0.059, -0.021), abs=5e-4)


def test_the_adjusted_difference_by_hand():
    # (2 - 8)/23 and sqrt((10/23 - (6/23)^2)/23) = 0.126273
    made = share_difference(AIRWAYS)
    assert made.value == pytest.approx(-6 / 21)
    assert (made.lower, made.upper) == pytest.approx((-0.508359, -0.013380), abs=2e-6)


def test_the_three_rules_for_ties():
    counts = Counts(wins=18, losses=7, ties=11)
    assert sign_test(counts, ties="drop").p_value == pytest.approx(stats.binomtest(18, 25).pvalue)
    assert sign_test(counts, ties="half").p_value == pytest.approx(stats.binomtest(23, 35).pvalue)
    z = 11 / (25 - 121 / 36) ** 0.5
    made = sign_test(counts, ties="trinomial")
    assert (made.statistic, made.p_value) == pytest.approx((z, 2 * stats.norm.sf(z)))


@given(counts=COUNTS, ties=st.sampled_from(TIE_RULES))
def test_p_does_not_depend_on_which_system_comes_first(counts, ties):
    turned = Counts(counts.losses, counts.wins, counts.ties)
    there, back = sign_test(counts, ties=ties), sign_test(turned, ties=ties)
    assert there.reason == back.reason
    if there.p_value is not None:
        assert back.p_value == pytest.approx(there.p_value)
        assert 0 <= there.p_value <= 1


@given(counts=COUNTS)
def test_mcnemar_does_not_look_at_ties(counts):
    assert mcnemar(counts) == mcnemar(Counts(counts.wins, counts.losses, counts.ties + 5)) or counts.n == 0


@pytest.mark.parametrize(
    ("counts", "drop", "trinomial"),
    [
        (Counts(0, 0, 0), "empty", "empty"),
        (Counts(0, 0, 5), "all_tied", "no_variance"),
        (Counts(5, 0, 0), None, "no_variance"),
    ],
)
def test_what_cannot_be_tested_says_so(counts, drop, trinomial):
    assert sign_test(counts, ties="drop").reason == drop
    assert mcnemar(counts).reason == drop
    assert sign_test(counts, ties="trinomial").reason == trinomial
