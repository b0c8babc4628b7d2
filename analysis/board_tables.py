"""The tables below a board: pairs of systems, tie rules, win rates of each against each, exposure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analysis.difference_matrix import Differences
from analysis.exposure import PairExposure, SystemExposure
from analysis.leaderboard import Leaderboard
from analysis.rate_matrix import RateMatrix
from analysis.tie_rules import TieRule
from analysis.writers import Cell, Column, Table, number_of


def extra_tables(board: Leaderboard) -> tuple[Table, ...]:
    """Return a table for each part of the board that was asked for."""
    made = []
    if board.differences is not None:
        made.append(differences_table(board.differences))
    if board.matrix is not None:
        made.append(matrix_table(board.matrix))
    if board.tie_rules is not None:
        made.append(tie_table(board.tie_rules))
    if board.exposure.pairs is not None:
        made += [systems_table(board.exposure.systems), pairs_table(board.exposure.pairs)]
    return tuple(made)


def differences_table(found: Differences) -> Table:
    """Lay every pair out, in the order of the board."""
    number: Callable[[Any], str] = share_of if found.unit.startswith("share") else points_of
    columns = (
        Column("first", "First", numeric=False),
        Column("second", "Second", numeric=False),
        Column("difference", "Difference", number),
        Column("standard_error", "SE", number),
        Column("z", "z", z_of),
        Column("lower", "lower", number),
        Column("upper", "upper", number),
        Column("p_value", "p", number_of),
        Column("adjusted_p", "p, Holm", number_of),
        Column("p_ahead", "P(ahead)", share_of),
        Column("p_beats", "P(wins)", share_of),
        Column("reason", "None because", numeric=False),
    )
    notes = (f"Intervals {found.interval}; P(wins): {found.p_beats}",)
    return trimmed(Table("Differences, first minus second", columns, _rows(columns, found.pairs), notes), "reason")


def matrix_table(matrix: RateMatrix) -> Table:
    """Lay the win rates out, row against column, with the average over opponents."""
    columns = (
        Column("system", "System", numeric=False),
        *(Column(name, name, share_of) for name in matrix.systems),
        Column("average", "Average", share_of),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *shares, average)
        for name, shares, average in zip(matrix.systems, matrix.share, matrix.average, strict=True)
    )
    notes = (f"Intervals of the cells, in the JSON: {matrix.interval}",)
    return Table("Win rates, row against column, a tie being half a point", columns, rows, notes)


def tie_table(rules: tuple[TieRule, ...]) -> Table:
    """Lay the tie rules out side by side."""
    columns = (
        Column("ties", "Ties", numeric=False),
        Column("both_bad", "Both bad", numeric=False),
        Column("n_battles", "Battles"),
        Column("tie_parameter", "Parameter", number_of),
        Column("log_likelihood", "Log-likelihood", points_of),
        Column("aic_difference", "AIC above best", points_of),
        Column("first", "First", numeric=False),
        Column("largest_move", "Largest move", points_of),
        Column("moved", "of", numeric=False),
        Column("rank_changes", "Ranks changed"),
    )
    rows = tuple(tuple(_cell(getattr(rule, column.key)) for column in columns) for rule in rules)
    notes = (
        "Moves and ranks are against the rule of this board. Likelihoods stand only where rules say how likely a tie "
        "is; AICs compare rules on the same outcomes and take battles as independent.",
    )
    return Table("Tie rules side by side", columns, rows, notes)


def systems_table(systems: tuple[SystemExposure, ...]) -> Table:
    """Lay out who had how many battles."""
    columns = (
        Column("system", "System", numeric=False),
        Column("battles", "Battles"),
        Column("share", "of all", share_of),
        Column("opponents", "Opponents"),
        Column("prompts", "Prompts"),
        Column("raters", "Raters"),
        Column("shown_first", "Shown first", share_of),
        Column("provisional", "", lambda few: "provisional" if few else "", numeric=False),
    )
    return Table("Exposure of systems", columns, _rows(columns, systems), ())


def pairs_table(pairs: tuple[PairExposure, ...]) -> Table:
    """Lay out who met whom how often."""
    columns = (
        Column("first", "First", numeric=False),
        Column("second", "Second", numeric=False),
        Column("battles", "Battles"),
        Column("share", "of all", share_of),
        Column("prompts", "Prompts"),
        Column("raters", "Raters"),
        Column("shown_first", "First shown first", share_of),
    )
    return Table("Exposure of pairs that met", columns, _rows(columns, pairs), ())


def trimmed(table: Table, *optional: str) -> Table:
    """Leave out optional columns that say nothing: all cells empty or zero."""
    keep = [
        place
        for place, column in enumerate(table.columns)
        if column.key not in optional or any(row[place] for row in table.rows)
    ]
    columns = tuple(table.columns[place] for place in keep)
    return Table(table.title, columns, tuple(tuple(row[place] for place in keep) for row in table.rows), table.notes)


def points_of(number: Any) -> str:
    """Write rating points."""
    return f"{number:z.1f}"


def share_of(number: Any) -> str:
    """Write a share as a percentage."""
    return f"{number:z.1%}"


def z_of(number: Any) -> str:
    """Write a z statistic."""
    return f"{number:z.2f}"


def _rows(columns: tuple[Column, ...], lines: tuple[Any, ...]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(getattr(line, column.key) for column in columns) for line in lines)


def _cell(value: Any) -> Cell:
    return ", ".join(value) if isinstance(value, tuple) else value
