"""One person's running counts: ``participant.quality``. Each answer changes a few numbers, whatever came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_ANSWERS = 60  # different answers that are counted one by one; a slider's further ones share a count
OTHER = "…"


@dataclass(frozen=True, slots=True)
class Tally:
    """Right and wrong answers to one family of checks; ``round`` counts the sequential tests, and since is this one."""

    right: int = 0
    wrong: int = 0
    round: int = 1
    round_right: int = 0
    round_wrong: int = 0

    @property
    def n(self) -> int:
        """How many were judged."""
        return self.right + self.wrong


def tally(quality: dict[str, Any], family: str) -> Tally:
    """Return the counts of one family."""
    return Tally(*quality.get("checks", {}).get(family, ()))


def put(quality: dict[str, Any], family: str, counts: Tally) -> None:
    """Write the counts of one family."""
    quality.setdefault("checks", {})[family] = [
        counts.right,
        counts.wrong,
        counts.round,
        counts.round_right,
        counts.round_wrong,
    ]


def count(quality: dict[str, Any], family: str, passed: bool | None, before: bool | None = None) -> Tally:
    """Count a judged answer; ``before`` is the outcome of the answer that it replaces, which counts no more."""
    counts = tally(quality, family)
    right, wrong = (passed is True) - (before is True), (passed is False) - (before is False)
    counts = Tally(
        counts.right + right,
        counts.wrong + wrong,
        counts.round,
        max(0, counts.round_right + right),
        max(0, counts.round_wrong + wrong),
    )
    put(quality, family, counts)
    return counts


def next_round(quality: dict[str, Any], family: str) -> None:
    """Begin another sequential test of a family."""
    counts = tally(quality, family)
    put(quality, family, Tally(counts.right, counts.wrong, counts.round + 1))


def note_answer(quality: dict[str, Any], said: str) -> tuple[int, int, int]:
    """Count what was said, and return (length of its run, how often it was said outside of the run, answers)."""
    said_before: dict[str, int] = quality.setdefault("said", {})
    last, length = quality.get("run", ("", 0))
    length = length + 1 if said == last else 1
    quality["run"] = [said, length]
    name = said if said in said_before or len(said_before) < MOST_ANSWERS else OTHER
    said_before[name] = said_before.get(name, 0) + 1
    return length, max(0, said_before[name] - length), sum(said_before.values())


def note_side(quality: dict[str, Any], side: str) -> tuple[int, int]:
    """Count a choice of a side ("left" or "right"), and return both counts."""
    sides = quality.setdefault("sides", {"left": 0, "right": 0})
    sides[side] += 1
    return sides["left"], sides["right"]


def note_time(quality: dict[str, Any], *, fast: bool) -> tuple[int, int]:
    """Count a timed answer, and return (fast ones, all)."""
    times = quality.setdefault("times", [0, 0])
    times[0] += fast
    times[1] += 1
    return times[0], times[1]


def note_level(quality: dict[str, Any], level: float) -> None:
    """Count how good a response was found."""
    levels = quality.setdefault("levels", {})
    levels[f"{level:g}"] = levels.get(f"{level:g}", 0) + 1


def median_level(quality: dict[str, Any]) -> float | None:
    """Return the median of how good responses were found so far; None before the first."""
    levels = sorted((float(level), n) for level, n in quality.get("levels", {}).items())
    middle, seen = sum(n for _, n in levels) / 2, 0
    for level, n in levels:
        seen += n
        if seen >= middle:
            return level
    return None


def alarm(quality: dict[str, Any], family: str) -> int:
    """Count an alarm of a family, and return how many there were."""
    alarms: dict[str, int] = quality.setdefault("alarms", {})
    alarms[family] = alarms.get(family, 0) + 1
    return alarms[family]
