"""A board from ratings, as JSON or as a table."""

from __future__ import annotations

import json
from dataclasses import asdict

from analysis.rating_board import RatingBoard
from analysis.writers import Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_means(board: RatingBoard, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(board), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name]
    return write(means_table(board))


def means_table(board: RatingBoard) -> Table:
    """Lay the systems out, criterion by criterion."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("rank", "Rank"),
        Column("system", "System", numeric=False),
        Column("mean", "Mean", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("n_ratings", "Ratings"),
        Column("n_prompts", "Prompts"),
        Column("lead", "Lead", number_of),
        Column("adjusted_p", "p, corrected", number_of),
        Column("verdict", "Verdict", numeric=False),
    )
    rows = tuple(
        (
            *(row.criterion or "", row.rank, row.system, row.mean.value, row.mean.lower, row.mean.upper),
            *(row.n_ratings, row.n_prompts, row.lead.value, row.adjusted_p, row.verdict),
        )
        for row in board.rows
    )
    notes = (f"unscored: {board.unscored} verdicts carry no score and enter no number",) if board.unscored else ()
    return Table(f"Mean ratings, {board.n_ratings} ratings, intervals {board.confidence:.0%}", columns, rows, notes)
