"""Intervals over items and over clusters of items, against resampling by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from analysis.data import Ratings, take
from analysis.resampling import Clusters, Drawn, Interval, Sums, bootstrap, jackknife, leave_one_out, within_limits
from tests.analysis.builders import make_ratings, rating_rows
from tests.analysis.parts import built

LEVELS = ("nominal", "ordinal", "interval", "ratio")
# Shrout and Fleiss (1979), table 2, and two more targets: judges in rows
TARGETS = ["9 6 8 7 10 6 5 8", "2 1 4 1 5 2 3 3", "5 3 6 2 6 4 4 5", "8 2 8 6 9 7 6 7"]


def width(interval: Interval) -> float:
    assert interval.lower is not None
    assert interval.upper is not None
    return interval.upper - interval.lower


def error_of(made: Sums | Drawn, clusters: Clusters | None = None) -> float:
    error = leave_one_out(made, clusters).error
    assert error is not None
    return error


def without(ratings: Ratings, items: set[int]) -> Ratings:
    return take(ratings, ~np.isin(ratings.item.codes, list(items)))


def by_hand(ratings: Ratings, level: str, name: str, groups: list[set[int]]) -> float:
    """The jackknife's error from recomputing on every set of ratings with one group of items taken out."""
    whole = built(ratings, level)[name].estimate()
    left = np.array([built(without(ratings, group), level)[name].estimate() for group in groups])
    pseudo = len(groups) * whole - (len(groups) - 1) * left
    return float(pseudo.std(ddof=1) / len(groups) ** 0.5)


@pytest.mark.parametrize("rows", [TARGETS, TARGETS[:2]])
@pytest.mark.parametrize("level", LEVELS)
def test_leaving_items_out_is_recomputing_without_them(rows, level):
    ratings = make_ratings(rows)
    for name, made in built(ratings, level).items():
        expected = by_hand(ratings, level, name, [{item} for item in range(8)])
        assert leave_one_out(made).error == pytest.approx(expected, abs=1e-9), name


@pytest.mark.parametrize("rows", [TARGETS, TARGETS[:2]])
@pytest.mark.parametrize("level", LEVELS)
def test_leaving_clusters_out_is_recomputing_without_their_items(rows, level):
    ratings, clusters = make_ratings(rows), Clusters(np.array([0, 0, 1, 1, 2, 2, 2, 3]), "prompt")
    for name, made in built(ratings, level, clusters).items():
        expected = by_hand(ratings, level, name, [{0, 1}, {2, 3}, {4, 5, 6}, {7}])
        found = leave_one_out(made, clusters)
        assert found.error == pytest.approx(expected, abs=1e-9), name
        assert (found.units, found.method) == (4, "prompt jackknife")


@given(rating_rows(), st.sampled_from(LEVELS))
@settings(max_examples=30, deadline=None)
def test_clusters_of_one_item_are_items(rows, level):
    ratings = make_ratings(rows)
    clusters = Clusters(np.arange(len(ratings.item.names))[::-1].copy(), "item")
    for name, made in built(ratings, level, clusters).items():
        alone, together = jackknife(made, confidence=0.9), jackknife(made, confidence=0.9, clusters=clusters)
        assert alone.method == together.method, name
        assert alone.lower == pytest.approx(together.lower, abs=1e-9), name


def test_a_jackknife_interval_is_student_t():
    made = built(make_ratings(TARGETS), "interval")["krippendorff_alpha interval"]
    assert width(jackknife(made, confidence=0.9)) == pytest.approx(2 * student.ppf(0.95, 7) * error_of(made))


def cluster_ratings(copies: int) -> tuple[Ratings, Clusters]:
    """60 prompts whose items are answered alike, ``copies`` items each: nothing is learnt from the copies."""
    rng = np.random.default_rng(2)
    truth = rng.integers(1, 4, 60)
    answers = [np.where(rng.random(60) < 0.7, truth, rng.integers(1, 4, 60)) for _ in range(3)]
    rows = [" ".join(map(str, np.repeat(answer, copies))) for answer in answers]
    return make_ratings(rows), Clusters(np.repeat(np.arange(60), copies), "prompt")


@pytest.mark.parametrize("name", ["percent_agreement pairs", "fleiss_kappa item-mean", "gwet_ac identity"])
def test_copies_within_a_cluster_make_no_interval_narrower(name):
    (once, _), (copied, clusters) = cluster_ratings(1), cluster_ratings(5)
    alone = built(once, "nominal")[name]
    together = built(copied, "nominal", clusters)[name]
    assert error_of(together, clusters) == pytest.approx(error_of(alone))
    assert error_of(together) < 0.5 * error_of(alone)
    rng = np.random.default_rng
    drawn = bootstrap(together, rounds=4000, confidence=0.95, rng=rng(1), clusters=clusters)
    plain = bootstrap(alone, rounds=4000, confidence=0.95, rng=rng(2))
    assert width(drawn) == pytest.approx(width(plain), rel=0.07)
    assert drawn.method == "prompt bootstrap, percentile, 4000 rounds"


def test_rows_that_are_ranked_anew_are_drawn_by_cluster_too():
    ratings, clusters = cluster_ratings(4)
    once, _ = cluster_ratings(1)
    together = built(ratings, "ordinal", clusters)["kendall_w"]
    alone = built(once, "ordinal")["kendall_w"]
    assert together.estimate() == pytest.approx(alone.estimate(), abs=0.01)
    drawn, plain = (
        bootstrap(made, rounds=600, confidence=0.95, rng=np.random.default_rng(0), clusters=chosen)
        for made, chosen in ((together, clusters), (alone, None))
    )
    assert width(drawn) == pytest.approx(width(plain), rel=0.15)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_one_cluster_has_no_interval(level):
    ratings = make_ratings(TARGETS)
    clusters = Clusters(np.zeros(8, dtype=np.int64), "prompt")
    for made in built(ratings, level, clusters).values():
        drawn = bootstrap(made, rounds=50, confidence=0.9, rng=np.random.default_rng(0), clusters=clusters)
        assert (drawn.lower, drawn.method) == (None, "none: one prompt")
        assert jackknife(made, confidence=0.9, clusters=clusters).method == "none: one prompt"


def test_a_statistic_that_does_not_know_its_items_refuses_clusters():
    made = built(make_ratings(TARGETS), "nominal")["percent_agreement pairs"]
    with pytest.raises(ValueError, match="which items"):
        jackknife(made, confidence=0.9, clusters=Clusters(np.zeros(8, dtype=np.int64), "prompt"))


def test_an_interval_ends_at_one_and_a_point_is_none():
    assert within_limits(Interval(0.4, 1.2, "t")) == Interval(0.4, 1.0, "t")
    assert within_limits(Interval(1.0, 1.0, "t")) == Interval(None, None, "none: no spread")
    assert within_limits(Interval(None, None, "none: one item")) == Interval(None, None, "none: one item")
