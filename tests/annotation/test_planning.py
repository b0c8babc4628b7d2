"""What a campaign takes and can show, against values worked out otherwise."""

from __future__ import annotations

from itertools import permutations
from statistics import pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

from annotation.planning import (
    CannotPlan,
    Study,
    design_effect,
    half_width,
    plan,
    seconds_to_answer,
    share_variance,
    win_rate_half_width,
)
from annotation.quality.expected import Checks, met_on_the_way
from annotation.quality.policy import Policy, Rates


def study(**changes):
    return Study(**{"items": 200, "per_item": 1, "systems": 2, "shown": 2} | changes)


def test_the_width_of_a_win_rate_is_wilsons():
    low, high = proportion_confint(100, 200, method="wilson")
    assert half_width(study()) == pytest.approx((high - low) / 2, rel=1e-12)


def test_194_battles_tell_60_from_50_percent():
    """Two-sided at 5 % with 80 % power: the figure of the usual tables for one proportion."""
    assert plan(study(items=194)).detectable.value == pytest.approx(0.1, abs=2e-4)


def test_the_detectable_win_rate_has_its_power_in_the_score_test():
    found = plan(study(items=400)).detectable.value
    assert found is not None
    rejected = [wins for wins in range(401) if abs(wins - 200) > 1.959964 * 10]
    assert binom.pmf(rejected, 400, 0.5 + found).sum() == pytest.approx(0.8, abs=0.015)


def test_the_detectable_difference_of_means_is_that_of_statsmodels():
    found = plan(study(items=300, systems=3, shown=1, sd=0.9)).detectable.value
    effect = NormalIndPower().solve_power(nobs1=100, alpha=0.05, power=0.8)
    assert found == pytest.approx(effect * 0.9, rel=1e-4)


def test_the_width_of_a_mean_is_z_times_its_standard_error():
    assert half_width(study(items=300, systems=3, shown=1, sd=0.9)) == pytest.approx(1.959964 * 0.09, rel=1e-6)


@pytest.mark.parametrize("shown", [2, 3, 4, 5])
def test_the_variance_of_a_ranked_share_is_that_over_all_orders(shown):
    shares = [(shown - 1 - order.index(0)) / (shown - 1) for order in permutations(range(shown))]
    assert share_variance(shown) == pytest.approx(pvariance(shares))


@pytest.mark.parametrize("shown", [2, 3, 4, 6])
def test_the_variance_of_a_best_worst_share_is_that_of_points_over_pairs(shown):
    """A ratio: points less half of the pairs, squared, over the squared mean number of pairs."""
    points, pairs = [], []
    for place in range(shown):
        won = shown - 1 if place == 0 else 0 if place == shown - 1 else 1
        met = shown - 1 if place in (0, shown - 1) else 2
        points.append(won - met / 2)
        pairs.append(met)
    expected = sum(point**2 for point in points) / shown / (sum(pairs) / shown) ** 2
    assert share_variance(shown, best_worst=True) == pytest.approx(expected)


def test_answers_time_and_cost_are_products():
    made = plan(study(items=120, per_item=3, people=6, seconds=30, pay_per_hour=12.0))
    assert (made.answers, made.answers_per_person.value, made.hours) == (360, 60, 3)
    assert (made.hours_per_person.value, made.cost.value) == (0.5, 36)
    assert plan(study(items=120, per_item=3, pay_per_answer=0.2)).cost.value == pytest.approx(72)


def checks(quality, **items):
    return Checks(Policy.from_json(quality), **items)


def test_answers_to_checks_are_timed_and_paid_like_the_others():
    """60 live answers each: 50 answers at 10 % are 45 live ones and 5 checks, 15 more bring 15 / 19 at 5 %."""
    asked = checks({}, calibration=100)
    made = plan(study(items=120, per_item=3, people=6, seconds=30, pay_per_hour=12.0, checks=asked))
    assert made.checks.value == pytest.approx(6 * (5 + 15 / 19))
    assert made.hours == pytest.approx((360 + 6 * (5 + 15 / 19)) * 30 / 3600)
    assert made.hours_per_person.value == pytest.approx(made.hours / 6)
    assert made.cost.value == pytest.approx(made.hours * 12)
    assert made.answers == 360


