"""Ranks against published critical values, and boards of collections against their published figures."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis.counts import tally
from analysis.data import Battles
from analysis.leaderboard import leaderboard
from analysis.ranks import critical_values, ranks
from analysis.strengths import bradley_terry
from tests.analysis.builders import make_battles
from tests.analysis.llmfao import LLMFAO, needs_llmfao

VICUNA = LLMFAO.parent / "vicuna80" / "human_votes.csv"

# Dunnett (1964), Biometrics 20, 482-491: two-sided 5 % points of the largest of p comparisons with a control, 1 to 9,
# infinitely many degrees of freedom.
DUNNETT = [1.96, 2.21, 2.35, 2.44, 2.51, 2.57, 2.61, 2.65, 2.69]


@pytest.mark.parametrize("others", [1, 2, 3, 5, 9])
def test_independent_systems_of_equal_error_have_dunnetts_and_tukeys_critical_values(others):
    made = critical_values(np.eye(others + 1) * 0.04, confidence=0.95, rng=np.random.default_rng(0))
    np.testing.assert_allclose(made.own, DUNNETT[others - 1], atol=0.025)
    tukey = stats.studentized_range.ppf(0.95, others + 1, np.inf) / math.sqrt(2)
    assert made.common == pytest.approx(tukey, abs=0.025)


DUNNETT_OF_TEN = [2.23, 2.57, 2.76, 2.89, 2.99, 3.07, 3.14, 3.19, 3.24]  # the same table, 10 degrees of freedom


@pytest.mark.parametrize("others", [1, 2, 3, 5, 9])
def test_errors_of_few_clusters_have_the_critical_values_of_dunnetts_and_tukeys_t(others):
    made = critical_values(np.eye(others + 1) * 0.04, confidence=0.95, rng=np.random.default_rng(0), freedom=10.0)
    np.testing.assert_allclose(made.own, DUNNETT_OF_TEN[others - 1], atol=0.05)
    tukey = stats.studentized_range.ppf(0.95, others + 1, 10) / math.sqrt(2)
    assert made.common == pytest.approx(tukey, abs=0.05)
    many = critical_values(np.eye(201), confidence=0.95, rng=np.random.default_rng(0), freedom=10.0)
    assert many.common == pytest.approx(stats.t.ppf(1 - 0.025 / (201 * 100), 10))


def test_very_many_systems_are_told_apart_by_bonferroni():
    made = critical_values(np.eye(201), confidence=0.95, rng=np.random.default_rng(0))
    assert made.own.tolist() == [pytest.approx(stats.norm.ppf(1 - 0.025 / 200))] * 201
    assert made.common == pytest.approx(stats.norm.ppf(1 - 0.025 / (201 * 100)))


def judged(path: Path) -> Battles:
    label = {"left": "A", "right": "B", "tie": "tie"}
    with path.open() as file:
        return make_battles([(row["left"], row["right"], label[row["winner"]]) for row in csv.DictReader(file)])


def published(name: str) -> dict[str, dict[str, str]]:
    with (LLMFAO / f"expected_bt_{name}.csv").open() as file:
        return {row["model"]: row for row in csv.DictReader(file)}


@needs_llmfao
def test_judges_of_the_crowds_pairs_have_the_published_shares_ranks_and_rank_correlations():
    """The gpt4 table was stopped short of its optimum upstream, so only its ranks are compared."""
    ranked = {}
    for name, file in (("humans", "crowd"), ("gpt3", "gpt3-crowd"), ("gpt4", "gpt4-crowd")):
        fit = bradley_terry(tally(judged(LLMFAO / f"{file}-comparisons.csv")))
        theirs = published(file.split("-")[0])
        ranked[name] = dict(zip(fit.systems, ranks(fit).tolist(), strict=True))
        assert ranked[name] == {model: int(row["rank"]) for model, row in theirs.items()}
        if name != "gpt4":
            share = np.exp(fit.strengths) / np.exp(fit.strengths).sum()
            np.testing.assert_allclose(share, [float(theirs[model]["score"]) for model in fit.systems], atol=5e-6)
    expected = json.loads((LLMFAO / "expected.json").read_text())["rank_correlation_bt_published"]
    for pair, value in expected.items():
        one, other = ([ranked[who][model] for model in sorted(ranked["humans"])] for who in pair.split("~"))
        assert np.corrcoef(one, other)[0, 1] == pytest.approx(value, abs=1e-6)


@pytest.mark.skipif(not VICUNA.exists(), reason="the shared vicuna80 data are not here")
def test_human_votes_on_vicunas_prompts_have_the_recorded_ratings():
    label = {"model_a": "A", "model_b": "B", "tie": "tie"}
    with VICUNA.open() as file:
        rows = [(row["model_a"], row["model_b"], label[row["winner"]]) for row in csv.DictReader(file)]
    expected = json.loads((VICUNA.parent / "expected.json").read_text())
    board = leaderboard(make_battles(rows))
    assert board.n_battles == expected["human_votes"]
    assert {row.system: row.rating for row in board.rows} == pytest.approx(expected["bt_elo_human_all_votes"], abs=0.06)
