"""Leaderboards and agreement as JSON or as a table in any of the writers' formats."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from analysis.agreement import Agreement
from analysis.board_tables import extra_tables, points_of, share_of, trimmed
from analysis.leaderboard import Leaderboard
from analysis.notes import Coverage
from analysis.writers import Column, Table, as_csv, as_html, as_markdown, as_text

FORMATS = ("table", "json", "csv", "md", "html")


def render(result: Leaderboard | Agreement, format_name: str) -> str:
    """Write a result in one of FORMATS, ending in a line break."""
    if format_name == "json":
        return as_json(result)
    tables = board_tables(result) if isinstance(result, Leaderboard) else (agreement_table(result),)
    if format_name == "csv":  # one table to a file: what stands below the board is in the JSON
        return as_csv(tables[0])
    return "\n".join({"table": as_text, "md": as_markdown, "html": as_html}[format_name](table) for table in tables)


def as_json(result: Leaderboard | Agreement) -> str:
    """Return one JSON document; what is unknown is null, never NaN."""
    return json.dumps(document_of(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_of(result: Leaderboard | Agreement) -> dict[str, Any]:
    """Return the result as JSON's own types."""
    document = asdict(result)
    document["coverage"] = _coverage(result.coverage)
    return document


def board_tables(board: Leaderboard) -> tuple[Table, ...]:
    """Return the board's table and those below it."""
    return (leaderboard_table(board), *extra_tables(board))


def leaderboard_table(board: Leaderboard) -> Table:
    """Lay a leaderboard out, best first; raw cells keep their full precision."""
    shown = share_of if board.method == "win-rate" else points_of
    columns = (
        Column("rank", "Rank"),
        Column("rank_lower", "from"),
        Column("rank_upper", "to"),
        Column("system", "System", numeric=False),
        Column("rating", "Win rate" if board.method == "win-rate" else "Rating", shown),
        Column("lower", "lower", shown),
        Column("upper", "upper", shown),
        Column("p_best", "P(best)", share_of),
        Column("p_top_k", f"P(top {board.top})", share_of),
        Column("battles", "Battles"),
        Column("wins", "Wins"),
        Column("losses", "Losses"),
        Column("ties", "Ties"),
        Column("both_bad", "Both bad"),
        Column("win_rate", "Points won", share_of),
        Column("component", "Component"),
        Column("reason", "No rating because", numeric=False),
    )
    rows = tuple(tuple(getattr(row, column.key) for column in columns) for row in board.rows)
    notes = _robustness(board) + _notes(board)
    table = Table(_board_title(board), columns, rows, notes)
    return trimmed(table, "component", "reason", "both_bad", "p_best", "p_top_k")


def agreement_table(result: Agreement) -> Table:
    """Lay the coefficients of an agreement out, one per line."""
    columns = (
        Column("name", "Statistic", numeric=False),
        Column("options", "Options", numeric=False),
        Column("value", "Value", _coefficient),
        Column("lower", "lower", _coefficient),
        Column("upper", "upper", _coefficient),
        Column("n", "Items"),
        Column("method", "Interval", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple(
        (item.name, _options(item.options), item.value, item.lower, item.upper, item.n, item.method, item.reason)
        for item in result.statistics
    )
    raters = "unnamed raters" if result.n_raters is None else f"{result.n_raters} raters"
    title = f"Agreement of {raters}: {result.n_ratings} ratings of {result.n_items} items, {result.level} level"
    return trimmed(Table(title, columns, rows, _notes(result)), "reason")


def _board_title(board: Leaderboard) -> str:
    ties = "" if board.ties == "none" else f", ties {board.ties}"
    interval = "no intervals" if board.ci == "none" else f"{board.ci} intervals {board.confidence:.0%}"
    return f"{board.n_systems} systems, {board.n_battles} battles, {board.method}{ties}, {interval}"


def _notes(result: Leaderboard | Agreement) -> tuple[str, ...]:
    return tuple(
        f"{note.code}: {note.message}" + (f" ({_some(note.names)})" if note.names else "") for note in result.warnings
    )


def _robustness(board: Leaderboard) -> tuple[str, ...]:
    found = board.robustness
    if found is None:
        return ()
    return (f"First place goes to {found.challenger} if {found.battles} of {found.of} battles are left out",)


def _some(names: tuple[str, ...]) -> str:
    """List names, the first few of many."""
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:8])} and {len(names) - 8} more"


def _coverage(coverage: Coverage) -> dict[str, float | None]:
    return {"scored": coverage.scored, "planned": coverage.planned, "share": coverage.share}


def _options(options: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())


def _coefficient(number: Any) -> str:
    return f"{number:z.3f}"
