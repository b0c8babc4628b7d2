"""Battles to measure with: always the same for one number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.data import Battles, Coded

SYSTEMS, PROMPTS, RATERS = 100, 100_000, 10_000
PIECE = 1_000_000  # rows made at once
SYSTEM_NAMES = tuple(f"system {number:03d}" for number in range(SYSTEMS))


@dataclass(frozen=True)
class Piece:
    """Some rows of integer codes."""

    system_a: np.ndarray
    system_b: np.ndarray
    outcome: np.ndarray
    prompt: np.ndarray
    rater: np.ndarray


def pieces(battles: int) -> Iterator[Piece]:
    """Draw battles of systems of Zipf popularity, with about a fifth of ties (Davidson)."""
    rng = np.random.default_rng(7)
    popularity = 1 / np.arange(1, SYSTEMS + 1)
    popularity /= popularity.sum()
    strength = rng.normal(0, 1, SYSTEMS)
    for start in range(0, battles, PIECE):
        rows = min(PIECE, battles - start)
        first = rng.choice(SYSTEMS, rows, p=popularity)
        second = (first + rng.integers(1, SYSTEMS, rows)) % SYSTEMS
        lead = np.exp((strength[first] - strength[second]) / 2)
        drawn = rng.random(rows) * (lead + 1 / lead + 0.5)
        outcome = np.where(drawn < lead, 0, np.where(drawn < lead + 1 / lead, 1, 2))
        yield Piece(
            system_a=first.astype(np.int32),
            system_b=second.astype(np.int32),
            outcome=outcome.astype(np.int8),
            prompt=rng.integers(0, PROMPTS, rows, dtype=np.int32),
            rater=rng.integers(0, RATERS, rows, dtype=np.int32),
        )


def made_up(battles: int, *, clusters: bool = True) -> Battles:
    """Return that many battles, with prompts and raters where ``clusters`` are wanted."""
    made = list(pieces(battles))

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(piece, name) for piece in made])

    return Battles(
        system_a=joined("system_a"),
        system_b=joined("system_b"),
        outcome=joined("outcome"),
        systems=SYSTEM_NAMES,
        prompt=Coded(joined("prompt"), tuple(map(str, range(PROMPTS)))) if clusters else None,
        rater=Coded(joined("rater"), tuple(map(str, range(RATERS)))) if clusters else None,
    )
