"""A picture of how far two systems lie apart, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.comparison.compare import Comparison
from analysis.errors import Undefined, Why
from analysis.head_to_head import HeadToHead
from analysis.plots import THEMES, Theme, dress, new_figure, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 7.2, 2.1  # inches, of one criterion


def differences_plot(result: HeadToHead, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw for each criterion how often the first system was ahead by how much, and the mean with its interval.

    Raises
    ------
    Undefined
        ``empty``: nothing was compared.
    """
    shown = [(one.criterion, one.comparison) for one in result.contests if one.comparison is not None]
    shown = [(criterion, made) for criterion, made in shown if made.n]
    if not shown:
        raise Undefined(Why.EMPTY, f"there is nothing to draw: {result.first} and {result.second} were not compared")
    colours = THEMES[theme]
    with new_figure(WIDTH, HEIGHT * len(shown) + 0.3, colours, kind) as (figure, out):
        axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for place, (criterion, made) in zip(axes, shown, strict=True):
            _draw(place, made, colours)
            dress(place, colours)
            place.set_title(short(criterion or "difference"), loc="left", color=colours.ink, fontsize=9)
            place.set_ylabel("battles" if made.kind == "battles" else "prompts", color=colours.ink_2)
        axes[-1].set_xlabel(f"{short(result.first)} minus {short(result.second)}")
    return out.getvalue()


def _draw(axes: Axes, made: Comparison, colours: Theme) -> None:
    bars = made.differences
    steps = [right - left for left, right in zip(bars.left[:-1], bars.left[1:], strict=True)]
    width = min(steps, default=1.0) * (0.8 if bars.left == bars.right else 0.94)
    for left, right, count in zip(bars.left, bars.right, bars.count, strict=True):
        middle = (left + right) / 2
        colour = colours.win if middle > 0 else colours.loss if middle < 0 else colours.ink_2
        axes.bar(middle, count, width, color=colour)
    axes.axvline(0, color=colours.ink_2, linewidth=0.8)
    mean = made.estimates["difference"]
    height = -0.08 * max(bars.count)
    if mean.value is not None:
        if mean.lower is not None and mean.upper is not None:
            axes.plot([mean.lower, mean.upper], [height, height], color=colours.ink, linewidth=1.6)
        axes.plot([mean.value], [height], marker="D", markersize=4.5, color=colours.ink)
    axes.set_ylim(bottom=-0.16 * max(bars.count))
