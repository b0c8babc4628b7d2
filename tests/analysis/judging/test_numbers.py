"""Correlations and errors of a judge, with those of people beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from analysis.comparison.estimates import Sampling
from analysis.judging.answers import VOTES
from analysis.judging.numbers import MEAN, Measured, numbers_against_people
from analysis.judging.numeric import Numbers, numeric_measures
from analysis.judging.ranks import rank_correlations
from tests.analysis.builders import width
from tests.known import known

NONE = Sampling(ci="none")


def drawn(seed: int = 0, items: int = 60, people: int = 3, steps: int | None = 5):
    """Return the judge, and a table of people by items; values 1 to ``steps``, or any number."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=items)

    def noisy():
        value = truth + rng.normal(size=items)
        return value + 10 if steps is None else np.clip(np.round(value + 3), 1, steps)

    return noisy(), np.array([noisy() for _ in range(people)])


def measured(judge, table, *, level="ratio", sampling=NONE):
    people, items = table.shape
    made = numbers_against_people(
        Measured(np.arange(items), judge),
        Measured(np.tile(np.arange(items), people), table.ravel()),
        level=level,
        sampling=sampling,
    )
    return {one.unit: one.measures for one in made}


def scores(truth, said) -> dict[str, float]:
    return {
        "spearman": stats.spearmanr(truth, said).statistic,
        "kendall_tau": stats.kendalltau(truth, said).statistic,
        "pearson": stats.pearsonr(truth, said).statistic,
        "mae": metrics.mean_absolute_error(truth, said),
        "rmse": metrics.root_mean_squared_error(truth, said),
        "r2": metrics.r2_score(truth, said),
        "mape": metrics.mean_absolute_percentage_error(truth, said),
    }


@pytest.mark.parametrize("steps", [5, None])
def test_both_units_and_people_are_what_scipy_and_scikit_learn_give(steps):
    judge, table = drawn(steps=steps)
    made = measured(judge, table)
    pairs = [(a, b) for a in range(3) for b in range(3) if a != b]
    others = [(table.sum(axis=0) - row) / 2 for row in table]
    expected = {
        (VOTES, "judge"): (table.ravel(), np.tile(judge, 3)),
        (VOTES, "people"): (np.concatenate([table[b] for _, b in pairs]), np.concatenate([table[a] for a, _ in pairs])),
        (MEAN, "judge"): (table.mean(axis=0), judge),
        (MEAN, "people"): (np.concatenate(others), table.ravel()),
    }
    for (unit, side), columns in expected.items():
        for name, value in scores(*columns).items():
            assert getattr(made[unit][name], side).value == pytest.approx(value), (unit, side, name)


@pytest.mark.parametrize("steps", [5, None])
def test_the_difference_puts_the_judge_in_each_persons_place(steps):
    judge, table = drawn(seed=1, steps=steps)
    made = measured(judge, table, sampling=Sampling(rounds=100))[MEAN]
    others = np.concatenate([(table.sum(axis=0) - row) / 2 for row in table])
    own, theirs = scores(others, np.tile(judge, 3)), scores(others, table.ravel())
    for name, value in own.items():
        found = made[name].difference
        assert found.value == pytest.approx(value - theirs[name])
        assert known(found.lower) < known(found.value) < known(found.upper)
        assert found.n_items == 60


def test_each_resample_of_items_brings_all_their_pairs():
    judge, table = drawn(seed=2, items=200, people=4)
    ranked = measured(judge, table, sampling=Sampling(rounds=300))[VOTES]["spearman"].judge
    slightly = table + np.arange(table.size).reshape(table.shape) * 1e-6  # the same order but for ties: ranked anew
    anew = measured(judge, slightly, sampling=Sampling(rounds=300))[VOTES]["spearman"].judge
    assert anew.value == pytest.approx(ranked.value, abs=0.03)
    assert width(anew) == pytest.approx(width(ranked), rel=0.25)
    alone = rank_correlations(Numbers(table.ravel(), np.tile(judge, 4), np.arange(800)), sampling=Sampling(rounds=300))[
        "spearman"
    ]
    assert width(ranked) > 1.3 * width(alone)  # four pairs of an item are not four items


def test_too_many_pairs_to_rank_have_a_value_and_no_interval():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40_000)
    pairs = Numbers(truth, truth + rng.normal(size=40_000), np.arange(40_000))
    made = rank_correlations(pairs, sampling=Sampling())["kendall_tau"]
    assert made.value == pytest.approx(0.5, abs=0.02)
    assert made.method == "none: 40000 pairs are too many to rank 1000 times"


@pytest.mark.parametrize(
    ("level", "missing"),
    [
        ("ordinal", {"pearson", "mae", "rmse", "bias", "r2", "mape"}),
        ("interval", {"mape"}),
        ("ratio", set()),
    ],
)
def test_the_level_says_what_makes_sense(level, missing):
    made = measured(*drawn(), level=level)[MEAN]
    assert {name for name, beside in made.items() if beside.judge.reason == "not_numeric"} == missing


def test_a_constant_correlates_with_nothing():
    judge, table = drawn()
    made = measured(np.full(60, 3.0), table)[VOTES]
    for name in ("spearman", "kendall_tau", "pearson"):
        assert (made[name].judge.reason, made[name].difference.reason) == ("no_variance", "no_variance")
        assert made[name].people.value is not None
    assert numeric_measures(Numbers(judge, np.full(60, 0.1)), sampling=NONE)["pearson"].reason == "no_variance"


def test_one_person_has_nobody_beside():
    judge, table = drawn(people=1)
    for measures in measured(judge, table).values():
        for beside in measures.values():
            assert beside.judge.value is not None
            assert (beside.people.reason, beside.difference.reason) == ("empty", "empty")


def test_nothing_in_common():
    nothing = Measured(np.empty(0, dtype=np.int64), np.empty(0))
    made = numbers_against_people(nothing, nothing, level="ratio", sampling=NONE)
    assert {beside.judge.reason for one in made for beside in one.measures.values()} == {"empty"}


@given(seed=st.integers(0, 50), shift=st.integers(-5, 5), scale=st.sampled_from([0.5, 3.0]))
@settings(max_examples=20)
def test_correlations_do_not_know_the_scale_and_errors_carry_it(seed, shift, scale):
    judge, table = drawn(seed, items=12)
    before, after = measured(judge, table), measured(judge * scale + shift, table * scale + shift)
    for unit, measures in before.items():
        for name, beside in measures.items():
            factor = scale if name in ("mae", "rmse", "bias") else 1.0
            if name != "mape" and beside.judge.value is not None:
                assert after[unit][name].judge.value == pytest.approx(beside.judge.value * factor, abs=1e-9)
