"""Pictures of a board from ratings: how each system's ratings spread, beside their mean with its interval."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Undefined, Why
from analysis.plots import ROW, THEMES, Mark, Theme, draw_mark, dress, new_figure, short
from analysis.rating_board import RatedSystem, RatingBoard
from analysis.rating_report import bin_name
from analysis.ratings.distributions import Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BIN_LABELS = 7  # below an axis of distributions
TALLEST = 0.84  # of a row, that a bar may take
MOST_SYSTEMS = 40  # of a criterion
MOST_PANELS = 20  # a taller picture is more than a PNG can hold
TITLE = 0.9  # inches that a criterion's title and axes take


def rating_plot(board: RatingBoard, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw each criterion as a panel: the shares of each category or bin, and the means with their intervals.

    Raises
    ------
    Undefined
        ``too_many_values``: more criteria than a picture holds. Of many systems the first are drawn.
    """
    colours = THEMES[theme]
    panels = [(name, list(rows)) for name, rows in groupby(board.rows, key=lambda row: row.criterion)]
    if len(panels) > MOST_PANELS:
        text = f"a picture holds {MOST_PANELS} criteria, and here are {len(panels)}; choose one"
        raise Undefined(Why.TOO_MANY_VALUES, text)
    heights = [TITLE + ROW * min(len(rows), MOST_SYSTEMS) for _, rows in panels]
    with new_figure(8.4, sum(heights) + 0.1, colours, kind) as (figure, out):
        grid = figure.add_gridspec(len(panels), 2, height_ratios=heights, width_ratios=(1.15, 1))
        for place, (name, rows) in enumerate(panels):
            left, right = figure.add_subplot(grid[place, 0]), figure.add_subplot(grid[place, 1])
            _draw_distributions(left, rows[:MOST_SYSTEMS], colours)
            _draw_means(right, rows[:MOST_SYSTEMS], board, colours)
            left.set_title(_title(name, len(rows)), loc="left", fontsize=10, fontweight="bold", color=colours.ink)
    return out.getvalue()


def _title(name: str | None, systems: int) -> str:
    some = f"the first {MOST_SYSTEMS} of {systems} systems" if systems > MOST_SYSTEMS else ""
    return ", ".join(part for part in (short(name) if name else "", some) if part)


def _draw_distributions(axes: Axes, rows: list[RatedSystem], colours: Theme) -> None:
    """Draw a line of bars for each system; all bars of a panel share one scale of heights."""
    bins = rows[0].distribution.bins
    shares = np.array([[one.share for one in row.distribution.bins] for row in rows])
    place = np.arange(len(bins))
    for number, line in enumerate(shares):
        height = TALLEST * line / shares.max()
        axes.bar(place, height, width=0.9, bottom=number + TALLEST / 2 - height, color=colours.accent, linewidth=0)
        axes.axhline(number + TALLEST / 2, color=colours.line, linewidth=0.8)
    dress(axes, colours)
    _rows(axes, rows)
    axes.set_xlim(-0.6, len(bins) - 0.4)
    ticks, labels = _bin_labels(bins)
    axes.set_xticks(ticks, labels)
    axes.set_xlabel(f"rating (tallest bar {shares.max():.0%} of a system's)")


def _bin_labels(bins: tuple[Bin, ...]) -> tuple[list[float], list[str]]:
    """Name categories below their bars, and the ends of bins between them; only some where there are many."""
    if bins[0].lower == bins[0].upper:
        step = -(-len(bins) // (2 * MOST_BIN_LABELS))
        return [float(place) for place in range(0, len(bins), step)], [bin_name(one) for one in bins[::step]]
    edges = [one.lower for one in bins] + [bins[-1].upper]
    step = -(-len(edges) // MOST_BIN_LABELS)
    return [place - 0.5 for place in range(0, len(edges), step)], [f"{edge:g}" for edge in edges[::step]]


def _draw_means(axes: Axes, rows: list[RatedSystem], board: RatingBoard, colours: Theme) -> None:
    for place, row in enumerate(rows):
        draw_mark(axes, place, Mark(row.system, row.mean.value, row.mean.lower, row.mean.upper), colours)
    dress(axes, colours)
    _rows(axes, rows)
    axes.set_yticklabels([])
    axes.grid(axis="x", color=colours.line, linewidth=0.8)
    what = "mean z-score" if board.standardise == "rater" else "mean rating"
    axes.set_xlabel(f"{what}, {board.confidence:.0%} interval")


def _rows(axes: Any, rows: list[RatedSystem]) -> None:
    axes.set_yticks(range(len(rows)), [short(row.system) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
