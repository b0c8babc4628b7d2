"""The choices a board from ratings can be made with."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from analysis.ratings.severity import UNITS

STANDARDISE = ("none", "rater")
SEVERITY = ("none", *UNITS)


@dataclass(frozen=True, slots=True)
class RatingOptions:
    """How a board from ratings is made. Refuses what does not exist.

    ``lower_is_better`` names the criteria on which a low mean comes first and a negative lead is a strength.
    ``standardise`` "rater" ranks z-scores of each rater. ``severity`` fits raters' severities beside items or
    systems, ``ridge`` being its penalty in observations (None: chosen by restricted maximum likelihood). ``boxes`` is
    how many end categories make the top and the bottom box. ``pairs`` compares every two systems. ``attempts`` are
    the k of pass@k.
    """

    confidence: float = 0.95
    lower_is_better: Container[str | None] = ()
    standardise: str = "none"
    severity: str = "none"
    ridge: float | None = None
    boxes: int = 1
    pairs: bool = False
    attempts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, not {self.confidence}")
        if self.standardise not in STANDARDISE:
            raise ValueError(f"standardise must be one of {', '.join(STANDARDISE)}, not {self.standardise!r}")
        if self.severity not in SEVERITY:
            raise ValueError(f"severity must be one of {', '.join(SEVERITY)}, not {self.severity!r}")
        if self.ridge is not None and self.severity == "none":
            raise ValueError("a ridge belongs to severity; say beside which unit it is fitted")
        if self.boxes < 1:
            raise ValueError(f"boxes must be at least 1, not {self.boxes}")
        if any(k < 1 for k in self.attempts):
            raise ValueError(f"the k of pass@k must be at least 1, not {min(self.attempts)}")
