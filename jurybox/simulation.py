"""Simulated sample raters, so that a demo has something to look at. Pages label every one of them as simulated.

Each rater sees a response's hidden quality (1 to 5, written by hand beside the sample texts) through their own
severity and noise. Nothing here measures a real system or a real person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.choices import Answer, Choice, Outcome, Value

if TYPE_CHECKING:
    import numpy as np

TIE_WITHIN = 0.45  # points of quality that these raters do not tell apart
MUCH_BETTER_FROM = 1.6
BOTH_BAD_BELOW = 1.9


@dataclass(frozen=True, slots=True)
class SimulatedRater:
    """How one simulated person sees quality: shifted by ``severity``, blurred by ``noise`` (points)."""

    name: str
    severity: float
    noise: float

    def sees(self, quality: float, rng: np.random.Generator) -> float:
        """Return the quality as this rater perceives it once."""
        return quality - self.severity + float(rng.normal(0.0, self.noise))


def panel(how_many: int, rng: np.random.Generator) -> list[SimulatedRater]:
    """Return raters of differing severity and care."""
    return [
        SimulatedRater(
            name=f"Simulated rater {number}",
            severity=float(rng.normal(0.0, 0.3)),
            noise=float(rng.uniform(0.35, 0.9)),
        )
        for number in range(1, how_many + 1)
    ]


def rate(rater: SimulatedRater, quality: Mapping[str, float], rng: np.random.Generator) -> dict[str, Answer]:
    """Return one rating on a 1 to 5 scale for each criterion of ``quality``."""
    seen = {key: rater.sees(value, rng) for key, value in quality.items()}
    return {key: Value(float(min(5, max(1, round(value))))) for key, value in seen.items()}


def prefer(rater: SimulatedRater, first: Sequence[float], second: Sequence[float], rng: np.random.Generator) -> Choice:
    """Return one choice between two responses, by the mean of their qualities; ``A`` is the first."""
    seen = [rater.sees(sum(quality) / len(quality), rng) for quality in (first, second)]
    if max(seen) < BOTH_BAD_BELOW - rater.severity:
        return Choice(Outcome.BOTH_BAD)
    gap = seen[0] - seen[1]
    if abs(gap) < TIE_WITHIN:
        return Choice(Outcome.TIE)
    return Choice(Outcome.A if gap > 0 else Outcome.B, strength=2 if abs(gap) >= MUCH_BETTER_FROM else 1)
