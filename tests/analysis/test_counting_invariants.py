"""What must hold of counts, components and items, whatever the battles and whoever stood where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import counts as counting
from analysis.agreement import AgreementOptions, agreement
from analysis.counts import folded, tally, tally_by, ties, wins
from analysis.data import Battles
from analysis.graph import reachable, strong_components
from analysis.pairwise import items_of, ratings_from_battles
from analysis.strengths import bradley_terry
from tests.analysis.builders import RULES, SEEDS, coded, connected_battles, make_battles, turned


@given(connected_battles())
def test_folding_keeps_every_result(battles):
    counts = tally(battles)
    made = folded(counts.number)
    assert not np.tril(made[0]).any()
    np.testing.assert_array_equal(wins(made), wins(counts.number))
    for both_bad in (True, False):
        np.testing.assert_array_equal(ties(made, both_bad=both_bad), ties(counts.number, both_bad=both_bad))


@given(connected_battles(), st.integers(1, 4))
def test_counting_tag_by_tag_is_counting_in_one_table(battles, tags):
    tagged = Battles(
        battles.system_a,
        battles.system_b,
        battles.outcome,
        battles.systems,
        weight=np.linspace(0.5, 2, len(battles)),
        tag=coded([f"t{row % tags}" for row in range(len(battles))]),
    )
    at_once = tally_by(tagged)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "MOST_CELLS", 0)
        one_by_one = tally_by(tagged)
    for mine, yours in zip(at_once, one_by_one, strict=True):
        for name in ("number", "weight", "square"):
            np.testing.assert_allclose(getattr(mine, name), getattr(yours, name))


@given(connected_battles(), SEEDS)
def test_components_do_not_depend_on_how_nodes_are_numbered(battles, seed):
    edges = wins(tally(battles).number) > 0
    place = np.random.default_rng(seed).permutation(len(edges))
    moved = edges[np.ix_(place, place)]
    ours, theirs = strong_components(edges), strong_components(moved)
    np.testing.assert_array_equal((ours[:, None] == ours)[np.ix_(place, place)], theirs[:, None] == theirs)
    np.testing.assert_array_equal(reachable(edges, int(place[0]))[place], reachable(moved, 0))


@settings(max_examples=20)
@given(connected_battles(most_systems=3), SEEDS)
def test_agreement_on_battles_does_not_see_who_stood_where(battles, seed):
    """An item keeps the frame of its first row, so that row stays as it is."""
    rng = np.random.default_rng(seed)
    raters = coded([f"r{row}" for row in range(len(battles))])
    asked = Battles(
        battles.system_a,
        battles.system_b,
        battles.outcome,
        battles.systems,
        prompt=coded([f"p{row % 2}" for row in range(len(battles))]),
        rater=raters,
    )
    first = np.unique(items_of(asked).codes, return_index=True)[1]
    side = rng.random(len(battles)) < 0.5
    side[first] = False
    options = AgreementOptions(ci="none")
    values = [
        [statistic.value for statistic in agreement(ratings_from_battles(rows), options).statistics]
        for rows in (asked, turned(asked, side))
    ]
    assert values[0] == values[1]


def test_a_tie_and_both_bad_are_alike_where_they_are_merged():
    rows = [("x", "y", "A"), ("y", "x", "A"), ("y", "z", "tie"), ("z", "x", "tie"), ("x", "y", "A")]
    bad = [(a, b, "both_bad" if o == "tie" else o) for a, b, o in rows]
    for rule in RULES:
        one, other = (bradley_terry(tally(make_battles(each)), rule=rule) for each in (rows, bad))
        np.testing.assert_allclose(one.strengths, other.strengths, atol=1e-12)
        np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_both_bad_left_out_leaves_no_trace(rule):
    rows = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "tie"), ("x", "y", "A")]
    with_bad = make_battles([*rows, ("x", "y", "both_bad"), ("y", "x", "both_bad")])
    one = bradley_terry(tally(make_battles(rows)), rule=rule, both_bad="drop")
    other = bradley_terry(tally(with_bad), rule=rule, both_bad="drop")
    np.testing.assert_allclose(one.strengths, other.strengths, atol=1e-12)
    np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-12)
