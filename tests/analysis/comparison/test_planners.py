"""Sizes to plan for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.planners import (
    battles_needed,
    design_effect,
    items_needed,
    kappa_items,
    mcnemar_items,
    smallest_difference,
    win_rate_of,
)


def test_millers_example():
    # Miller (2024), section 5: omega^2 = 1/9, a difference of 3 points, 5 %, power 80 %: 969 questions
    assert items_needed(difference=0.03, variance=1 / 9) == 969


@given(items=st.integers(10, 5000), variance=st.floats(0.01, 2), answers=st.integers(1, 8))
def test_the_smallest_difference_is_the_inverse(items, variance, answers):
    rest = {"within_a": 0.2, "within_b": 0.1, "answers_a": answers, "answers_b": answers}
    seen = smallest_difference(items=items, variance=variance, **rest)
    assert items_needed(difference=seen, variance=variance, **rest) == items


@pytest.mark.parametrize(("only_a", "only_b"), [(0.2, 0.1), (0.3, 0.15), (0.12, 0.04)])
def test_the_planned_items_give_mcnemar_the_planned_power(only_a, only_b):
    n = mcnemar_items(only_a=only_a, only_b=only_b)
    discordant = np.arange(1, n + 1)[:, None]
    wins = np.arange(n + 1)[None, :]
    chance = stats.binom.pmf(discordant, n, only_a + only_b) * stats.binom.pmf(
        wins, discordant, only_a / (only_a + only_b)
    )
    rejected = (2 * wins - discordant) ** 2 / discordant > stats.chi2.ppf(0.95, 1)
    assert chance[rejected].sum() == pytest.approx(0.8, abs=0.03)


def test_battles_needed_to_separate_two_systems():
    # by hand: (1.959964 sqrt(1) + 0.841621 sqrt(1 - 0.04))^2 / 0.04 = 194 (2.784567^2 / 0.04 = 193.85)
    assert battles_needed(win_rate=0.6) == 194
    assert battles_needed(win_rate=0.4) == 194
    assert battles_needed(win_rate=0.6, tie_share=0.4) < 194  # ties are certain halves: less noise, same margin
    assert battles_needed(win_rate=0.6, design=design_effect(per_cluster=5, correlation=0.25)) == 388


def test_elo_as_a_win_rate():
    assert win_rate_of(0) == 0.5
    assert win_rate_of(400) == pytest.approx(10 / 11)


def test_kappa_items_from_the_error_of_a_table():
    # computed with statsmodels 0.15.0: [[35, 10], [10, 45]] has kappa 0.5959596 with error 0.0807255899 at n = 100
    assert kappa_items(kappa=0.5959595959595959, prevalence=0.45, half_width=1.959963985 * 0.08072558989151178) == 100


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: items_needed(difference=0, variance=1),
        lambda: mcnemar_items(only_a=0.2, only_b=0.2),
        lambda: mcnemar_items(only_a=0.8, only_b=0.4),
        lambda: battles_needed(win_rate=0.9, tie_share=0.5),
        lambda: battles_needed(win_rate=1.0),
        lambda: kappa_items(kappa=0.5, prevalence=0.0, half_width=0.1),
        lambda: kappa_items(kappa=-0.5, prevalence=0.1, half_width=0.1),
        lambda: items_needed(difference=0.1, variance=1, power=1.0),
        lambda: items_needed(difference=0.1, variance=1, answers_a=0),
    ],
)
def test_what_cannot_be_planned_is_refused(impossible):
    with pytest.raises(ValueError, match=r"must|cannot|impossible|never"):
        impossible()
