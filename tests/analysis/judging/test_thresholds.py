"""Where to cut a score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.judging.thresholds import GOALS, choose_threshold
from tests.known import known

SCORE = np.array([0.1, 0.4, 0.35, 0.8, 0.7, 0.6, 0.9, 0.2, 0.5, 0.3])
POSITIVE = np.array([0, 0, 1, 1, 1, 0, 1, 0, 1, 1], dtype=bool)
NONE = Sampling(ci="none")


def test_the_best_f1_as_scikit_learn_gives_it():
    made = choose_threshold(SCORE, POSITIVE, goal="f1", sampling=NONE)
    assert made.threshold == 0.3
    assert made.value == pytest.approx(0.8571428571428571)  # computed with scikit-learn 1.9.1


@given(
    rows=st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=20),
    goal=st.sampled_from(GOALS),
    scale=st.sampled_from([0.5, 4.0]),
)
@settings(max_examples=60)
def test_no_cut_is_better_and_scale_moves_only_the_cut(rows, goal, scale):
    score = np.array([row[0] for row in rows], dtype=np.float64)
    positive = np.array([row[1] for row in rows])
    made = choose_threshold(score, positive, goal=goal, sampling=NONE)
    if positive.all() or not positive.any():
        assert made.reason == "one_category"
        return

    def value(cut):
        said = score >= cut
        if goal == "accuracy":
            return np.mean(said == positive)
        if goal == "f1":
            return 2 * np.sum(said & positive) / (said.sum() + positive.sum())
        return np.mean(said[positive]) - np.mean(said[~positive])

    assert made.value == pytest.approx(max(value(cut) for cut in [*score, np.inf]))
    assert value(made.threshold) == pytest.approx(made.value)
    moved = choose_threshold(score * scale, positive, goal=goal, sampling=NONE)
    assert moved.value == pytest.approx(made.value)


def test_a_score_that_knows_nothing_is_flattered_and_the_correction_says_so():
    rng = np.random.default_rng(0)
    truths = rng.random((20, 60)) < 0.5
    made = [choose_threshold(rng.random(60), truth, goal="youden", sampling=Sampling(rounds=60)) for truth in truths]
    assert np.mean([known(each.value) for each in made]) > 0.15
    assert np.mean([known(each.corrected) for each in made]) == pytest.approx(0, abs=0.05)


def test_items_are_resampled_together():
    item = np.repeat(np.arange(5), 2)
    made = choose_threshold(SCORE, POSITIVE, item=item, sampling=Sampling(rounds=50))
    assert made.method.startswith("bootstrap of items")
    assert known(made.lower) <= known(made.threshold) <= known(made.upper)


def test_no_scores():
    assert choose_threshold(np.empty(0), np.empty(0, dtype=bool)).reason == "empty"
