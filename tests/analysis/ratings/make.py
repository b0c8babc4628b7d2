"""Ratings from short rows, for tests of direct ratings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.data import Ratings
from analysis.ratings.parts import Part, parts_of
from tests.analysis.builders import coded


def rated(rows: Sequence[tuple[str, str, str, float]], **columns) -> Ratings:
    """``rows`` are (prompt, system, rater, value)."""
    prompts, systems, raters, values = zip(*rows, strict=True)
    item = coded([f"{prompt} / {system}" for prompt, system in zip(prompts, systems, strict=True)])
    return Ratings(
        item,
        np.array(values, dtype=float),
        rater=coded(raters),
        system=coded(systems),
        prompt=coded(prompts),
        **columns,
    )


def part(rows: Sequence[tuple[str, str, str, float]], **columns) -> Part:
    (only,) = parts_of(rated(rows, **columns))
    return only


def crossed(table: Sequence[Sequence[float]]) -> list[tuple[str, str, str, float]]:
    """Every rater (column) rates every item (row), each item being a prompt's only response of one system."""
    return [(f"p{i}", "s", f"r{j}", value) for i, row in enumerate(table) for j, value in enumerate(row)]
