"""Leaderboards and agreement as JSON or as a table in any of the writers' formats."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from analysis.agreement import Agreement
from analysis.leaderboard import Leaderboard
from analysis.notes import Coverage
from analysis.writers import Column, Table, as_csv, as_html, as_markdown, as_text

FORMATS = ("table", "json", "csv", "md", "html")


def render(result: Leaderboard | Agreement, format_name: str) -> str:
    """Write a result in one of FORMATS, ending in a line break."""
    if format_name == "json":
        return as_json(result)
    table = leaderboard_table(result) if isinstance(result, Leaderboard) else agreement_table(result)
    return {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name](table)


def as_json(result: Leaderboard | Agreement) -> str:
    """Return one JSON document; what is unknown is null, never NaN."""
    return json.dumps(document_of(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_of(result: Leaderboard | Agreement) -> dict[str, Any]:
    """Return the result as JSON's own types."""
    document = asdict(result)
    document["coverage"] = _coverage(result.coverage)
    return document


def leaderboard_table(board: Leaderboard) -> Table:
    """Lay a leaderboard out, best first; raw cells keep their full precision."""
    shown = _share if board.method == "win-rate" else _points
    columns = (
        Column("rank", "Rank"),
        Column("rank_lower", "from"),
        Column("rank_upper", "to"),
        Column("system", "System", numeric=False),
        Column("rating", "Win rate" if board.method == "win-rate" else "Rating", shown),
        Column("lower", "lower", shown),
        Column("upper", "upper", shown),
        Column("battles", "Battles"),
        Column("wins", "Wins"),
        Column("losses", "Losses"),
        Column("ties", "Ties"),
        Column("both_bad", "Both bad"),
        Column("win_rate", "Points won", _share),
        Column("component", "Component"),
        Column("reason", "No rating because", numeric=False),
    )
    rows = tuple(tuple(getattr(row, column.key) for column in columns) for row in board.rows)
    notes = _robustness(board) + _notes(board)
    return _trimmed(Table(_board_title(board), columns, rows, notes), ("component", "reason", "both_bad"))


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
    return _trimmed(Table(title, columns, rows, _notes(result)), ("reason",))


def _trimmed(table: Table, optional: tuple[str, ...]) -> Table:
    """Leave out optional columns that say nothing: all cells empty or zero."""
    keep = [
        place
        for place, column in enumerate(table.columns)
        if column.key not in optional or any(row[place] for row in table.rows)
    ]
    columns = tuple(table.columns[place] for place in keep)
    return Table(table.title, columns, tuple(tuple(row[place] for place in keep) for row in table.rows), table.notes)


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


def _points(number: Any) -> str:
    return f"{number:z.1f}"


def _share(number: Any) -> str:
    return f"{number:z.1%}"


def _coefficient(number: Any) -> str:
    return f"{number:z.3f}"
