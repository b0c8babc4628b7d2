"""A rater's card as a page shows it: rows with intervals on one axis, and the path of the sequential test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.quality.card import RaterCard, Stat
from annotation.quality.intervals import Estimate
from annotation.quality.policy import Policy, Sequential
from annotation.quality.sprt import Decision, Sprt

WIDTH, HEIGHT, AXIS = 480.0, 150.0, 240.0


@dataclass(frozen=True, slots=True)
class Row:
    """One share with its interval, or why there is none; x places lie on an axis from 0 to 1."""

    name: str
    meaning: str
    found: Estimate | None
    why: str
    note: str = ""

    @property
    def x(self) -> float:
        """Where the value lies."""
        return round(AXIS * self.found.value, 1) if self.found else 0.0

    @property
    def low(self) -> float:
        """Where the interval begins."""
        return round(AXIS * self.found.lower, 1) if self.found else 0.0

    @property
    def high(self) -> float:
        """Where it ends."""
        return round(AXIS * self.found.upper, 1) if self.found else 0.0


@dataclass(frozen=True, slots=True)
class Round:
    """One sequential test in the plot: its path, and where it flags and passes."""

    path: str
    start: float
    end: float
    flag: float
    good: float
    decision: str


@dataclass(frozen=True, slots=True)
class Path:
    """The path of the test over calibration items."""

    rounds: tuple[Round, ...]
    n: int
    zero: float


def rows_of(card: RaterCard) -> list[Row]:
    """Return the shares of a card."""
    consistency, twins, side = card.consistency.value, card.twins.value, card.side.value
    kappa = f"kappa {consistency.kappa.value:.2f}" if consistency and consistency.kappa else ""
    return [
        _row("Right on calibration items", "of those that experts agree on", card.accuracy),
        Row(
            "Says the same again",
            "exactly, when an item comes twice",
            consistency.exact if consistency else None,
            card.consistency.why,
            kappa or (consistency.why if consistency else ""),
        ),
        _row("Agrees with the others", "on the same items", card.agreement),
        Row(
            "Sees damage",
            "finds a damaged copy worse",
            twins.effect if twins else None,
            card.twins.why,
            f"p = {twins.p_value:.2g}, {twins.test}" if twins else "",
        ),
        _row("Passes attention checks", "items that say what to answer", card.attention),
        Row(
            "Chooses the left side",
            "sides are balanced, so about half is usual",
            side.left if side else None,
            card.side.why,
            f"p = {side.p_value:.2g}" if side else "",
        ),
        _row("Faster than the floor", _floor(card), card.times.under_floor),
    ]


def _floor(card: RaterCard) -> str:
    return f"answers in less than {card.times.floor_ms / 1000:g} s" if card.times.floor_ms else "no floor is set"


def _row(name: str, meaning: str, stat: Stat[Estimate]) -> Row:
    return Row(name, meaning, stat.value, stat.why)


def path_of(outcomes: Sequence[bool], setting: Sequential) -> Path | None:
    """Draw the sequential test over outcomes, round after round; None before the first."""
    if not outcomes:
        return None
    span = max(Sprt.of(setting, number).upper for number in (1, 2)) * 1.25
    deep = -Sprt.of(setting).lower * 1.25
    step, start = WIDTH / max(len(outcomes), 20), 0
    rounds: list[Round] = []

    def y(evidence: float) -> float:
        return round(HEIGHT * (span - evidence) / (span + deep), 1)

    while start < len(outcomes):
        test = Sprt.of(setting, len(rounds) + 1)
        length, decision = _until_decided(test, outcomes[start:])
        path = [0.0, *test.path(outcomes[start : start + length])]
        points = " ".join(f"{(start + at) * step:.1f},{y(max(-deep, min(span, v)))}" for at, v in enumerate(path))
        ends = (round(start * step, 1), round((start + length) * step, 1))
        rounds.append(Round(points, *ends, flag=y(min(span, test.upper)), good=y(test.lower), decision=decision))
        start += length
    return Path(tuple(rounds), len(outcomes), y(0.0))


def _until_decided(test: Sprt, outcomes: Sequence[bool]) -> tuple[int, Decision]:
    right = 0
    for n, passed in enumerate(outcomes, start=1):
        right += passed
        decision = test.decide(right, n - right)
        if decision is not Decision.OPEN:
            return n, decision
    return len(outcomes), Decision.OPEN


def policy_words(policy: Policy) -> str:
    """Say what the sequential test asks for."""
    setting = policy.calibration
    return (
        f"Tests {setting.good:.0%} right against {setting.bad:.0%}: flags a good rater at most "
        f"{setting.alpha:.1%} of the time, however long they work."
    )
