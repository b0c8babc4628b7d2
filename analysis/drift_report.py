"""How far answers moved, as JSON, as a table, or as bars before and after."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from analysis.comparison.estimates import Estimate, Significance
from analysis.drift.report import DriftReport, Moved
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.plots import Theme

WIDTH, HEIGHT = 7.2, 2.2  # inches, of one criterion
LONGEST_TICK = 14  # characters, above which the names of bins are slanted


def render_drift(result: DriftReport, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}[format_name]
    return write(drift_table(result))


def drift_table(result: DriftReport) -> Table:
    """Lay distances and tests out, one per line."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("kind", "Kind", numeric=False),
        Column("name", "Name", numeric=False),
        Column("value", "Value", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("p_value", "p", number_of),
        Column("n", "n"),
        Column("method", "Method", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple((one.criterion or "", *line) for one in result.criteria for line in _lines(one))
    notes = tuple(_sentence(result, one) for one in result.criteria)
    notes += tuple(f"{note.code}: {note.message}" for note in result.warnings)
    return Table(f"{result.over} from {result.before} to {result.after}", columns, rows, notes)


def drift_plot(result: DriftReport, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw for each criterion the share of every bin before and after, side by side."""
    from analysis.plots import THEMES, dress, new_figure, short

    colours = THEMES[theme]
    shown = [one for one in result.criteria if one.n_before and one.n_after]
    with new_figure(WIDTH, HEIGHT * len(shown) + 0.4, colours, kind) as (figure, out):
        axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for place, one in zip(axes, shown, strict=True):
            _draw(place, one, colours)
            dress(place, colours)
            title = f"{short(one.criterion or result.over)}, {one.n_before} and {one.n_after} answers"
            place.set_title(title, loc="left", color=colours.ink, fontsize=9)
            place.set_ylabel("share", color=colours.ink_2)
            place.grid(axis="y", color=colours.line, linewidth=0.8)
        names = [short(result.before), short(result.after)]
        legend = axes[0].legend(names, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
        for text in legend.get_texts():
            text.set_color(colours.ink)
    return out.getvalue()


def _draw(axes: Axes, one: Moved, colours: Theme) -> None:
    from analysis.plots import short

    places = range(len(one.bins))
    for shift, counts, total, colour in (
        (-0.2, [each.before for each in one.bins], one.n_before, colours.ink_2),
        (0.2, [each.after for each in one.bins], one.n_after, colours.accent),
    ):
        axes.bar([place + shift for place in places], [count / total for count in counts], 0.38, color=colour)
    labels = [short(each.label) for each in one.bins]
    slanted = max(map(len, labels)) * len(labels) > LONGEST_TICK * 7
    axes.set_xticks(places, labels, rotation=30 if slanted else 0, ha="right" if slanted else "center")


def _lines(one: Moved) -> list[tuple[Cell, ...]]:
    moved = one.distances
    return [
        ("test to report", "exchanged", *_test(one.exchanged)),
        ("distance", "psi", *_estimate(moved.psi)),
        ("if nothing moved", "psi expected", moved.psi_expected, None, None, None, moved.psi.n, "", None),
        ("if nothing moved", "psi critical", moved.psi_critical, None, None, None, moved.psi.n, "95 % point", None),
        ("distance", "kl", *_estimate(moved.kl)),
        ("distance", "jensen_shannon", *_estimate(moved.jensen_shannon)),
        ("test", "chi_square", *_test(moved.chi_square)),
        ("test", "kolmogorov_smirnov", *_test(one.kolmogorov_smirnov)),
        ("estimate", "difference of means", *_estimate(one.difference)),
    ]


def _estimate(one: Estimate) -> tuple[Cell, ...]:
    return one.value, one.lower, one.upper, None, one.n, one.method, one.reason


def _test(one: Significance) -> tuple[Cell, ...]:
    return one.statistic, None, None, one.p_value, one.n, one.method, one.reason


def _sentence(result: DriftReport, one: Moved) -> str:
    about = "" if one.criterion is None else f"{one.criterion}: "
    if one.exchanged.p_value is None:
        return f"{about}no test, {one.exchanged.message}"
    biggest = max(one.bins, key=lambda each: abs(each.after / one.n_after - each.before / one.n_before))
    said = (
        f"{about}{biggest.label} moved most, from {biggest.before / one.n_before:.1%} to "
        f"{biggest.after / one.n_after:.1%}; {one.n_before} and {one.n_after} answers"
    )
    if one.adjusted_p is not None and len(result.criteria) > 1:
        said += f"; p {number_of(one.adjusted_p)} corrected ({result.correction})"
    return said
