"""What every method of a leaderboard says about each system, and the scale of ratings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.chances import Chances
from analysis.contextual.terms import Terms
from analysis.data import Floats
from analysis.difference_matrix import Differences
from analysis.errors import Why
from analysis.ranks import RankSets
from analysis.robustness import Robustness

BASE = 1000.0
POINTS_PER_NAT = 400 / float(np.log(10))  # 400 points: odds of ten to one


@dataclass(frozen=True, slots=True)
class Scores:
    """What a method says about each system; NaN where it says nothing, with the reason.

    ``sets`` None: the method knows no rank sets. ``groups`` numbers the systems that share a scale. ``chances`` and
    ``differences`` are None where the method knows no errors, or nobody asked. ``terms`` are what a fit on rows
    estimated beside the strengths.
    """

    rating: Floats
    lower: Floats
    upper: Floats
    rank: NDArray[np.int64]
    sets: RankSets | None
    component: NDArray[np.int64]
    group: NDArray[np.int64]
    reasons: tuple[Why | None, ...]
    log_likelihood: float | None
    tie_parameter: float | None
    robustness: Robustness | None
    conventions: dict[str, str]
    chances: Chances | None = None
    differences: Differences | None = None
    terms: Terms = field(default_factory=Terms)
