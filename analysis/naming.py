"""One numbering for the same battles, so that whatever is drawn at random falls alike however the rows stood."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.data import Battles, Coded


def by_name(battles: Battles, *, raters_too: bool = False) -> Battles:
    """Return the battles with systems and tags numbered by name; with ``raters_too``, also prompts and raters.

    Seeded draws go by these numbers. Numbered as rows come, the same battles in another order would give other
    critical values and other bootstrap rounds.
    """
    places = _places(battles.systems)
    if places is not None:
        battles = replace(
            battles,
            systems=tuple(sorted(battles.systems)),
            system_a=places[battles.system_a],
            system_b=places[battles.system_b],
        )
    columns = ("tag", "prompt", "rater") if raters_too else ("tag",)
    named = {name: sorted_column(getattr(battles, name)) for name in columns if getattr(battles, name) is not None}
    changed: dict[str, Any] = {name: column for name, column in named.items() if column is not getattr(battles, name)}
    return replace(battles, **changed) if changed else battles


def sorted_column(column: Coded) -> Coded:
    """Return the same column with names numbered in their order."""
    places = _places(column.names)
    return column if places is None else Coded(places[column.codes], tuple(sorted(column.names)))


def _places(names: tuple[str, ...]) -> NDArray[np.int32] | None:
    """Return where each name stands among the sorted ones, None where they are sorted."""
    if all(first <= second for first, second in pairwise(names)):
        return None
    order = sorted(range(len(names)), key=names.__getitem__)
    places = np.empty(len(names), dtype=np.int32)
    places[order] = np.arange(len(names), dtype=np.int32)
    return places
