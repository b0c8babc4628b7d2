"""Hybrid boards: the right answers reach the estimators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import add_up
from analysis.data import Battles, Coded, Ratings, take
from analysis.hybrid.board import hybrid_board
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import hybrid_mean, hybrid_win_rate
from analysis.hybrid.parts import contributions
from analysis.hybrid.ranking import covariance_of
from analysis.hybrid.rows import HybridOptions
from analysis.hybrid.strengths import hybrid_strengths
from analysis.hybrid.votes import Sampled, judged_battles
from tests.analysis.builders import coded
from tests.analysis.hybrid.builders import MEAN, by_system, rated, simulated, voted
from tests.known import known

WIN_RATE = HybridOptions("win-rate")


def test_ratings_are_the_strengths_in_points():
    battles = voted()
    board = hybrid_board(battles, "judge")
    made, _ = judged_battles(battles, "judge", ["ann"])
    both, alone = hybrid_strengths(made), hybrid_strengths(made, power=0.0)
    points = 400 / np.log(10)
    for row in board.rows:
        place = made.systems.index(row.system)
        assert row.estimate.value == pytest.approx(1000 + points * both.fit.strengths[place])
        assert row.estimate.standard_error == pytest.approx(points * np.sqrt(both.fit.covariance[place, place]))
        assert row.human_only.value == pytest.approx(1000 + points * alone.fit.strengths[place])
        assert known(row.estimate.upper) - known(row.estimate.value) == pytest.approx(
            1.959964 * known(row.estimate.standard_error), rel=1e-6
        )
    assert (board.n_human, board.n_judge, board.power) == (40, 120, both.power)
    assert [row.rank for row in board.rows] == [1, 2, 3]


def test_win_rates_against_a_baseline_are_those_of_its_battles_by_hand():
    battles = voted()
    board = hybrid_board(battles, "judge", options=HybridOptions("win-rate", baseline="c"))
    made, _ = judged_battles(battles, "judge", ["ann"])
    c = made.systems.index("c")
    for name, row in by_system(board).items():
        place = made.systems.index(name)
        met = ((made.system_a == place) & (made.system_b == c)) | ((made.system_a == c) & (made.system_b == place))
        sign = np.where(made.system_a[met] == place, 1, -1)
        judge, human = ((1 - sign) / 2 + sign * column[met] for column in (made.judge, made.human))
        expected = hybrid_win_rate(Labels(judge, human))
        assert row.estimate == expected.estimate
        assert (row.n_human, row.n_judge) == (int((~np.isnan(human)).sum()), int(met.sum()))
    assert set(by_system(board)) == {"a", "b"}


def test_means_are_those_of_each_systems_items():
    ratings = rated()
    board = hybrid_board(ratings, "judge", options=MEAN)
    for name, row in by_system(board).items():
        mine = take(ratings, known(ratings.system).codes == known(ratings.system).names.index(name))
        raters = known(mine.rater)
        values = {
            who: dict(zip(mine.item.codes[rows], mine.value[rows], strict=True))
            for who, rows in ((w, raters.codes == raters.names.index(w)) for w in ("judge", "ann"))
        }
        items = sorted(values["judge"])
        judge = np.array([values["judge"][item] for item in items])
        human = np.array([values["ann"].get(item, np.nan) for item in items])
        expected = hybrid_mean(Labels(judge, human, np.arange(60)))
        assert row.estimate.value == pytest.approx(expected.estimate.value)
        assert row.estimate.lower == pytest.approx(expected.estimate.lower)
        assert row.power == pytest.approx(expected.power[""])
    assert [row.system for row in board.rows] == ["y", "x"]


def test_where_low_is_good_the_lowest_mean_comes_first():
    ratings = replace(rated(), criterion=coded(["errors"] * len(rated())))
    board = hybrid_board(ratings, "judge", options=MEAN, lower_is_better={"errors"})
    assert [(row.criterion, row.system, row.rank) for row in board.rows] == [("errors", "x", 1), ("errors", "y", 2)]


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("strata", [False, True])
def test_what_units_add_squares_to_the_variance(clustered, strata):
    labels = simulated(np.random.default_rng(1), items=200, labelled=60)
    order = np.random.default_rng(2).permutation(200)
    code = np.arange(200) % 40
    labels = Labels(
        labels.judge[order],
        labels.human[order],
        code if clustered else None,
        Coded(code % 2, ("even", "odd")) if strata else None,
    )
    made = hybrid_mean(labels)
    unit, added = contributions(labels, made.power)
    covariance = covariance_of([(unit, added), (unit, -added)])
    variance = known(made.estimate.standard_error) ** 2
    assert covariance == pytest.approx(variance * np.array([[1, -1], [-1, 1]]))


def test_means_on_the_same_prompts_covary_as_a_paired_comparison_says():
    rng = np.random.default_rng(3)
    shared = rng.normal(size=80)
    first, second = shared + rng.normal(size=80), shared + rng.normal(size=80)
    added = [contributions(Labels(np.zeros(80), column, np.arange(80)), {"": 0.0}) for column in (first, second)]
    covariance = covariance_of(added)
    paired = np.var(first - second, ddof=1) / 80
    assert covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] == pytest.approx(paired)


@given(seed=st.integers(0, 30))
@settings(max_examples=10, deadline=None)
def test_names_and_the_order_of_rows_do_not_matter(seed):
    battles = voted(seed)
    rng = np.random.default_rng(seed)
    place = rng.permutation(3)
    other = Battles(
        place[battles.system_a],
        place[battles.system_b],
        battles.outcome,
        tuple(np.array(battles.systems)[np.argsort(place)]),
        prompt=battles.prompt,
        rater=battles.rater,
    )
    turned = hybrid_board(take(other, rng.permutation(len(battles))), "judge", options=WIN_RATE)
    for name, row in by_system(hybrid_board(battles, "judge", options=WIN_RATE)).items():
        again = by_system(turned)[name]
        assert (again.rank, again.n_human) == (row.rank, row.n_human)
        assert again.estimate.value == pytest.approx(row.estimate.value)
        assert again.estimate.lower == pytest.approx(row.estimate.lower)


def test_prompts_said_twice_count_once_when_clustered():
    once = voted(asked=60)
    rows = np.repeat(np.arange(len(once)), 2)
    item = np.arange(2 * len(once)) % 2 + 2 * known(once.prompt).codes[rows]
    twice = replace(take(once, rows), item=Coded(item, tuple(map(str, range(240)))))
    options = replace(WIN_RATE, cluster="prompt")
    first, second = (by_system(hybrid_board(table, "judge", options=options)) for table in (once, twice))
    for name, row in first.items():
        assert second[name].estimate.lower == pytest.approx(row.estimate.lower)
        assert second[name].n_human == 2 * row.n_human


def test_declared_probabilities_undo_a_choice_that_favours_some_items():
    rng = np.random.default_rng(7)
    truth = rng.normal(size=4000)
    chance = np.where(truth > 0, 0.3, 0.05)
    asked = np.flatnonzero(rng.random(4000) < chance)
    item = np.concatenate([np.arange(4000), asked])
    ratings = Ratings(
        item=Coded(item, tuple(map(str, range(4000)))),
        value=np.concatenate([truth + rng.normal(size=4000), truth[asked]]),
        rater=Coded(np.repeat([0, 1], [4000, len(asked)]), ("judge", "ann")),
        system=Coded(np.zeros(len(item), dtype=np.int64), ("x",)),
    )
    options = replace(MEAN, drawn=Sampled(probability=chance[item]))
    fair, plain = (hybrid_board(ratings, "judge", options=each).rows[0].estimate for each in (options, MEAN))
    assert abs(known(fair.value) - truth.mean()) < 3 * known(fair.standard_error)
    assert abs(known(plain.value) - truth.mean()) > 5 * known(plain.standard_error)


def test_the_sum_of_rows_added_up_by_cluster_is_what_the_sandwich_sums():
    labels = simulated(np.random.default_rng(9), items=90, labelled=30)
    code = np.arange(90) % 15
    clustered = replace(labels, cluster=code)
    _, added = contributions(clustered, {"": 0.7})
    human = np.where(labels.labelled, labels.human - labels.human[:30].mean(), 0) / 30
    judge = np.where(
        labels.labelled, (labels.judge - labels.judge[:30].mean()) / 30, (labels.judge[30:].mean() - labels.judge) / 60
    )
    by_hand = add_up(np.column_stack([human - 0.7 * judge]), code)[:, 0] * np.sqrt(15 / 14)
    assert added == pytest.approx(by_hand)
