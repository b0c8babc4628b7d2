"""The choices of a Bradley-Terry fit that sees more of a battle than who won."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.contextual.style import FrozenStyle

if TYPE_CHECKING:
    from analysis.options import Options

RATER_MODELS = ("equal", "discrimination")


@dataclass(frozen=True, slots=True)
class Context:
    """What stands beside the strengths. Refuses what does not go together.

    ``style`` estimates coefficients of the responses' style, ``frozen_style`` takes them as given. ``position`` adds
    what standing first is worth, by rater. ``rater_model`` "discrimination" lets each rater have a factor on the
    difference of strengths. ``penalty`` is that of the squared coefficients in the *mean* negative log-likelihood
    per battle, over 2: 1 would be as strong as all battles together, whatever their number. ``shrink`` is the
    precision of a normal prior of the discriminations about 1.
    """

    style: bool = False
    frozen_style: FrozenStyle | None = None
    position: bool = False
    rater_model: str = "equal"
    penalty: float = 0.0
    shrink: float = 0.0

    def __post_init__(self) -> None:
        if self.rater_model not in RATER_MODELS:
            raise ValueError(f"rater_model must be one of {', '.join(RATER_MODELS)}, not {self.rater_model!r}")
        if self.style and self.frozen_style is not None:
            raise ValueError("style is either estimated or frozen, not both")
        for name, value in (("penalty", self.penalty), ("shrink", self.shrink)):
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be a number, 0 or more, not {value}")
        if self.penalty and not self.style:
            raise ValueError("a penalty belongs to style coefficients that are estimated")
        if self.shrink and self.rater_model != "discrimination":
            raise ValueError("shrink belongs to raters with their own discrimination")

    @property
    def is_plain(self) -> bool:
        """Whether nothing stands beside the strengths, so that counts of battles are enough."""
        return not (self.has_style or self.position or self.rater_model != "equal")

    @property
    def has_style(self) -> bool:
        """Whether style is corrected for."""
        return self.style or self.frozen_style is not None

    def refusal(self, options: Options) -> str | None:
        """Return why this cannot be part of a board with these options, None if it can."""
        if self.is_plain:
            return None
        if options.method != "bradley-terry":
            return f"style, position and rater model belong to Bradley-Terry, not to {options.method}"
        if options.ties not in ("half", "drop"):
            return f"style, position and rater model know ties as half or drop, not {options.ties}"
        if options.ci == "bootstrap":
            return "style, position and rater model have sandwich intervals; leave the bootstrap out"
        asked = {
            "robustness": options.robustness,
            "reweighting of pairs": options.reweight != "none",
            "the comparison of tie rules": options.compare_ties,
        }
        refused = [name for name, is_asked in asked.items() if is_asked]
        return f"{' and '.join(refused)} belong to boards without style, position and rater model" if refused else None
