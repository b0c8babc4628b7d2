"""Rank correlation of judges with people where there are many values: every resample counted or ranked anew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.comparison.estimates import Sampling
from analysis.judging import ranks
from analysis.judging.numeric import Numbers
from analysis.judging.ranks import rank_correlations

SAMPLING = Sampling(rounds=60)
ORACLES = {"spearman": stats.spearmanr, "kendall_tau": stats.kendalltau}


def means_and_answers(seed: int = 0) -> Numbers:
    """Three answers of a judge from 1 to 5 per item, beside means of people with more than 20 distinct values."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(80), 3)
    truth = np.round(rng.uniform(1, 5, 240), 1)
    return Numbers(truth, np.clip(np.round(truth + rng.normal(0, 1, 240)), 1, 5), item)


@pytest.mark.parametrize("name", ORACLES)
def test_the_correlation_of_many_values_is_the_one_scipy_computes(name):
    side = means_and_answers()
    expected = ORACLES[name](side.truth, side.predicted).statistic
    assert rank_correlations(side, sampling=SAMPLING)[name].value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ORACLES)
def test_the_interval_is_that_of_items_drawn_with_all_their_pairs(name):
    side = means_and_answers()
    rng = SAMPLING.rng()
    picks = rng.integers(0, 80, (SAMPLING.rounds, 80))
    rows = [np.concatenate([np.flatnonzero(side.item == one) for one in pick]) for pick in picks]
    drawn = [ORACLES[name](side.truth[one], side.predicted[one]).statistic for one in rows]
    found = rank_correlations(side, sampling=SAMPLING)[name]
    assert [found.lower, found.upper] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=1e-9)


@pytest.mark.parametrize("name", ORACLES)
def test_counting_a_resample_gives_what_ranking_it_gives(name, monkeypatch):
    sides = means_and_answers(1), means_and_answers(2)
    counted = rank_correlations(*sides, sampling=SAMPLING)[name]
    monkeypatch.setattr(ranks, "MOST_IN_TABLE", 0)
    ranked = rank_correlations(*sides, sampling=SAMPLING)[name]
    for end in ("value", "lower", "upper"):
        assert getattr(counted, end) == pytest.approx(getattr(ranked, end), abs=1e-9)
