"""Battles that ratings imply."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import OUTCOMES, Ratings
from analysis.errors import Undefined
from analysis.ratings.parts import parts_of
from analysis.ratings.preferences import implied_battles
from tests.analysis.builders import coded
from tests.analysis.ratings.make import part


def said(battles):
    """The battles as (prompt, rater, winner or both), whichever side is which."""
    found = []
    for row in range(len(battles)):
        a, b = (battles.systems[side[row]] for side in (battles.system_a, battles.system_b))
        won = {"A": a, "B": b, "tie": "="}[OUTCOMES[battles.outcome[row]]]
        prompt, rater = (c.names[c.codes[row]] for c in (battles.prompt, battles.rater))
        found.append((prompt, rater, *sorted((a, b)), won))
    return sorted(found)


def test_a_rater_prefers_what_they_rated_higher_on_the_same_prompt():
    rows = [("p", "x", "a", 5), ("p", "y", "a", 3), ("p", "z", "a", 3), ("p", "x", "b", 1), ("q", "y", "b", 5)]
    assert said(implied_battles(part(rows))) == [
        ("p", "a", "x", "y", "x"),
        ("p", "a", "x", "z", "x"),
        ("p", "a", "y", "z", "="),
    ]  # rater b rated the two systems on different prompts, which compares nothing


def test_where_less_is_better_the_lower_value_wins():
    rows = [("p", "x", "a", 5), ("p", "y", "a", 3)]
    assert said(implied_battles(part(rows), lower_is_better=True)) == [("p", "a", "x", "y", "y")]


def test_several_ratings_of_one_system_are_averaged_first():
    rows = [("p", "x", "a", 1), ("p", "x", "a", 5), ("p", "y", "a", 3)]
    assert said(implied_battles(part(rows))) == [("p", "a", "x", "y", "=")]


@given(st.lists(st.tuples(*map(st.sampled_from, ("pq", "wxyz", "ab")), st.integers(1, 3)), min_size=1, max_size=30))
def test_every_pair_on_a_sheet_is_one_battle(rows):
    sheets: dict[tuple[str, str], dict[str, list[int]]] = {}
    for prompt, system, rater, value in rows:
        sheets.setdefault((prompt, rater), {}).setdefault(system, []).append(value)
    expected = []
    for (prompt, rater), systems in sheets.items():
        for a, b in combinations(sorted(systems), 2):
            lead = np.mean(systems[a]) - np.mean(systems[b])
            expected.append((prompt, rater, a, b, "=" if abs(lead) < 1e-9 else a if lead > 0 else b))
    if not expected:
        with pytest.raises(Undefined, match="two systems on one prompt"):
            implied_battles(part(rows))
    else:
        assert said(implied_battles(part(rows))) == sorted(expected)


def test_unnamed_raters_imply_nothing():
    ratings = Ratings(coded(["i", "j"]), np.array([1.0, 2.0]), system=coded(["x", "y"]), prompt=coded(["p", "p"]))
    with pytest.raises(Undefined) as refused:
        implied_battles(parts_of(ratings)[0])
    assert refused.value.code == "not_recorded"
