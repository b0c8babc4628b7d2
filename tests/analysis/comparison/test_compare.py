"""All about two systems in one call."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.compare import compare, compare_battles
from analysis.comparison.estimates import Sampling
from analysis.data import BOTH_BAD, TIE, A, B
from tests.analysis.builders import coded
from tests.known import known

QUICK = Sampling(rounds=50)


def test_binary_values_get_mcnemar():
    first, second = np.array([1, 1, 1, 0, 1, 0.0]), np.array([0, 1, 0, 1, 0, 0.0])
    made = compare(first, second, sampling=QUICK)
    assert made.kind == "binary"
    assert (made.counts.wins, made.counts.losses, made.counts.ties) == (3, 1, 2)
    assert made.estimates["difference"].value == pytest.approx(2 / 6)
    # with 0 and 1, flipping signs is the exact binomial
    assert made.tests["mcnemar_exact"].p_value == pytest.approx(made.tests["permutation"].p_value)
    assert made.tests["sign_drop"].p_value == pytest.approx(0.625)
    assert made.primary in made.tests


def test_every_test_is_there_when_asked_for():
    first, second = np.array([1, 1, 1, 0, 1, 0.0, 1, 1]), np.array([0, 1, 0, 1, 0, 0.0, 0, 0])
    usual, every = (compare(first, second, sampling=QUICK, every=each).tests for each in (False, True))
    assert set(every) - set(usual) == {"wilcoxon_pratt", "mcnemar_corrected"}
    # wins 5, losses 1: (|5 - 1| - 1)^2 / 6 and (5 - 1)^2 / 6 on chi-square with one degree of freedom
    assert every["mcnemar_corrected"].statistic == pytest.approx(1.5)
    assert every["mcnemar_asymptotic"].statistic == pytest.approx(16 / 6)
    votes = compare_battles(np.array([A, A, B, TIE, A]), sampling=QUICK, every=True).tests
    assert {"mcnemar_exact", "mcnemar_mid_p", "mcnemar_asymptotic", "mcnemar_corrected"} <= set(votes)
    assert votes["mcnemar_exact"].p_value == votes["sign_drop"].p_value


def test_values_that_differ_by_rounding_only_are_equal():
    made = compare(np.array([0.1 + 0.2, 0.7, 1.1]), np.array([0.3, 0.7, 1.0 + 0.1]), sampling=QUICK)
    assert (made.counts.wins, made.counts.losses, made.counts.ties) == (0, 0, 3)
    assert made.tests["wilcoxon"].reason == "all_tied"
    assert made.tests["permutation"].p_value == 1.0


def test_missing_values_are_left_out_and_counted():
    made = compare(np.array([1.5, np.nan, 3.0, 2.0]), np.array([1.0, 2.0, np.nan, 1.0]), sampling=QUICK)
    assert (made.kind, made.n, made.dropped) == ("values", 2, 2)
    assert "mcnemar_exact" not in made.tests


def test_tests_that_take_rows_as_independent_are_null_on_clusters():
    rng = np.random.default_rng(0)
    made = compare(rng.random(40), rng.random(40), cluster=np.repeat(np.arange(10), 4), sampling=QUICK)
    assert made.n_clusters == 10
    assert made.tests["wilcoxon"].reason == made.tests["sign_half"].reason == "not_independent"
    assert made.tests["permutation"].p_value is not None
    assert made.effects["rank_biserial"].lower is None


def test_battles_between_two_systems():
    outcome = np.array([A, A, B, TIE, BOTH_BAD, A])
    first_is_a = np.array([True, True, True, True, True, False])
    made = compare_battles(outcome, first_is_a=first_is_a, sampling=QUICK)
    assert (made.counts.wins, made.counts.losses, made.counts.ties) == (2, 2, 2)
    assert made.estimates["win_rate"].value == 0.5
    assert made.tests["permutation"].p_value == 1.0


def test_battles_on_one_prompt_stay_together():
    outcome = np.array([A, A, A, B, A, A, B, A])
    prompt = coded(["p", "p", "q", "q", "r", "r", "s", "s"])
    made = compare_battles(outcome, prompt=prompt, sampling=QUICK)
    assert made.n_clusters == 4
    # prompts sum to 2 0 2 0: of the four patterns of the two that differ, two reach +-4
    assert made.tests["permutation"].p_value == 0.5
    assert made.estimates["share_difference"].reason == "not_independent"


@given(rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=10))
@settings(max_examples=25, deadline=None)
def test_exchanging_the_systems_turns_every_sign(rows):
    first, second = np.array(rows, dtype=np.float64).T
    there, back = compare(first, second, sampling=QUICK), compare(second, first, sampling=QUICK)
    assert (there.counts.wins, there.counts.losses) == (back.counts.losses, back.counts.wins)
    for name in ("permutation", "t", "wilcoxon", "sign_drop", "sign_half", "sign_trinomial"):
        assert there.tests[name].reason == back.tests[name].reason
        if there.tests[name].p_value is not None:
            assert there.tests[name].p_value == pytest.approx(back.tests[name].p_value)
    assert there.estimates["difference"].value == pytest.approx(-known(back.estimates["difference"].value))


def test_nothing_to_compare_is_null_everywhere():
    made = compare(np.empty(0), np.empty(0), sampling=QUICK)
    for estimate in (*made.estimates.values(), *made.effects.values()):
        assert (estimate.value, estimate.reason) == (None, "empty")
    for tested in made.tests.values():
        assert (tested.p_value, tested.reason) == (None, "empty")


def test_values_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="one value an item"):
        compare(np.ones(3), np.ones(4))


@given(outcomes=st.lists(st.sampled_from([A, B, TIE]), min_size=2, max_size=6), clustered=st.booleans())
@settings(max_examples=30, deadline=None)
def test_no_interval_of_a_share_leaves_what_a_share_can_be(outcomes, clustered):
    prompt = coded([str(place // 2) for place in range(len(outcomes))]) if clustered else None
    made = compare_battles(np.array(outcomes), prompt=prompt, sampling=QUICK).estimates
    binary = compare(*np.array([[o == A, o != A] for o in outcomes], dtype=np.float64).T, sampling=QUICK).estimates
    for name, low in [("win_rate", 0.0), ("difference", -1.0), ("mean_first", 0.0), ("mean_second", 0.0)]:
        for one in (made.get(name), binary.get(name)):
            if one is not None and one.lower is not None and one.upper is not None:
                assert low <= one.lower <= one.upper <= 1


def test_a_cut_interval_says_so():
    made = compare_battles(np.array([A, A, A, B]), sampling=QUICK).estimates["win_rate"]
    assert (made.value, made.upper) == (0.75, 1.0)
    assert made.method == "standard error, t, cut at 0 and 1"
