"""What lets the clustered sandwich keep up with millions of battles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.clusters import clustered_filling, sorting
from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.counts import tally
from analysis.data import Battles
from analysis.options import Options
from analysis.scores import POINTS_PER_NAT
from analysis.strengths import bradley_terry
from tests.analysis.builders import coded, make_battles, ranked


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**17), st.integers(0, 2**62)), max_size=60))
def test_ids_of_any_size_sort_as_numpy_sorts_them(ids):
    numbers = np.array(ids, dtype=np.int64)
    assert np.array_equal(sorting(numbers), np.argsort(numbers, kind="stable"))


def test_ids_that_differ_only_in_high_bits_are_told_apart():
    numbers = np.array([2**48, 0, 2**32, 2**16, 2**48], dtype=np.int64)
    assert sorting(numbers).tolist() == [1, 3, 2, 0, 4]


@pytest.mark.parametrize("cluster", ["prompt", "rater", "both"])
def test_a_cluster_of_dropped_ties_only_is_none(cluster):
    """Else C / (C - 1) would shrink with every prompt that says nothing."""
    decided = [("a", "b", "ABAAB"[place % 5]) for place in range(30)]
    names = [f"p{place % 4}" for place in range(30)], [f"r{place % 3}" for place in range(30)]
    options = Options(ties="drop", cluster=cluster)
    alone = make_battles(decided, prompt=coded(names[0]), rater=coded(names[1]))
    tied = [("a", "b", "tie"), ("b", "a", "both_bad")]
    more = make_battles([*decided, *tied], prompt=coded([*names[0], "p8", "p9"]), rater=coded([*names[1], "r8", "r9"]))
    without = make_battles(
        [*decided, ("a", "b", "A")],
        prompt=coded([*names[0], "p9"]),
        rater=coded([*names[1], "r9"]),
        weight=np.array([1.0] * 30 + [0.0]),
    )
    assert ends(more, options) == pytest.approx(ends(alone, options))
    assert ends(without, options) == pytest.approx(ends(alone, options))


def in_clusters(prompts: int, raters: int) -> Battles:
    rng = np.random.default_rng(3)
    rows = [(*rng.permutation(["a", "b", "c"])[:2].tolist(), str(rng.choice(["A", "B", "tie"]))) for _ in range(120)]
    prompt = coded([f"p{place * 5 % prompts}" for place in range(120)])
    return make_battles(rows, prompt=prompt, rater=coded([f"r{place * 11 // 3 % raters}" for place in range(120)]))


@pytest.mark.parametrize(("cluster", "freedom"), [("prompt", 6), ("rater", 3), ("both", 3)])
def test_clustered_intervals_and_differences_go_by_t_on_clusters_less_one(cluster, freedom):
    battles = in_clusters(7, 4)
    fit = bradley_terry(tally(battles), filling=clustered_filling(battles, cluster))
    assert fit.degrees.tolist() == [freedom] * 3
    board = ranked(battles, Options(cluster=cluster, differences=True, confidence=0.9))
    half = stats.t.ppf(0.95, freedom) * POINTS_PER_NAT * np.sqrt(np.diag(fit.covariance))
    wide = dict(zip(fit.systems, half, strict=True))
    for row in board.rows:
        assert row.upper - row.rating == pytest.approx(wide[row.system])
    for pair in board.differences.pairs:
        assert pair.p_value == pytest.approx(2 * stats.t.sf(abs(pair.z), freedom))
        assert pair.p_ahead == pytest.approx(stats.t.cdf(pair.z, freedom))
    assert "t on" in board.conventions["interval"]
    assert "multivariate t on" in board.conventions["rank_sets"]


def test_battles_without_clusters_have_normal_intervals():
    battles = in_clusters(7, 4)
    assert bradley_terry(tally(battles)).degrees.tolist() == [np.inf] * 3
    board = ranked(battles, Options(differences=True))
    assert "normal" in board.conventions["interval"]
    for pair in board.differences.pairs:
        assert pair.p_value == pytest.approx(2 * stats.norm.sf(abs(pair.z)))


def test_groups_of_systems_count_their_own_clusters():
    rows = [("a", "b", "AB"[place % 2]) for place in range(12)] + [("c", "d", "AB"[place % 2]) for place in range(12)]
    prompts = [f"p{place // 2 % 3}" for place in range(12)] + [f"p{place // 2 % 5}" for place in range(12)]
    battles = make_battles(rows, prompt=coded(prompts))
    fit = bradley_terry(tally(battles), filling=clustered_filling(battles, "prompt"))
    assert dict(zip(fit.systems, fit.degrees.tolist(), strict=True)) == {"a": 2, "b": 2, "c": 4, "d": 4}


@pytest.mark.parametrize("cluster", ["prompt", "rater", "both"])
def test_battles_corrected_for_context_have_the_same_degrees_of_freedom(cluster):
    battles = in_clusters(7, 4)
    first = np.arange(120) % 2 == 0
    battles = replace(battles, shown_b_first=first)
    made = contextual_bradley_terry(battles, Options(cluster=cluster, context=Context(position=True)))
    assert made.strengths.degrees.tolist() == [{"prompt": 6, "rater": 3, "both": 3}[cluster]] * 3
    within = {"prompt": 6, "rater": np.inf, "both": 6}[cluster]  # a rater's own number knows no clusters of raters
    assert made.position is not None
    for line in made.position.raters:
        assert line.upper is not None
        assert line.value is not None
        assert line.error is not None
        assert line.upper - line.value == pytest.approx(stats.t.ppf(0.975, within) * line.error)


def ends(battles, options: Options) -> list[float | None]:
    return [end for row in ranked(battles, options).rows for end in (row.lower, row.upper)]
