"""Battles drawn from known strengths, styles, positions and raters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.contextual.context import Context
from analysis.data import SEEN_FROM_B, TIE, A, B, Battles, Coded, take
from tests.known import known

STYLED = Context(style=True)


def drawn_battles(
    rows: int = 600,
    systems: int = 5,
    *,
    raters: int = 4,
    prompts: int = 60,
    style: tuple[float, ...] = (0.5, 0.0, -0.3, 0.0),
    position: float = 0.3,
    gains: tuple[float, ...] | None = None,
    ties: float = 0.1,
    spread: float = 1.0,
    seed: int = 0,
) -> Battles:
    """Draw battles; ``style`` holds the coefficients of standardised differences, ``gains`` the discriminations."""
    rng = np.random.default_rng(seed)
    strengths = np.linspace(-1, 1, systems) * spread
    a = rng.integers(0, systems, rows)
    b = (a + rng.integers(1, systems, rows)) % systems
    style_a, style_b = (np.floor(rng.lognormal(3, 1, (rows, 4))) for _ in range(2))
    difference = (style_a - style_b) / (style_a + style_b + 1)
    rater = rng.integers(0, raters, rows)
    b_first = rng.random(rows) < 0.5
    gain = np.ones(rows) if gains is None else np.array(gains)[rater]
    lead = gain * (strengths[a] - strengths[b]) + position * np.where(b_first, -1, 1)
    lead = lead + difference / np.sqrt((difference**2).mean(axis=0)) @ np.array(style)
    outcome = np.where(rng.random(rows) < 1 / (1 + np.exp(-lead)), A, B)
    outcome[rng.random(rows) < ties] = TIE
    return Battles(
        system_a=a,
        system_b=b,
        outcome=outcome.astype(np.int8),
        systems=tuple(f"s{place}" for place in range(systems)),
        prompt=Coded(rng.integers(0, prompts, rows), tuple(f"p{place}" for place in range(prompts))),
        rater=Coded(rater, tuple(f"r{place}" for place in range(raters))),
        shown_b_first=b_first,
        style_a=style_a,
        style_b=style_b,
    )


def turned(battles: Battles, rows: np.ndarray) -> Battles:
    """Exchange the two columns in some rows, with everything that belongs to them."""
    side = {}
    for one, other in (("system_a", "system_b"), ("system_b", "system_a")):
        side[one] = np.where(rows, getattr(battles, other), getattr(battles, one))
    for one, other in (("style_a", "style_b"), ("style_b", "style_a")):
        side[one] = np.where(rows[:, None], getattr(battles, other), getattr(battles, one))
    return replace(
        battles,
        **side,
        outcome=np.where(rows, SEEN_FROM_B[battles.outcome], battles.outcome),
        shown_b_first=battles.shown_b_first ^ rows,
    )


def twice(battles: Battles) -> Battles:
    """Return every battle two times."""
    return take(battles, np.repeat(np.arange(len(battles)), 2))


def dense_design(battles: Battles, *columns: np.ndarray) -> np.ndarray:
    """Return one column per system but the last, 1 for side a and -1 for side b, and the further columns."""
    design = np.zeros((len(battles), len(battles.systems)))
    design[np.arange(len(battles)), battles.system_a] = 1
    design[np.arange(len(battles)), battles.system_b] = -1
    return np.column_stack([design[:, :-1], *columns])


def coefficients(found) -> np.ndarray:
    return np.array([np.nan if one.coefficient is None else one.coefficient for one in found.style.features])


def standardised(battles: Battles) -> np.ndarray:
    a, b = known(battles.style_a), known(battles.style_b)
    difference = (a - b) / (a + b + 1)
    scaled: np.ndarray = difference / np.sqrt((difference**2).mean(axis=0))
    return scaled


def points(battles: Battles) -> np.ndarray:
    return np.where(battles.outcome == TIE, 0.5, battles.outcome == A)
