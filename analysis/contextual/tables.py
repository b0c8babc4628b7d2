"""The tables below a board that is corrected for style, position, raters or length."""

from __future__ import annotations

from typing import Any

from analysis.board_tables import share_of, trimmed
from analysis.contextual.terms import LengthControl, RaterTerms, StyleTerms
from analysis.leaderboard import Leaderboard
from analysis.writers import Cell, Column, Table, number_of

ENDS = (Column("error", "SE", number_of), Column("lower", "lower", number_of), Column("upper", "upper", number_of))
WHY_NOT = Column("reason", "None because", numeric=False)


def context_tables(board: Leaderboard) -> tuple[Table, ...]:
    """Return a table for each correction that the board makes."""
    made = [] if board.style is None else [style_table(board.style)]
    made += [raters_table(terms) for terms in (board.position, board.discrimination) if terms is not None]
    if board.length_control is not None:
        made.append(length_table(board.length_control))
    return tuple(made)


def style_table(style: StyleTerms) -> Table:
    """Lay the coefficients out, one feature per line."""
    columns = (
        Column("name", "Style", numeric=False),
        Column("coefficient", "Coefficient", number_of),
        *ENDS,
        Column("odds_ratio", "Odds ratio", number_of),
        Column("odds_ratio_lower", "lower", number_of),
        Column("odds_ratio_upper", "upper", number_of),
        Column("scale", "Scale", number_of),
        WHY_NOT,
    )
    kept = f"kept from {style.source}" if style.source else "kept from a saved style"
    made = kept if style.frozen else f"penalty {style.penalty:g}"
    title = f"Style: {style.n} battles, {style.left_out} of unknown style left out, {made}"
    note = "Odds of winning are multiplied by the odds ratio for one scale of (a - b) / (a + b + 1)"
    return trimmed(Table(title, columns, _cells(columns, style.features), (note,)), "reason")


def raters_table(terms: RaterTerms) -> Table:
    """Lay the raters' numbers out, and below them what the others share."""
    columns = (
        Column("rater", "Rater", numeric=False),
        Column("value", terms.kind.capitalize(), number_of),
        *ENDS,
        Column("n", "Battles"),
        WHY_NOT,
    )
    shared = () if terms.shared is None else (terms.shared,)
    title = f"{terms.kind.capitalize()}: raters with {terms.fewest} battles or more have their own"
    lines = _cells(columns, (*_highest_first(terms.raters, "value"), *shared))
    return trimmed(Table(title, columns, lines, (terms.convention,)), "reason")


def length_table(found: LengthControl) -> Table:
    """Lay the raw and the length-controlled rates out side by side."""
    columns = (
        Column("system", f"Against {found.baseline}", numeric=False),
        Column("win_rate", "At equal length", share_of),
        Column("error", "SE", share_of),
        Column("raw_win_rate", "Raw", share_of),
        Column("raw_error", "SE", share_of),
        Column("length_effect", "Length effect", number_of),
        Column("length_error", "SE", number_of),
        Column("n", "Battles"),
        Column("left_out", "Left out"),
        WHY_NOT,
    )
    lines = _cells(columns, _highest_first(found.rates, "win_rate"))
    return trimmed(Table("Win rates with the effect of length taken out", columns, lines, ()), "left_out", "reason")


def _highest_first(lines: tuple[Any, ...], key: str) -> tuple[Any, ...]:
    """Return the lines by falling value, those without one last."""
    return tuple(sorted(lines, key=lambda line: (getattr(line, key) is None, -(getattr(line, key) or 0.0))))


def _cells(columns: tuple[Column, ...], lines: tuple[Any, ...]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(getattr(line, column.key) for column in columns) for line in lines)
