"""Prediction-powered means and win rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparison.paired import mean_estimate
from analysis.data import Coded
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import hybrid_mean, hybrid_win_rate
from analysis.hybrid.outcomes import points
from tests.analysis.builders import width
from tests.analysis.hybrid.builders import make_labels, simulated
from tests.known import known

HUMAN = [1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1]
JUDGE = [1, 0, 1, 0.5, 0, 1, 0.5, 1, 1, 0, 0.5, 1]
REST = [1, 1, 0, 0.5, 1, 0, 1, 1, 0.5, 0, 1, 1, 0, 1, 0.5, 1, 1, 0, 1, 1, 1, 0, 0, 1]
LABELS = make_labels(HUMAN, JUDGE, REST)
# computed with ppi-python 0.2.3: ppi_mean_pointestimate, ppi_mean_ci at alpha 0.05
PPI_PY = {
    None: (0.67857143, 0.48248477, 0.87465808),
    0.0: (0.66666667, 0.39994935, 0.93338398),
    0.5: (0.67708333, 0.47848308, 0.87568359),
    1.0: (0.6875, 0.46153306, 0.91346694),
}
SCORE = st.floats(0, 1, width=16)
COLUMNS = st.lists(st.tuples(SCORE, SCORE), min_size=3, max_size=12)


def population_error(power: float) -> float:
    """The error as ppi_py has it: variances by n and N."""
    rectifier = np.array(HUMAN) - power * np.array(JUDGE)
    return float(np.sqrt(power**2 * np.var(REST) / len(REST) + np.var(rectifier) / len(HUMAN)))


@pytest.mark.parametrize("power", [None, 0.0, 0.5, 1.0])
def test_the_estimate_is_that_of_ppi_py_and_the_interval_differs_only_by_t_and_ddof(power):
    made = hybrid_mean(LABELS, power=power)
    value, lower, upper = PPI_PY[power]
    assert made.estimate.value == pytest.approx(value, abs=1e-8)
    chosen = made.power[""]
    assert (upper - lower) / 2 / stats.norm.ppf(0.975) == pytest.approx(population_error(chosen), abs=1e-7)
    rectifier = np.array(HUMAN) - chosen * np.array(JUDGE)
    error = np.sqrt(chosen**2 * np.var(REST, ddof=1) / len(REST) + np.var(rectifier, ddof=1) / len(HUMAN))
    assert made.estimate.standard_error == pytest.approx(error)
    assert width(made.estimate) / 2 == pytest.approx(stats.t.ppf(0.975, 11) * error)


def test_without_the_judge_it_is_the_ordinary_t_interval():
    made = hybrid_mean(LABELS, power=0)
    plain = mean_estimate(np.array(HUMAN, dtype=np.float64))
    for estimate in (made.estimate, made.human_only):
        assert (estimate.lower, estimate.upper) == pytest.approx((plain.lower, plain.upper))
    assert made.effective_n == pytest.approx(12)


def test_interval_and_test_use_one_lambda():
    made = hybrid_mean(LABELS)
    at_the_end = made.test(known(made.estimate.upper))
    assert at_the_end.p_value == pytest.approx(0.05)
    assert made.estimate.n == 12
    assert made.judge_only == pytest.approx(np.mean(JUDGE + REST))


def test_clusters_of_one_change_only_how_lambda_is_chosen():
    alone = hybrid_mean(LABELS, power=0.4)
    clustered = hybrid_mean(replace(LABELS, cluster=np.arange(36)), power=0.4)
    assert clustered.estimate.lower == pytest.approx(alone.estimate.lower)


def test_items_said_twice_count_once_when_clustered():
    twice = Labels(np.repeat(LABELS.judge, 2), np.repeat(LABELS.human, 2), np.repeat(np.arange(36), 2))
    once = hybrid_mean(replace(LABELS, cluster=np.arange(36)))
    made = hybrid_mean(twice)
    assert made.power[""] == pytest.approx(once.power[""])
    assert (made.estimate.lower, made.estimate.upper) == pytest.approx((once.estimate.lower, once.estimate.upper))
    assert (made.estimate.n, made.estimate.n_items) == (24, 12)


def test_a_cluster_may_hold_labelled_and_other_items():
    cluster = np.arange(36) % 12  # each holds one labelled item and two others
    made = hybrid_mean(replace(LABELS, cluster=cluster), power=0.6)
    human, judge, rest = np.array(HUMAN), np.array(JUDGE), np.array(REST)
    rectifier = human - 0.6 * judge
    total = (rectifier - rectifier.mean()) / 12
    total += 0.6 * (rest - rest.mean()).reshape(2, 12).sum(axis=0) / 24
    assert made.estimate.standard_error == pytest.approx(np.sqrt(12 / 11 * (total**2).sum()))


def test_equal_probabilities_say_what_a_random_sample_says():
    labels = simulated(np.random.default_rng(1), items=3000, labelled=300)
    weighted = hybrid_mean(replace(labels, probability=np.full(3000, 0.1)))
    plain = hybrid_mean(labels)
    assert weighted.estimate.value == pytest.approx(plain.estimate.value, abs=2e-3)
    assert width(weighted.estimate) == pytest.approx(width(plain.estimate), rel=0.02)


def test_weights_undo_a_choice_that_favours_some_items():
    rng = np.random.default_rng(2)
    truth = rng.random(20_000)
    chance = np.where(truth > 0.5, 0.2, 0.04)
    human = np.where(rng.random(20_000) < chance, truth, np.nan)
    labels = Labels(np.clip(truth + rng.normal(0.1, 0.2, 20_000), 0, 1), human, probability=chance)
    made = hybrid_mean(labels)
    assert abs(known(made.estimate.value) - truth.mean()) < 3 * known(made.estimate.standard_error)
    careless = hybrid_mean(replace(labels, probability=None))
    assert abs(known(careless.estimate.value) - truth.mean()) > 5 * known(careless.estimate.standard_error)


def two_strata(**columns) -> Labels:
    rng = np.random.default_rng(3)
    easy, hard = simulated(rng, items=200, labelled=30), simulated(rng, items=100, labelled=40, bias=-0.4)
    code = np.repeat([0, 1], [200, 100])
    return Labels(
        np.concatenate([easy.judge, hard.judge]),
        np.concatenate([easy.human, hard.human]),
        stratum=Coded(code, ("easy", "hard")),
        **columns,
    )


def test_strata_are_estimated_apart_and_weighted():
    labels = two_strata()
    parts = {name: hybrid_mean(part) for name, part in labels.strata().items()}
    made = hybrid_mean(labels, weights={"easy": 2, "hard": 2})
    assert made.estimate.value == pytest.approx(np.mean([known(part.estimate.value) for part in parts.values()]))
    errors = [known(part.estimate.standard_error) for part in parts.values()]
    assert made.estimate.standard_error == pytest.approx(np.sqrt(np.square(errors).sum()) / 2)
    assert made.power == {name: part.power[""] for name, part in parts.items()}
    assert 29 < made.degrees_of_freedom < 68


def test_shares_taken_from_the_items_are_uncertain_themselves():
    labels = two_strata()
    declared = hybrid_mean(labels, weights={"easy": 2 / 3, "hard": 1 / 3})
    estimated = hybrid_mean(labels)
    means = [known(hybrid_mean(part).estimate.value) for part in labels.strata().values()]
    added = 2 / 9 * (means[0] - means[1]) ** 2 / 300  # variance of a share of two thirds, times the squared gap
    assert estimated.estimate.value == pytest.approx(declared.estimate.value)
    assert known(estimated.estimate.standard_error) ** 2 == pytest.approx(
        known(declared.estimate.standard_error) ** 2 + added
    )


def test_strata_with_few_labels_share_one_lambda():
    labels = make_labels(HUMAN, JUDGE, REST, stratum=Coded(np.arange(36) % 2, ("a", "b")))  # six labels in each
    made = hybrid_mean(labels)
    assert made.power["a"] == made.power["b"]
    lambdas = np.linspace(0, 1, 101)
    widths = [known(hybrid_mean(labels, power=float(each)).estimate.standard_error) for each in lambdas]
    assert lambdas[int(np.argmin(widths))] == pytest.approx(made.power["a"], abs=0.02)


@given(rows=COLUMNS, rest=st.lists(SCORE, min_size=2, max_size=12), shift=st.sampled_from([-3.0, 0.5]))
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter_and_scale_and_shift_carry_over(rows, rest, shift):
    human, judge = np.array(rows, dtype=np.float64).T
    before = hybrid_mean(make_labels(human, judge, rest))
    turned = hybrid_mean(make_labels(human[::-1], judge[::-1], rest[::-1]))
    assert turned.estimate.value == pytest.approx(before.estimate.value, abs=1e-9)
    moved = hybrid_mean(make_labels(2 * human + shift, 2 * judge - 1, 2 * np.array(rest) - 1))
    assert moved.power[""] == pytest.approx(before.power[""], abs=1e-6)
    assert moved.estimate.value == pytest.approx(2 * known(before.estimate.value) + shift, abs=1e-6)
    assert 0 <= before.power[""] <= 1


@given(rows=COLUMNS, rest=st.lists(SCORE, min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_both_sides_of_a_win_rate_add_up_to_one(rows, rest):
    human, judge = np.array(rows, dtype=np.float64).T
    first = hybrid_win_rate(make_labels(human, judge, rest))
    second = hybrid_win_rate(make_labels(1 - human, 1 - judge, 1 - np.array(rest)))
    assert known(first.estimate.value) + known(second.estimate.value) == pytest.approx(1, abs=1e-9)


def test_a_win_rate_counts_ties_half_and_stays_within_its_bounds():
    outcome = np.array([0, 1, 2, 3, -1])
    assert points(outcome).tolist()[:4] == [1.0, 0.0, 0.5, 0.5]
    assert np.isnan(points(outcome)[4])
    assert np.isnan(points(outcome, both_bad="drop")[3])
    made = hybrid_win_rate(make_labels([1, 1, 1, 0.5], [0, 0, 0.5, 0], [1] * 20), power=1.0)
    assert (made.estimate.value, made.estimate.upper) == (1.0, 1.0)  # 1.75 before it is cut
    with pytest.raises(ValueError, match="needs scores from 0"):
        hybrid_win_rate(make_labels([2, 1], [1, 1], [1]))


def test_a_useless_judge_is_ignored_and_a_good_one_helps():
    rng = np.random.default_rng(4)
    truth = rng.random(2000)
    human = np.where(np.arange(2000) < 100, truth, np.nan)
    noise = hybrid_mean(Labels(rng.random(2000), human))
    good = hybrid_mean(Labels(truth + rng.normal(0, 0.1, 2000), human))
    assert noise.power[""] < 0.2
    assert known(good.effective_n) > 500 > 1.2 * 100 > known(noise.effective_n)


def test_what_the_data_cannot_give_has_a_reason():
    nothing = np.empty(0)
    assert hybrid_mean(Labels(nothing, nothing)).estimate.reason == "empty"
    assert hybrid_mean(make_labels([1], [1], REST)).estimate.reason == "too_few"
    assert hybrid_mean(replace(LABELS, cluster=np.zeros(36, dtype=int))).estimate.reason == "one_cluster"
    assert hybrid_mean(make_labels([1], [1], REST)).test(0.5).reason == "too_few"
    constant = hybrid_mean(make_labels([1, 1, 1], [1, 0, 1], REST))
    assert (constant.estimate.value, constant.estimate.lower, constant.estimate.method) == (
        1.0,
        None,
        "none: no spread",
    )
    assert constant.test(0.5).reason == "no_variance"
    lonely = hybrid_mean(make_labels([1, 0, 1], [1, 0, 0], []))
    assert lonely.power[""] == 0.0
    assert lonely.estimate.value == pytest.approx(2 / 3)


def test_input_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        make_labels([1, 0], [1, np.nan], [1])
    with pytest.raises(ValueError, match="more than one stratum"):
        replace(LABELS, cluster=np.zeros(36, dtype=int), stratum=Coded(np.arange(36) % 2, ("a", "b")))
    with pytest.raises(ValueError, match="probability"):
        replace(LABELS, probability=np.zeros(36))
    with pytest.raises(ValueError, match="strata"):
        hybrid_mean(LABELS, weights={"easy": 1.0})
    with pytest.raises(ValueError, match="power"):
        hybrid_mean(LABELS, power=1.2)


def test_intervals_hold_with_a_biased_judge():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        made = hybrid_mean(simulated(rng, items=300, labelled=30)).estimate
        covered += known(made.lower) <= 0.7 <= known(made.upper)
    assert 0.91 < covered / 400 < 0.98  # 0.95 plus or minus four Monte-Carlo errors, less a little for 30 labels
