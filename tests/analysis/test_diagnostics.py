"""What is wrong with the data behind a board stands beside it, under a stable code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from analysis import bradley_terry, tie_models
from analysis.data import take
from analysis.errors import Undefined
from analysis.options import Options
from tests.analysis.builders import make_battles, ranked

FAIR = [("x", "y", "A"), ("y", "x", "A"), ("y", "z", "A"), ("z", "y", "A"), ("x", "z", "A"), ("z", "x", "A")] * 3
APART = [("p", "q", "A"), ("q", "p", "A")] * 5

CASES: list[tuple[str, Sequence[tuple[str, str, str]], Options, set[str]]] = [
    ("disconnected", FAIR + APART, Options(), {"x", "y", "z", "p", "q"}),
    ("unbeaten", [*FAIR, ("champion", "x", "A")], Options(), {"champion"}),
    ("winless", [*FAIR, ("x", "novice", "A")], Options(), {"novice"}),
    ("separated", [*FAIR, *APART, ("x", "p", "A")], Options(), {"x", "y", "z", "p", "q"}),
    ("separated", [*FAIR, *APART, ("x", "middle", "A"), ("middle", "p", "A")], Options(), {"middle"}),
    ("no_spread", [("x", "y", "tie")] * 12, Options(), {"x", "y"}),
    ("few_battles", [*FAIR, ("w", "x", "A"), ("x", "w", "A")], Options(), {"w"}),
    ("empty", [*FAIR, ("s", "t", "tie")], Options(ties="drop"), {"s", "t"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "rows", "options", "names"), CASES)
def test_each_trouble_has_its_code_and_names_the_systems(code, rows, options, names):
    found = [note for note in ranked(make_battles(rows), options).warnings if note.code == code]
    assert names in [set(note.names) for note in found] or names == {name for note in found for name in note.names}
    assert all(note.message for note in found)


def test_sound_data_have_no_warning():
    assert ranked(make_battles(FAIR)).warnings == ()


@pytest.mark.parametrize("ties", ["half", "davidson", "rao-kupper"])
def test_a_fit_that_stops_short_is_a_reason_and_no_crash(monkeypatch, ties):
    monkeypatch.setattr(bradley_terry, "MAX_ITERATIONS", 1)
    monkeypatch.setattr(tie_models, "MAX_ITERATIONS", 1)
    rows = [*FAIR, ("x", "y", "A"), ("x", "z", "tie"), *APART]
    board = ranked(make_battles(rows), Options(ties=ties, differences=True, compare_ties=True))
    x = next(row for row in board.rows if row.system == "x")
    assert (x.rating, x.lower, x.reason, x.p_best) == (None, None, "not_converged", None)
    [note] = [note for note in board.warnings if note.code == "not_converged"]
    assert {"x", "y", "z"} <= set(note.names)


def test_missing_verdicts_are_counted_and_no_battle_at_all_is_no_board():
    battles = make_battles(FAIR, unscored=2)
    assert [note.code for note in ranked(battles).warnings] == ["unscored"]
    assert ranked(battles).coverage.planned == len(FAIR) + 2
    with pytest.raises(Undefined) as empty:
        ranked(take(battles, np.zeros(len(FAIR), dtype=bool)))
    assert empty.value.code == "empty"
