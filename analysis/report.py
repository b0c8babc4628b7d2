"""Leaderboards as JSON or as tables in any of the writers' formats."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from analysis.board_tables import extra_tables, points_of, share_of, trimmed
from analysis.contextual.tables import context_tables
from analysis.leaderboard import Leaderboard
from analysis.notes import Coverage, note_lines
from analysis.options import RATING_NAMES, SHARES
from analysis.writers import Column, Table, as_csv, as_html, as_markdown, as_text

FORMATS = ("table", "json", "csv", "md", "html")


def render(result: Leaderboard, format_name: str) -> str:
    """Write a result in one of FORMATS, ending in a line break."""
    if format_name == "json":
        return as_json(result)
    tables = board_tables(result)
    if format_name == "csv":  # one table to a file: what stands below the board is in the JSON
        return as_csv(tables[0])
    return "\n".join({"table": as_text, "md": as_markdown, "html": as_html}[format_name](table) for table in tables)


def as_json(result: Leaderboard) -> str:
    """Return one JSON document; what is unknown is null, never NaN."""
    return json.dumps(document_of(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_of(result: Leaderboard) -> dict[str, Any]:
    """Return the result as JSON's own types."""
    document = asdict(result)
    document["coverage"] = _coverage(result.coverage)
    return document


def board_tables(board: Leaderboard) -> tuple[Table, ...]:
    """Return the board's table and those below it."""
    return (leaderboard_table(board), *context_tables(board), *extra_tables(board))


def leaderboard_table(board: Leaderboard) -> Table:
    """Lay a leaderboard out, best first; raw cells keep their full precision."""
    is_share = board.method in SHARES
    shown = share_of if is_share else points_of
    columns = (
        Column("rank", "Rank"),
        Column("rank_lower", "from"),
        Column("rank_upper", "to"),
        Column("system", "System", numeric=False),
        Column("rating", RATING_NAMES.get(board.method, "Rating"), shown),
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
    notes = _robustness(board) + note_lines(board.warnings)
    table = Table(_board_title(board), columns, rows, notes)
    return trimmed(table, "component", "reason", "both_bad", "p_best", "p_top_k")


def _board_title(board: Leaderboard) -> str:
    ties = "" if board.ties == "none" else f", ties {board.ties}"
    interval = "no intervals" if board.ci == "none" else f"{board.ci} intervals {board.confidence:.0%}"
    return f"{board.n_systems} systems, {board.n_battles} battles, {board.method}{ties}, {interval}"


def _robustness(board: Leaderboard) -> tuple[str, ...]:
    found = board.robustness
    if found is None:
        return ()
    return (f"First place goes to {found.challenger} if {found.battles} of {found.of} battles are left out",)


def _coverage(coverage: Coverage) -> dict[str, float | None]:
    return {"scored": coverage.scored, "planned": coverage.planned, "share": coverage.share}
