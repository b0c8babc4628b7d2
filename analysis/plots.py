"""Static pictures: the same result gives the same bytes, as SVG or PNG, on light or dark paper."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.agreement import Agreement, Statistic
from analysis.leaderboard import Leaderboard
from analysis.win_rates import WinRates
from analysis.writers import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "png")
ROW = 0.3  # inches
MOST_NUMBERS = 20  # systems in a heatmap above which its cells are too small for numbers
LONGEST_LABEL = 40  # characters
_AXES = {
    "win-rate": "Share of points won",
    "length-controlled": "Share of points won, at equal length",
    "mean-preference": "Mean preference",
}

_DRAWING = threading.Lock()  # matplotlib's settings are global, and pages are served by threads


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of the pages (their tokens), so that a picture sits in one."""

    surface: str
    ink: str
    ink_2: str
    line: str
    accent: str
    sunken: str
    win: str
    loss: str


THEMES = {
    "light": Theme("#ffffff", "#1b1d21", "#50555e", "#e4e4de", "#1f5fbf", "#f3f3ef", "#0f7f6a", "#8250a8"),
    "dark": Theme("#1c1f23", "#e9eaec", "#b4b9c1", "#2b2f35", "#7fb2ff", "#111316", "#2fbfa0", "#b78be0"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of an interval plot; ``value`` None leaves the line empty but for ``remark``."""

    label: str
    value: float | None
    lower: float | None
    upper: float | None
    remark: str = ""


def leaderboard_plot(board: Leaderboard, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw ratings with their intervals, best on top."""
    marks = [Mark(row.system, row.rating, row.lower, row.upper, row.reason or "") for row in board.rows]
    axis = _AXES.get(board.method, "Rating")
    return interval_plot(marks, axis=_with_interval(axis, board.ci, board.confidence), theme=theme, kind=kind)


def agreement_plot(result: Agreement, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw every coefficient with its interval."""
    marks = [Mark(_label(item), item.value, item.lower, item.upper, item.reason or "") for item in result.statistics]
    axis = _with_interval("Agreement", result.conventions["ci"], result.confidence)
    return interval_plot(marks, axis=axis, theme=theme, kind=kind)


def interval_plot(marks: Sequence[Mark], *, axis: str, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw one point and one interval per line."""
    colours = THEMES[theme]
    with new_figure(7.2, 0.8 + ROW * max(len(marks), 1), colours, kind) as (figure, out):
        axes = figure.add_subplot()
        for place, mark in enumerate(marks):
            draw_mark(axes, place, mark, colours)
        dress(axes, colours)
        axes.set_yticks(range(len(marks)), [short(mark.label) for mark in marks])
        axes.set_ylim(max(len(marks), 1) - 0.5, -0.5)
        axes.set_xlabel(axis)
        axes.grid(axis="x", color=colours.line, linewidth=0.8)
    return out.getvalue()


def win_rate_heatmap(rates: WinRates, order: Sequence[str], *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw each system's share of points against each other, diverging around one half, in the order given."""
    places = [rates.systems.index(name) for name in order]
    return heatmap(
        rates.matrix[np.ix_(places, places)],
        order,
        axis="share of points of the row against the column",
        ends=(0.0, 1.0),
        shown=lambda share: f"{100 * share:.0f}",
        theme=theme,
        kind=kind,
    )


def heatmap(
    matrix: np.ndarray[Any, Any],
    names: Sequence[str],
    *,
    axis: str,
    ends: tuple[float, float],
    shown: Callable[[float], str],
    theme: str = "light",
    kind: str = "svg",
) -> bytes:
    """Draw a square of numbers, diverging around the middle of its ends; NaN cells are left empty."""
    colours = THEMES[theme]
    side = 1.8 + 0.42 * len(names)
    with new_figure(side + 1.2, side, colours, kind) as (figure, out):
        axes = figure.add_subplot()
        axes.imshow(matrix, cmap=_diverging(colours), vmin=ends[0], vmax=ends[1])
        dress(axes, colours)
        axes.set_facecolor(colours.sunken)  # where there is no number
        labels = [short(name) for name in names]
        axes.set_xticks(range(len(names)), labels, rotation=45, ha="right")
        axes.set_yticks(range(len(names)), labels)
        axes.set_xlabel(axis)
        if len(names) <= MOST_NUMBERS:
            _write_numbers(axes, matrix, shown, colours)
    return out.getvalue()


def draw_mark(axes: Axes, place: int, mark: Mark, colours: Theme) -> None:
    """Draw a point and its interval at a place, or the remark on why there is none."""
    if mark.value is None:
        axes.text(
            0.5, place, mark.remark, transform=axes.get_yaxis_transform(), ha="center", va="center", color=colours.ink_2
        )
        return
    if mark.lower is not None and mark.upper is not None:
        axes.plot([mark.lower, mark.upper], [place, place], color=colours.accent, linewidth=1.6, solid_capstyle="butt")
    axes.plot([mark.value], [place], marker="o", markersize=5, color=colours.accent)


def _write_numbers(axes: Axes, matrix: np.ndarray[Any, Any], shown: Callable[[float], str], colours: Theme) -> None:
    for (row, column), number in np.ndenumerate(matrix):
        if not np.isnan(number):
            axes.text(column, row, shown(number), ha="center", va="center", color=colours.ink, fontsize=8)


def _diverging(colours: Theme) -> Any:
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    paper = np.array(to_rgb(colours.surface))
    loss, win = (0.4 * paper + 0.6 * np.array(to_rgb(end)) for end in (colours.loss, colours.win))  # pale, for the text
    return LinearSegmentedColormap.from_list("shares", [loss, paper, win])


def dress(axes: Axes, colours: Theme) -> None:
    """Give axes the colours of a page, without a frame."""
    axes.set_facecolor(colours.surface)
    axes.set_axisbelow(True)
    axes.tick_params(colors=colours.ink_2, labelcolor=colours.ink, length=0)
    axes.xaxis.label.set_color(colours.ink_2)
    for spine in axes.spines.values():
        spine.set_visible(False)


@contextmanager
def new_figure(width: float, height: float, colours: Theme, kind: str) -> Iterator[tuple[Figure, io.BytesIO]]:
    """Give a figure to draw on, and save it without date or version, so that equal input gives equal bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    out = io.BytesIO()
    with _DRAWING, mpl.rc_context(), warnings.catch_warnings():
        mpl.rcParams.update(
            {"svg.hashsalt": "jurybox", "svg.fonttype": "none", "text.parse_math": False, "font.size": 9}
        )
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a name in a script the font lacks: boxes
        figure = Figure(figsize=(width, height), layout="constrained", facecolor=colours.surface)
        FigureCanvasAgg(figure)
        yield figure, out
        nameless = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        figure.savefig(out, format=kind, dpi=144, metadata=nameless)


def _with_interval(axis: str, ci: str, confidence: float) -> str:
    return axis if ci == "none" else f"{axis}, {confidence:.0%} interval"


def _label(item: Statistic) -> str:
    criterion = item.options.get("criterion")
    return f"{criterion}: {item.name}" if criterion else item.name


def short(text: str) -> str:
    """Cut a name to what fits beside an axis, without control characters."""
    text = printable(text)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