def test_training_the_gate_and_too_few_items_count_as_they_are_met():
    quality = {"training": {"items": 3}, "qualification": {"items": 8}}
    assert checks(quality, training=3, calibration=10, others=1).per_person(900) == 3 + 8 + 2 + 1
    assert checks(quality, training=3, calibration=5).per_person(900) == 3 + 5
    assert checks({"repeats": {"rate": 0.01}}).per_person(100) == 1
    assert checks({}).per_person(100) == 0


@given(st.floats(0, 5000), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 100))
def test_checks_are_the_stated_share_of_all_answers(live, first, then, answers):
    met = met_on_the_way(Rates(first, answers, then), live)
    everything = live + met
    expected = min(everything, answers) * first + max(0, everything - answers) * then
    assert met == pytest.approx(expected, abs=1e-6)


def test_checks_wait_for_the_number_of_people():
    made = plan(study(items=120, per_item=3, seconds=30, checks=checks({}, calibration=5)))
    assert made.checks.value is None
    assert "how many people" in made.checks.reason
    assert made.hours == 3
    assert plan(study(items=120, per_item=3, checks=checks({}))).checks.value == 0


def test_each_system_is_on_its_share_of_the_screens():
    assert plan(study(items=120, systems=6)).per_system == 40
    assert plan(study(items=120, systems=6, shown=4)).per_system == 80


@given(st.integers(1, 20), st.floats(0, 1))
def test_the_same_answers_say_most_on_different_items(k, rho):
    spread, repeated = study(items=200 * k, agreement=rho), study(items=200, per_item=k, agreement=rho)
    assert spread.answers == repeated.answers
    assert half_width(spread) <= half_width(repeated) + 1e-12
    assert 1 <= design_effect(k, rho) <= k


@given(st.floats(1, 1e7))
def test_more_battles_never_widen_an_interval(battles):
    assert win_rate_half_width(battles * 2) < win_rate_half_width(battles) < 0.5


def test_best_and_worst_alone_say_less_than_a_ranking():
    ranked = study(systems=4, shown=4)
    assert half_width(study(systems=4, shown=4, best_worst=True)) > half_width(ranked)


def test_people_who_always_agree_add_nothing_and_strangers_add_everything():
    assert half_width(study(per_item=5, agreement=1)) == pytest.approx(half_width(study()))
    assert half_width(study(per_item=5, agreement=0)) == pytest.approx(half_width(study(items=1000)))


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({}, "answers_per_person", "how many people"),
        ({"people": 2, "per_item": 3}, "hours_per_person", "3 different people, and there are 2"),
        ({}, "cost", "No pay"),
        ({"systems": 1}, "detectable", "one system alone"),
        ({"systems": 1}, "half_width", "one system alone"),
        ({"shown": 1}, "half_width", "spread"),
        ({"shown": 1, "sd": 0.0}, "detectable", "0 is no standard deviation"),
        ({"items": 3}, "detectable", "take more items"),
    ],
)
def test_what_cannot_be_worked_out_has_its_reason(changes, name, says):
    figure = getattr(plan(study(**changes)), name)
    assert figure.value is None
    assert says in figure.reason


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"items": 0}, "items: 0 is too few"),
        ({"per_item": 0}, "people per item: 0"),
        ({"agreement": 1.2}, "1.2 is not between 0"),
        ({"agreement": float("nan")}, "nan is not between"),
        ({"seconds": 0}, "0 is no time"),
        ({"seconds": float("nan")}, "no time"),
    ],
)
def test_a_study_that_is_none_is_refused(changes, says):
    with pytest.raises(CannotPlan, match=says):
        study(**changes)


def test_reading_sets_the_time_of_an_answer():
    assert seconds_to_answer(238, 2) == 76
    with pytest.raises(CannotPlan):
        seconds_to_answer(-1, 1)


def test_one_response_compares_nothing():
    with pytest.raises(CannotPlan, match="two responses or more"):
        share_variance(1)
