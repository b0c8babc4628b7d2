"""A statistic slice by slice, as JSON, as a table, or as intervals."""

from __future__ import annotations

import json
from dataclasses import asdict

from analysis.drift.sliced import Sliced, SliceReport
from analysis.drift.slices import Slice
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_slices(result: SliceReport, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name]
    return write(slices_table(result))


def slices_table(result: SliceReport) -> Table:
    """Lay the slices out, criterion by criterion."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("slice", result.by, numeric=False),
        Column("value", "Value", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("n", "n"),
        Column("rest", "Rest", number_of),
        Column("p_value", "p", number_of),
        Column("adjusted_p", f"p, {result.correction}", number_of),
        Column("reason", "Missing because", numeric=False),
    )
    rows = tuple(_cells(one, name, each) for one in result.criteria for name, each in one.slices.items())
    untested = {
        each.test.message for one in result.criteria for each in one.slices.values() if each.test.p_value is None
    }
    notes = tuple(f"no test: {message}" for message in sorted(message for message in untested if message))
    return Table(f"{_titled(result)} by {result.by}, each beside the rest", columns, rows, notes)


def slices_plot(result: SliceReport, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw each slice with its interval."""
    from analysis.plots import Mark, interval_plot

    marks = [
        Mark(
            name if one.criterion is None else f"{one.criterion}: {name}",
            each.estimate.value,
            each.estimate.lower,
            each.estimate.upper,
            each.estimate.reason or "",
        )
        for one in result.criteria
        for name, each in one.slices.items()
    ]
    axis = f"{_titled(result)}, {result.confidence:.0%} interval"
    return interval_plot(marks, axis=axis, theme=theme, kind=kind)


def _cells(one: Sliced, name: str, each: Slice) -> tuple[Cell, ...]:
    return (
        one.criterion or "",
        name,
        each.estimate.value,
        each.estimate.lower,
        each.estimate.upper,
        each.estimate.n,
        each.rest.value,
        each.test.p_value,
        each.adjusted_p,
        each.estimate.reason or each.test.reason,
    )


def _titled(result: SliceReport) -> str:
    what = {"mean": "Mean rating", "share": "Share of", "win-rate": "Win rate of"}[result.statistic]
    return what if result.of is None else f"{what} {result.of}"
