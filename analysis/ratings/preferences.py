"""Battles that ratings imply: of two systems on one prompt, a rater prefers the one they rated higher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.estimates import SLACK
from analysis.data import TIE, A, B, Battles, Coded, Floats
from analysis.errors import Undefined, Why
from analysis.ratings.parts import Part


@dataclass(frozen=True, slots=True)
class _Sheets:
    """A rater's mean value of each system on each prompt, sorted so that those of one sheet stand together."""

    sheet: NDArray[np.int64]
    system: NDArray[np.int64]
    value: Floats
    prompt: NDArray[np.int64]
    rater: NDArray[np.int64]


def implied_battles(part: Part, *, lower_is_better: bool = False) -> Battles:
    """Return the battles that ratings of one criterion imply, with their prompt and rater.

    A rater who rated k systems on a prompt gives k (k - 1) / 2 battles, which hang together: cluster by prompt, or
    by prompt and rater.

    Raises
    ------
    Undefined
        ``not_recorded``: raters are unnamed; ``no_pairs``: nobody rated two systems on one prompt.
    """
    if part.ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "implied battles need the rater of each rating (column rater)")
    sheets = _sheets(part, part.ratings.rater)
    first, second = _pairs(sheets.sheet)
    if not len(first):
        raise Undefined(Why.NO_PAIRS, "no rater rated two systems on one prompt, so ratings imply no battle")
    lead = (sheets.value[first] - sheets.value[second]) * (-1 if lower_is_better else 1)
    slack = SLACK * float(np.abs(sheets.value).max())
    outcome = np.where(np.abs(lead) <= slack, TIE, np.where(lead > 0, A, B)).astype(np.int8)
    return Battles(
        system_a=sheets.system[first],
        system_b=sheets.system[second],
        outcome=outcome,
        systems=part.system.names,
        prompt=Coded(sheets.prompt[first], part.unit.names),
        rater=Coded(sheets.rater[first], part.ratings.rater.names),
    )


def _sheets(part: Part, rater: Coded) -> _Sheets:
    systems, raters = len(part.system.names), len(rater.names)
    sheet = part.unit.codes.astype(np.int64) * raters + rater.codes
    cells, place = np.unique(sheet * systems + part.system.codes, return_inverse=True)
    value = np.bincount(place, part.values) / np.bincount(place)
    sheet = cells // systems
    return _Sheets(sheet, cells % systems, value, sheet // raters, sheet % raters)


def _pairs(sheet: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every two rows of the same sheet; rows are sorted by sheet."""
    rows = np.arange(len(sheet))
    last = np.searchsorted(sheet, sheet, side="right")
    after = last - rows - 1  # rows of the same sheet that follow
    first = np.repeat(rows, after)
    step = np.arange(len(first)) - np.repeat(np.cumsum(after) - after, after)
    return first, first + 1 + step
