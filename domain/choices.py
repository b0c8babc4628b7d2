"""What a rater can say, in plain Python: a choice in a battle, a value for one response, or nothing with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Who won a battle, in the battle's own frame: ``A`` is ``battle.response_a``."""

    A = "A"
    B = "B"
    TIE = "tie"
    BOTH_BAD = "both_bad"

    def turned(self) -> Outcome:
        """Return the same answer with the two sides exchanged."""
        return {Outcome.A: Outcome.B, Outcome.B: Outcome.A}.get(self, self)


class Reason(StrEnum):
    """Why a verdict carries no score. Missing is never zero and never a tie."""

    REFUSED = "refused"  # the rater declined to answer
    UNREADABLE = "unreadable"  # an answer came, but no verdict could be read from it
    TRANSPORT = "transport"  # no answer came: network, server or deadline
    SKIPPED = "skipped"  # a person chose not to answer
    NO_REFERENCE = "no_reference"  # a metric that needs a reference met a prompt without one
    NOT_GIVEN = "not_given"  # an imported row that has no verdict in it


def agrees(outcome: Outcome, chance: float) -> bool:
    """Say whether a probability that A is better goes with an outcome: above one half with A, below with B."""
    return {
        Outcome.A: 0.5 <= chance <= 1,
        Outcome.B: 0 <= chance <= 0.5,
        Outcome.TIE: chance == 0.5,
        Outcome.BOTH_BAD: False,
    }[outcome]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer about a battle. ``strength`` counts up from 1 (slightly better); None where it was not asked.

    ``chance`` is the rater's own probability, 0 to 1, that A is the better one; None where the rater gave none.
    """

    outcome: Outcome
    strength: int | None = None
    chance: float | None = None

    def turned(self) -> Choice:
        """Return the same answer with the two sides exchanged."""
        return Choice(self.outcome.turned(), self.strength, None if self.chance is None else 1 - self.chance)


@dataclass(frozen=True, slots=True)
class Value:
    """An answer about one response, in the units of its criterion's scale."""

    number: float


@dataclass(frozen=True, slots=True)
class Unscored:
    """No answer, and why."""

    reason: Reason
    detail: str = ""


Answer = Choice | Value
