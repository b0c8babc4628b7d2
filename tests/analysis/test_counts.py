"""Counting battles a block of rows at a time."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import counts
from analysis.data import Battles


@pytest.mark.parametrize("weighted", [False, True])
def test_blocks_of_rows_add_up(monkeypatch, weighted):
    monkeypatch.setattr(counts, "BLOCK", 1)
    rng = np.random.default_rng(3)
    first = rng.integers(0, 3, 1000)
    battles = Battles(
        system_a=first,
        system_b=(first + rng.integers(1, 3, 1000)) % 3,
        outcome=rng.integers(0, 4, 1000),
        systems=("x", "y", "z"),
        weight=rng.random(1000) if weighted else None,
    )
    expected = np.zeros((3, 4, 3, 3))
    weight = np.ones(1000) if battles.weight is None else battles.weight
    cells = (battles.outcome, battles.system_a, battles.system_b)
    for place, values in enumerate((np.ones(1000), weight, weight**2)):
        np.add.at(expected[place], cells, values)
    made = counts.tally(battles)
    assert np.array_equal(made.number, expected[0])
    assert made.weight == pytest.approx(expected[1])
    assert made.square == pytest.approx(expected[2])
