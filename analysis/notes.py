"""What stands beside a number: what is missing, and what a reader should be warned of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """A warning as data: a stable code, a sentence for people, and the systems or raters it is about."""

    code: str
    message: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the verdicts asked for have an answer."""

    scored: int
    planned: int

    @property
    def share(self) -> float | None:
        """Return scored / planned, or None when nothing was planned."""
        return self.scored / self.planned if self.planned else None


def unscored_notes(coverage: Coverage) -> tuple[Note, ...]:
    """Warn when verdicts are missing, since missing ones seldom are a random sample."""
    missing = coverage.planned - coverage.scored
    if not missing:
        return ()
    text = f"{missing} of {coverage.planned} verdicts carry no score and enter no number"
    return (Note("unscored", text),)


def note_lines(notes: Sequence[Note]) -> tuple[str, ...]:
    """Return each note as a line of text, with the first few of its names."""
    return tuple(f"{note.code}: {note.message}" + (f" ({_some(note.names)})" if note.names else "") for note in notes)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:8])} and {len(names) - 8} more"
