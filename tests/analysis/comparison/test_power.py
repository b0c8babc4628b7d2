"""What a study of a given size can show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import (
    power_proportions_2indep,
    proportion_confint,
    samplesize_proportions_2indep_onetail,
)

from analysis.comparison import planners, power

LEVELS, POWERS = st.floats(0.001, 0.2), st.floats(0.5, 0.99)


@pytest.mark.parametrize(("difference", "variance", "items"), [(0.03, 1 / 9, 969), (0.1, 0.5, 200), (0.5, 1.0, 20)])
def test_the_power_of_a_mean_is_statsmodels(difference, variance, items):
    # one sample of differences: two equal independent samples of twice the size have the same error
    made = NormalIndPower(ddof=0).power(difference / variance**0.5, items, 0.05, ratio=0, alternative="larger")
    one_sided = power.difference_power(items=items, difference=difference, variance=variance, level=0.1)
    assert one_sided == pytest.approx(made, abs=1e-9)


@given(difference=st.floats(0.01, 1), variance=st.floats(0.01, 2), level=LEVELS, wanted=POWERS)
def test_the_size_a_plan_asks_for_has_the_power_it_promises(difference, variance, level, wanted):
    items = planners.items_needed(difference=difference, variance=variance, level=level, power=wanted)
    given_data = {"difference": difference, "variance": variance, "level": level}
    assert power.difference_power(items=items, **given_data) >= wanted - 1e-6
    if items > 1:
        assert power.difference_power(items=items - 1, **given_data) < wanted


@given(only_b=st.floats(0.01, 0.3), more=st.floats(0.02, 0.3), level=LEVELS, wanted=POWERS)
def test_mcnemars_size_and_power_are_each_others_inverse(only_b, more, level, wanted):
    shares = {"only_a": only_b + more, "only_b": only_b}
    items = planners.mcnemar_items(**shares, level=level, power=wanted)
    assert power.mcnemar_power(items=items, **shares, level=level) >= wanted - 1e-6
    if items > 1:
        assert power.mcnemar_power(items=items - 1, **shares, level=level) < wanted + 1e-9


def test_mcnemars_power_is_what_drawing_gives():
    rng, n = np.random.default_rng(0), 234
    won, lost, _ = rng.multinomial(n, [0.2, 0.1, 0.7], size=20_000).T
    found = (won - lost) ** 2 / (won + lost) > stats.chi2.ppf(0.95, 1)
    assert power.mcnemar_power(items=n, only_a=0.2, only_b=0.1) == pytest.approx(found.mean(), abs=0.02)


@pytest.mark.parametrize(("first", "second"), [(0.7, 0.75), (0.5, 0.6), (0.1, 0.02), (0.9, 0.95)])
@pytest.mark.parametrize("wanted", [0.8, 0.95])
def test_the_size_for_two_shares_is_statsmodels(first, second, wanted):
    low, high = sorted((first, second))
    theirs = samplesize_proportions_2indep_onetail(high - low, low, wanted, alpha=0.05, alternative="two-sided")
    assert power.proportions_needed(first=first, second=second, power=wanted) == pytest.approx(theirs, abs=1)


def test_the_textbook_example_of_two_shares():
    # by hand: (1.959964 sqrt(2 x 0.55 x 0.45) + 0.841621 sqrt(0.25 + 0.24))^2 / 0.01 = 387.34
    assert power.proportions_needed(first=0.5, second=0.6) == 388


@pytest.mark.parametrize("items", [100, 500, 3000])
def test_the_power_of_two_shares_is_statsmodels(items):
    theirs = power_proportions_2indep(0.05, 0.7, items, alternative="two-sided", return_results=True)
    made = power.proportions_power(items=items, first=0.75, second=0.7)
    assert made == pytest.approx(float(theirs.power), abs=5e-3)  # theirs counts the wrong tail in


@given(rate=st.floats(0.02, 0.98), half_width=st.floats(0.005, 0.3))
def test_wilsons_width_is_reached_with_the_items_and_not_before(rate, half_width):
    items = power.proportion_items(rate=rate, half_width=half_width)

    def half(n: int) -> float:
        low, high = proportion_confint(rate * n, n, method="wilson")
        return float(high - low) / 2

    assert half(items) <= half_width * (1 + 1e-9)
    assert items == 1 or half(items - 1) > half_width * (1 - 1e-9)


@given(kappa=st.floats(0.0, 0.95), prevalence=st.floats(0.1, 0.9), items=st.integers(20, 5000))
def test_kappas_half_width_is_the_inverse(kappa, prevalence, items):
    half = power.kappa_half_width(items=items, kappa=kappa, prevalence=prevalence)
    assert planners.kappa_items(kappa=kappa, prevalence=prevalence, half_width=half) == pytest.approx(items, abs=1)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: power.proportion_items(rate=1.2, half_width=0.1),
        lambda: power.proportion_items(rate=0.5, half_width=0.5),
        lambda: power.proportion_items(rate=0.5, half_width=1e-9),
        lambda: power.proportions_needed(first=0.5, second=0.5),
        lambda: power.proportions_needed(first=0.5, second=1.0),
        lambda: power.difference_power(items=0, difference=1, variance=1),
        lambda: power.difference_power(items=10, difference=float("nan"), variance=1),
        lambda: power.difference_power(items=10, difference=1, variance=1, level=2),
        lambda: power.mcnemar_power(items=10, only_a=0.8, only_b=0.4),
    ],
)
def test_what_makes_no_sense_is_refused(impossible):
    with pytest.raises(ValueError, match=r"must|cannot|takes more|known to within"):
        impossible()
