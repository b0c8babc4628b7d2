"""Battles that a judge decided, and people some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, refuse_not_finite
from analysis.data import Floats, Mask


@dataclass(frozen=True, slots=True)
class JudgedBattles:
    """One row per battle that the judge decided.

    ``judge`` and ``human`` are what ``system_a`` gets of the battle (1, 0.5 for a tie, 0, or a judge's probability);
    ``human`` is NaN where no person was asked. Battles of one ``cluster`` are not independent. The battles for people
    must have been drawn at random from all.
    """

    system_a: Codes
    system_b: Codes
    judge: Floats
    human: Floats
    systems: tuple[str, ...]
    cluster: Codes | None = None

    def __post_init__(self) -> None:
        columns = (self.system_a, self.system_b, self.judge, self.human, self.cluster)
        lengths = {len(column) for column in columns if column is not None}
        if len(lengths) > 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        if bool(np.any(self.system_a == self.system_b)):
            raise ValueError(f"row {int(np.argmax(self.system_a == self.system_b))}: a system cannot meet itself")
        scores = (self.judge, self.human[self.labelled])
        refuse_not_finite(*scores)
        if any(len(each) and not 0 <= each.min() <= each.max() <= 1 for each in scores):
            raise ValueError("scores lie from 0 (system_a lost) to 1 (it won), ties at 0.5")

    def __len__(self) -> int:
        return len(self.judge)

    @property
    def labelled(self) -> Mask:
        """Return True where a person answered."""
        known: Mask = ~np.isnan(self.human)
        return known
