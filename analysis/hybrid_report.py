"""A hybrid board, as JSON, as a table, or as a picture of what the judge's help changes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from analysis.comparison.estimates import Estimate
from analysis.hybrid.board import HybridBoard
from analysis.hybrid.rows import HybridRow
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PEOPLE = {"light": "#0072b2", "dark": "#56b4e9"}  # the pages' colours of people and of judges
JUDGE = {"light": "#b34d00", "dark": "#f0a44b"}
ROW = 0.42  # inches


def render_hybrid(board: HybridBoard, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(board), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name]
    return write(hybrid_table(board))


def hybrid_table(board: HybridBoard) -> Table:
    """Lay the systems out, with people's own answers beside the estimate."""
    shown = _points if board.method == "bradley-terry" else number_of
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("rank", "Rank", str),
        Column("rank_lower", "best"),
        Column("rank_upper", "worst"),
        Column("system", "System", numeric=False),
        Column("estimate", "Both", shown),
        Column("lower", "lower", shown),
        Column("upper", "upper", shown),
        Column("human_only", "People", shown),
        Column("human_lower", "lower", shown),
        Column("human_upper", "upper", shown),
        Column("judge_only", "Judge", shown),
        Column("lambda", "Lambda", lambda power: f"{power:.2f}"),
        Column("n_human", "n people"),
        Column("n_judge", "n judge"),
        Column("effective_n", "Worth", lambda n: f"{n:.0f}"),
        Column("reason", "Undefined because", numeric=False),
    )
    several = any(row.criterion is not None for row in board.rows)
    places = range(len(columns)) if several else range(1, len(columns))
    rows = tuple(tuple(_cells(row)[place] for place in places) for row in board.rows)
    return Table(_title(board), tuple(columns[place] for place in places), rows, _notes(board))


def hybrid_plot(board: HybridBoard, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw for each system people's own interval, and below it the one with the judge's help."""
    from analysis.plots import THEMES, dress, new_figure, short

    colours = THEMES[theme]
    with new_figure(7.2, 1.1 + ROW * max(len(board.rows), 1), colours, kind) as (figure, out):
        axes = figure.add_subplot()
        for place, row in enumerate(board.rows):
            for one, lift, colour, mark in (
                (row.human_only, -0.16, PEOPLE[theme], "o"),
                (row.estimate, 0.16, colours.ink, "D"),
            ):
                if one.value is None:
                    continue
                if one.lower is not None and one.upper is not None:
                    axes.plot([one.lower, one.upper], [place + lift] * 2, color=colour, linewidth=1.6)
                axes.plot([one.value], [place + lift], marker=mark, markersize=4.5, color=colour)
            if row.judge_only is not None:
                axes.plot([row.judge_only], [place], marker="|", markersize=11, color=JUDGE[theme])
        _label(axes, theme, colours.ink)
        dress(axes, colours)
        axes.set_yticks(range(len(board.rows)), [short(row.name) for row in board.rows])
        axes.set_ylim(len(board.rows) - 0.5, -0.5)
        axes.set_xlabel(f"{_UNITS[board.method]}, {board.confidence:.0%} interval")
        axes.grid(axis="x", color=colours.line, linewidth=0.8)
    return out.getvalue()


def _label(axes: Axes, theme: str, ink: str) -> None:
    from matplotlib.lines import Line2D

    named = (("people", PEOPLE[theme], "o"), ("people and judge", ink, "D"), ("judge", JUDGE[theme], "|"))
    lines = [Line2D([], [], color=colour, marker=mark, linestyle="", label=name) for name, colour, mark in named]
    axes.legend(handles=lines, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, labelcolor=ink)


def _cells(row: HybridRow) -> tuple[Cell, ...]:
    return (
        row.criterion or "",
        row.rank,
        row.rank_lower,
        row.rank_upper,
        row.system,
        *_ends(row.estimate),
        *_ends(row.human_only),
        row.judge_only,
        row.power,
        row.n_human,
        row.n_judge,
        row.effective_n,
        row.estimate.reason,
    )


def _ends(one: Estimate) -> tuple[Cell, ...]:
    return one.value, one.lower, one.upper


def _title(board: HybridBoard) -> str:
    against = "" if board.baseline is None else f" against {board.baseline}"
    return (
        f"{_TITLES[board.method]}{against} as people would have it, helped by {board.judge}; "
        f"people answered {board.n_human} of {board.n_judge} items"
    )


def _notes(board: HybridBoard) -> tuple[str, ...]:
    said = [f"{note.code}: {note.message}{_listed(note.names)}" for note in board.warnings]
    if board.power is not None and board.effective_n is not None:
        said.insert(0, f"lambda {board.power:.2f}; worth {board.effective_n:.0f} of people's battles")
    return tuple(said)


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    return f" ({', '.join(names[:10])}{f' and {len(names) - 10} more' if len(names) > 10 else ''})"


def _points(rating: float) -> str:
    return f"{rating:z.0f}"


_TITLES = {"bradley-terry": "Ratings", "win-rate": "Win rates", "mean": "Mean ratings"}
_UNITS = {"bradley-terry": "Rating", "win-rate": "Win rate", "mean": "Mean rating"}
