"""Boards by tag, as JSON or as tables one below the other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from analysis.boards_by import BoardsBy
from analysis.leaderboard import Leaderboard
from analysis.report import board_tables, document_of
from analysis.writers import Column, Table, as_csv, as_html, as_markdown, as_text


def render_boards(result: BoardsBy, format_name: str) -> str:
    """Write them in one of the report's formats; CSV is one table with the tag in front, empty for all battles."""
    if format_name == "json":
        return json.dumps(_document(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    boards = [("", result.overall), *((one.tag, one.board) for one in result.boards if one.board is not None)]
    if format_name == "csv":
        return as_csv(_joined(result, boards))
    write = {"table": as_text, "md": as_markdown, "html": as_html}[format_name]
    tables = [_titled(table, tag, result) for tag, board in boards for table in board_tables(board)]
    return "\n".join(write(table) for table in tables)


def _document(result: BoardsBy) -> dict[str, Any]:
    return {
        "by": result.by,
        "tags": result.tags,
        "confidence": result.confidence,
        "confidence_each": result.confidence_each,
        "multiplicity": result.multiplicity,
        "overall": document_of(result.overall),
        "boards": [
            {
                "tag": one.tag,
                "n_battles": one.n_battles,
                "board": None if one.board is None else document_of(one.board),
                "reason": one.reason,
                "message": one.message,
            }
            for one in result.boards
        ],
    }


def _titled(table: Table, tag: str, result: BoardsBy) -> Table:
    if not tag:
        return replace(table, title=f"All: {table.title}", notes=(*table.notes, result.multiplicity))
    return replace(table, title=f"{tag}: {table.title}")


def _joined(result: BoardsBy, boards: list[tuple[str, Leaderboard]]) -> Table:
    keys = ("rank", "rank_lower", "rank_upper", "system", "rating", "lower", "upper", "battles", "win_rate", "reason")
    columns = (Column(result.by, result.by, numeric=False), *(Column(key, key) for key in keys))
    rows = tuple((tag, *(getattr(row, key) for key in keys)) for tag, board in boards for row in board.rows)
    return Table(result.by, columns, rows, ())
