"""Swap consistency is over battles: asking each several times makes no interval narrower."""

from __future__ import annotations

import pytest

from judges.figures import swaps
from judges.models import Cell
from judges.planning import Selection
from tests.factories import make_project
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


def answered(times: int, how_many: int = 4):
    """A run whose first battle is answered with the first place, and all others alike in both orders, every time."""
    project = make_project()
    make_battles(project, how_many)
    run = make_run(make_version(project), Selection(repeats=times))
    run.cells.filter(order=0).update(said="A")
    run.cells.filter(order=1).update(said="B")
    flip = run.cells.order_by("battle").values_list("battle", flat=True)[0]
    run.cells.filter(battle=flip).update(said="A")
    run.cells.update(state=Cell.State.DONE, outcome="verdict", due_at=None)
    return swaps(run)


def test_a_battle_counts_once_however_often_it_is_asked():
    once, often = answered(1), answered(5)
    assert (once.consistent.n, once.consistent.value, once.flips) == (4, 0.75, 1)
    assert often == once
