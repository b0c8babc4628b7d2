"""Agreement of two judges and the shift of a mean: published values, other software, laws, and where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student_t
from statsmodels.stats.inter_rater import cohens_kappa

from judges.paired import LEAST_CLUSTERS, differ, kappa, mean, squared, student

# Fleiss (1981), Statistical Methods for Rates and Proportions, table 13.1: 100 diagnoses by two raters.
FLEISS = {("p", "p"): 75, ("p", "n"): 1, ("p", "o"): 4, ("n", "p"): 5, ("n", "n"): 4, ("n", "o"): 1, ("o", "o"): 10}
answers = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


def spread(table: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [pair for pair, count in table.items() for _ in range(count)]


def test_kappa_of_a_published_table():
    found = kappa(spread(FLEISS), range(100), differ)
    assert found.value == pytest.approx(0.68, abs=0.005)  # as published, with a standard error of 0.087
    assert found.lower is not None
    assert found.upper is not None
    error = (found.upper - found.lower) / 2 / student(99) * math.sqrt(99 / 100)
    assert error == pytest.approx(0.087, abs=0.001)


@pytest.mark.parametrize(("weights", "distance"), [(None, differ), ("quadratic", squared)])
def test_kappa_and_its_error_are_those_of_statsmodels(weights, distance):
    rng = np.random.default_rng(3)
    first = rng.integers(0, 4, 300)
    second = np.where(rng.random(300) < 0.6, first, rng.integers(0, 4, 300))
    table = np.zeros((4, 4))
    np.add.at(table, (first, second), 1)
    theirs = cohens_kappa(table, wt=weights)
    ours = kappa([(float(a), float(b)) for a, b in zip(first, second, strict=True)], range(300), distance)
    assert ours.value == pytest.approx(theirs.kappa)
    assert ours.upper is not None
    assert ours.value is not None
    error = (ours.upper - ours.value) / student(299) * math.sqrt(299 / 300)
    assert error == pytest.approx(theirs.std_kappa, rel=1e-6)


@given(answers)
def test_kappa_is_the_same_whoever_is_first_and_whatever_answers_are_called(pairs):
    clusters = range(len(pairs))
    found = kappa(pairs, clusters, differ).value
    turned = kappa([(b, a) for a, b in pairs], clusters, differ).value
    renamed = kappa([("xyz"["abc".index(a)], "xyz"["abc".index(b)]) for a, b in pairs], clusters, differ).value
    assert (found is None) == (turned is None) == (renamed is None)
    if found is not None:
        assert turned == pytest.approx(found)
        assert renamed == pytest.approx(found)
        assert -1 - 1e-9 <= found <= 1


def test_copies_of_each_item_within_a_prompt_leave_value_and_interval_as_they_are():
    """Asking each prompt twice with the same answers tells nothing new: n doubles and the interval stays."""
    pairs = spread(FLEISS)
    once, twice = kappa(pairs, range(100), differ), kappa(pairs * 2, [*range(100), *range(100)], differ)
    assert (twice.value, twice.lower, twice.upper) == pytest.approx((once.value, once.lower, once.upper))
    assert (twice.n, twice.clusters) == (200, 100)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [([], "no item has a verdict of both"), ([("a", "a")] * 30, "one and the same answer to everything")],
)
def test_where_kappa_is_undefined_there_is_a_reason_and_no_number(pairs, reason):
    found = kappa(pairs, range(len(pairs)), differ)
    assert (found.value, found.lower, found.upper) == (None, None, None)
    assert reason in found.reason


def test_few_prompts_give_a_value_without_an_interval():
    pairs = [("a", "a"), ("b", "b"), ("a", "b")] * 20
    found = kappa(pairs, [number % (LEAST_CLUSTERS - 1) for number in range(60)], differ)
    assert found.value is not None
    assert (found.lower, found.upper) == (None, None)
    assert "needs 10 prompts" in found.reason


def test_perfect_agreement_has_no_interval_rather_than_one_without_width():
    found = kappa([("a", "a"), ("b", "b")] * 10, range(20), differ)
    assert (found.value, found.lower) == (1.0, None)
    assert "nothing varies" in found.reason


def test_a_mean_of_independent_values_has_the_interval_of_student():
    values = list(np.random.default_rng(1).normal(0.2, 1, 25))
    found = mean(values, range(25))
    half = student_t.ppf(0.975, 24) * np.std(values, ddof=1) / 5
    assert (found.value, found.lower, found.upper) == pytest.approx(
        (np.mean(values), np.mean(values) - half, np.mean(values) + half), rel=1e-4
    )


def test_a_mean_without_values_or_without_spread_says_so():
    assert mean([], []).reason == "no item has a verdict of both"
    assert "nothing varies" in mean([0.0] * 20, range(20)).reason
    found = mean([1.0, -1.0] * 10, range(20), bound=0.2)
    assert (found.lower, found.upper) == (-0.2, 0.2)


@pytest.mark.parametrize("freedom", [9, 10, 20, 100, 10_000])
def test_quantiles_are_those_of_scipy(freedom):
    assert student(freedom) == pytest.approx(student_t.ppf(0.975, freedom), abs=1e-3)
