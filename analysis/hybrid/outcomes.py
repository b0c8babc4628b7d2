"""Outcomes of battles as points, for win rates and strengths."""

from __future__ import annotations

import numpy as np

from analysis.comparison.estimates import Codes
from analysis.data import BOTH_BAD, OUTCOMES, TIE, A, Floats

NOT_ASKED = -1


def points(outcome: Codes, *, both_bad: str = "tie") -> Floats:
    """Return what system_a gets of each battle: 1, 0.5 for a tie, 0; NaN where the outcome is -1, not asked.

    ``both_bad`` "tie" gives half a point where both systems lost; "drop" gives NaN.
    """
    if both_bad not in ("tie", "drop"):
        raise ValueError(f"both_bad must be tie or drop, not {both_bad!r}")
    if len(outcome) and not -1 <= int(outcome.min()) <= int(outcome.max()) < len(OUTCOMES):
        raise ValueError(f"outcomes lie in -1..{len(OUTCOMES) - 1}")
    made = np.where(outcome == A, 1.0, 0.0)
    made[outcome == TIE] = 0.5
    made[outcome == BOTH_BAD] = 0.5 if both_bad == "tie" else np.nan
    made[outcome == NOT_ASKED] = np.nan
    return made
