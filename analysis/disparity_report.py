"""How a judge treats groups, as JSON, as a table, or as rates side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from analysis.drift.disparity import Disparity
from analysis.drift.groups import GroupedJudge, GroupReport
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_disparity(result: GroupReport, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name]
    return write(disparity_table(result))


def disparity_table(result: GroupReport) -> Table:
    """Lay rates out with their gaps to the reference group."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("rate", "Rate", numeric=False),
        Column("group", result.group, numeric=False),
        Column("value", "Value", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("n", "n"),
        Column("difference", "Gap", number_of),
        Column("difference_lower", "lower", number_of),
        Column("difference_upper", "upper", number_of),
        Column("ratio", "Ratio", number_of),
        Column("adjusted_p", f"p, {result.correction}", number_of),
        Column("reason", "Missing because", numeric=False),
    )
    rows = tuple(
        row for one in result.criteria for name, made in rates_of(one) for row in _rows(one.criterion or "", name, made)
    )
    title = f"{result.judge} by {result.group}; positive: {result.positive}"
    return Table(title, columns, rows, tuple(_notes(result)))


def disparity_plot(result: GroupReport, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw every rate of every group."""
    from analysis.plots import Mark, interval_plot

    marks = [
        Mark(
            " ".join(filter(None, (one.criterion, name, group))), rate.value, rate.lower, rate.upper, rate.reason or ""
        )
        for one in result.criteria
        for name, made in rates_of(one)
        for group, rate in made.rates.items()
    ]
    return interval_plot(marks, axis=f"Rate, {result.confidence:.0%} interval", theme=theme, kind=kind)


def rates_of(one: GroupedJudge) -> tuple[tuple[str, Disparity], ...]:
    """Return the four comparisons with their names."""
    odds = one.equalised_odds
    return (
        ("positive", one.rates),
        ("like most people", one.accuracy),
        ("true positive", odds.true_positive_rate),
        ("false positive", odds.false_positive_rate),
    )


def _rows(criterion: str, name: str, made: Disparity) -> Iterator[tuple[Cell, ...]]:
    for group, rate in made.rates.items():
        gap = made.gaps.get(group)
        beside: tuple[Cell, ...] = (None, None, None, None, None, rate.reason)
        if gap is not None:
            one = gap.difference
            beside = (one.value, one.lower, one.upper, gap.ratio.value, gap.adjusted_p, gap.test.reason or rate.reason)
        shown = f"{group} (reference)" if group == made.reference else group
        yield (criterion, name, shown, rate.value, rate.lower, rate.upper, rate.n, *beside)


def _notes(result: GroupReport) -> Iterator[str]:
    for one in result.criteria:
        about = "" if one.criterion is None else f"{one.criterion}: "
        gap = one.equalised_odds.largest_gap
        said = "not known" if gap is None else number_of(gap)
        yield (
            f"{about}largest gap in true or false positive rates {said}; people settled {one.n_settled} of the judge's "
            f"{one.n_judged} answers and are level on {one.unsettled}"
        )
    for note in result.warnings:
        yield f"{note.code}: {note.message}"
