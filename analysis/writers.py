"""One table of cells, written for a terminal, a spreadsheet, a document or a page."""

from __future__ import annotations

import csv
import html
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, how people read its numbers, and the side they stand on."""

    key: str
    title: str
    shown: Callable[[Any], str] = str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of raw cells under columns, with a title above and notes below."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]


def as_text(table: Table) -> str:
    """Return the table for a terminal, 120 columns wide at least, without control characters."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, pad_edge=False)
    for column in table.columns:
        drawn.add_column(Text(column.title), justify="right" if column.numeric else "left", overflow="fold")
    for row in _shown(table):
        drawn.add_row(*(Text(cell) for cell in row))
    out = io.StringIO()
    console = Console(file=out, width=140, color_system=None, highlight=False)
    console.print(Text(printable(table.title)))  # as the table's own title it would wrap at the table's width
    console.print(drawn)
    for note in table.notes:
        console.print(Text(printable(note)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def as_csv(table: Table) -> str:
    """Return raw cells as CSV; a text that a spreadsheet would run as a formula gets a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows([[_csv_cell(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def as_markdown(table: Table) -> str:
    """Return a Markdown table in which names cannot start markup."""
    lines = [f"**{_markdown(table.title)}**", ""]
    lines.append("| " + " | ".join(column.title for column in table.columns) + " |")
    lines.append("|" + "|".join("--:" if column.numeric else ":--" for column in table.columns) + "|")
    lines += ["| " + " | ".join(_markdown(cell) for cell in row) + " |" for row in _shown(table)]
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in table.notes)]).rstrip() + "\n"


def as_html(table: Table) -> str:
    """Return an HTML fragment, every text escaped."""
    head = "".join(f'<th scope="col">{html.escape(column.title)}</th>' for column in table.columns)
    body = "\n".join(f"<tr>{_html_cells(table, row)}</tr>" for row in _shown(table))
    notes = "".join(f"<li>{html.escape(printable(note))}</li>" for note in table.notes)
    caption = html.escape(printable(table.title))
    listed = f"\n<ul>{notes}</ul>" if notes else ""
    return (
        f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>{listed}\n"
    )


def printable(text: str) -> str:
    """Show control and direction-changing characters as codes: a name must not steer a terminal or a reader."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else f"\\u{ord(c):04x}" for c in text)


def number_of(number: Any) -> str:
    """Write a number for people: three decimals, more where it is small but not zero."""
    if number == 0 or abs(number) >= 0.001 or -ROUNDING < number < 0:  # a small p value is none of rounding's
        return f"{number:z.3f}"
    return f"{number:.1e}"


def _shown(table: Table) -> list[list[str]]:
    return [[_show(column, cell) for column, cell in zip(table.columns, row, strict=True)] for row in table.rows]


def _show(column: Column, cell: Cell) -> str:
    if cell is None:
        return "–" if column.numeric else ""
    return printable(column.shown(cell))


def _html_cells(table: Table, row: list[str]) -> str:
    kinds = (' class="number"' if column.numeric else "" for column in table.columns)
    return "".join(f"<td{kind}>{html.escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))


def _markdown(text: str) -> str:
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|~" else c for c in printable(text))
    return html.escape(escaped, quote=False).replace("://", ":&#47;&#47;")  # a bare address would become a link


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return "'" + cell
    return "" if cell is None else cell
