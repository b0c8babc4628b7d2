"""The probability that one system is rated above another on the same prompt."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from analysis.ratings.superiority import superiorities, superiority
from tests.analysis.ratings.make import part

VALUES = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=20)


def compared(rows):
    return superiorities(part(rows))


def columns(rows):
    unit, value = zip(*rows, strict=True)
    return np.array(value, dtype=float), np.array(unit)


def by_enumeration(first, second) -> float | None:
    shares = []
    for unit in {row[0] for row in first} & {row[0] for row in second}:
        pairs = list(product([v for u, v in first if u == unit], [v for u, v in second if u == unit]))
        shares.append(sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs))
    return float(np.mean(shares)) if shares else None


@given(VALUES, VALUES)
def test_every_pair_within_a_prompt_is_counted(first, second):
    a, unit_a = columns(first)
    b, unit_b = columns(second)
    found = superiority(a, b, first_unit=unit_a, second_unit=unit_b)
    turned = superiority(b, a, first_unit=unit_b, second_unit=unit_a)
    expected = by_enumeration(first, second)
    assert found.value == (None if expected is None else pytest.approx(expected))
    assert turned.value == (None if expected is None else pytest.approx(1 - expected))
    if found.value is None:
        assert found.reason == "no_pairs"


def test_on_one_prompt_it_is_the_area_under_the_curve():
    rng = np.random.default_rng(2)
    a, b = rng.integers(1, 6, 40).astype(float), rng.integers(1, 5, 30).astype(float)
    found = superiority(a, b, first_unit=np.zeros(40, dtype=int), second_unit=np.zeros(30, dtype=int))
    labels = np.repeat([1, 0], [40, 30])
    assert found.value == pytest.approx(roc_auc_score(labels, np.concatenate([a, b])))
    assert found.method == "none: one cluster"


def test_every_two_systems_are_compared_on_the_prompts_both_answered():
    rows = [(f"p{i}", system, "r", value) for i in range(6) for system, value in (("x", 3), ("y", 2 + i % 2))]
    rows.append(("p9", "z", "r", 5))
    xy, xz, yz = compared(rows)
    assert (xy.system_a, xy.system_b, xy.probability.value, xy.probability.n) == ("x", "y", 0.75, 6)
    assert {xz.probability.reason, yz.probability.reason} == {"no_pairs"}


def test_always_above_is_as_sure_as_there_are_prompts():
    rows = [(f"p{i}", system, "r", value) for i in range(8) for system, value in (("x", 3), ("y", 2))]
    (only,) = compared(rows)
    assert only.probability.value == 1.0
    assert 0.5 < only.probability.lower < 1.0


def test_always_equal_has_no_spread():
    rows = [(f"p{i}", system, "r", 3) for i in range(8) for system in "xy"]
    (only,) = compared(rows)
    assert (only.probability.value, only.probability.lower, only.probability.method) == (0.5, None, "none: no spread")


def test_no_values_have_no_pairs():
    none, unit = np.array([]), np.array([], dtype=int)
    assert superiority(none, none, first_unit=unit, second_unit=unit).reason == "no_pairs"
