"""Pictures of a judge card: the confusion table, the reliability curve, and the judge against each person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.judge_card import JudgeCard
from analysis.judging.against_people import AgainstPeople
from analysis.judging.alternative import PersonResult
from analysis.judging.certainty import Certainty
from analysis.judging.probabilities import CalibrationBin
from analysis.plots import ROW, THEMES, Theme, dress, new_figure, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURES = ("confusion", "calibration", "advantage")
JUDGE = {"light": "#b34d00", "dark": "#f0a44b"}
MOST_NUMBERS = 12  # labels above which a cell is too small for its count


def draw(card: JudgeCard, picture: str, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw one of PICTURES.

    Raises
    ------
    ValueError
        The card has nothing for it to show; the message says why.
    """
    drawn = {"confusion": confusion_plot, "calibration": calibration_plot, "advantage": advantage_plot}
    return drawn[picture](card, theme=theme, kind=kind)


def confusion_plot(card: JudgeCard, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw the confusion table in both units: shares of each row, with the counts written in."""
    units = [made for made in card.labels if made.ties == "with"]
    if not units:
        raise _nothing(card, "labels", "no equal answers to count")
    colours = THEMES[theme]
    size = len(units[0].classes.confusion.labels)
    side = 1.4 + 0.62 * size
    with new_figure(side * len(units) + 0.6, side + 0.8, colours, kind) as (figure, out):
        for axes, made in zip(figure.subplots(1, len(units), squeeze=False)[0], units, strict=True):
            _confusion(axes, made, colours, JUDGE[theme])
    return out.getvalue()


def calibration_plot(card: JudgeCard, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw what was said against what happened, bin by bin, above how many fell into each."""
    curves = [made for made in card.certainty if any(part.n for part in made.judge.curve)]
    if not curves:
        raise _nothing(card, "confidence", "no probabilities to calibrate")
    colours = THEMES[theme]
    with new_figure(3.9 * len(curves) + 0.2, 4.4, colours, kind) as (figure, out):
        grid = figure.subplots(2, len(curves), squeeze=False, sharex=True, height_ratios=(3, 1))
        for place, made in enumerate(curves):
            parts = [part for part in made.judge.curve if part.n]
            _reliability(grid[0, place], parts, made, colours, JUDGE[theme])
            _counts(grid[1, place], parts, colours, JUDGE[theme])
    return out.getvalue()


def advantage_plot(card: JudgeCard, *, theme: str = "light", kind: str = "svg") -> bytes:
    """Draw by how much the judge is nearer to the others than each person is, and how far behind it may be."""
    people = by_lead(card.test.people)
    if not people:
        raise ValueError(f"there is no such picture: {card.test.message}")
    colours = THEMES[theme]
    with new_figure(7.2, 1.0 + ROW * len(people), colours, kind) as (figure, out):
        axes = figure.add_subplot()
        for place, person in enumerate(people):
            _lead(axes, place, person, JUDGE[theme], colours)
        dress(axes, colours)
        axes.axvline(-card.test.epsilon, color=colours.ink_2, linewidth=1, linestyle="--", zorder=1)
        axes.set_yticks(range(len(people)), [short(card.people[person.rater]) for person in people])
        axes.set_ylim(len(people) - 0.5, -0.5)
        axes.set_xlabel(
            f"judge ahead of the person, share of items; it may be {card.test.epsilon:g} behind (dashed)\n"
            "filled: it holds its own; hollow: that is not shown"
        )
        axes.grid(axis="x", color=colours.line, linewidth=0.8)
    return out.getvalue()


def by_lead(people: Sequence[PersonResult]) -> list[PersonResult]:
    """Return the people, first those whom the judge leads by most."""
    return sorted(people, key=lambda person: (-(person.advantage - person.person_advantage), person.rater))


def _confusion(axes: Axes, made: AgainstPeople, colours: Theme, judge: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    table = made.classes.confusion.table
    labels = [short(label) for label in made.classes.confusion.labels]
    total = table.sum(axis=1, keepdims=True)
    share = np.divide(table, total, out=np.zeros(table.shape), where=total > 0)
    paper = np.array(to_rgb(colours.surface))
    ends = np.array([paper, 0.35 * paper + 0.65 * np.array(to_rgb(judge))])  # pale, for the text
    axes.imshow(share, cmap=LinearSegmentedColormap.from_list("shares", ends), vmin=0, vmax=1)
    dress(axes, colours)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("the judge said")
    axes.set_ylabel("a person said" if made.unit.endswith("pairs") else "most people said", color=colours.ink_2)
    axes.set_title(f"{made.unit}, {int(table.sum())}", color=colours.ink, fontsize=9)
    if len(labels) <= MOST_NUMBERS:
        for (row, column), count in np.ndenumerate(table):
            axes.text(column, row, f"{count}", ha="center", va="center", color=colours.ink, fontsize=8)


def _reliability(axes: Any, parts: Sequence[CalibrationBin], made: Certainty, colours: Theme, judge: str) -> None:
    said, share = ([getattr(part, name) for part in parts] for name in ("mean_probability", "share"))
    axes.plot([0, 1], [0, 1], color=colours.ink_2, linewidth=1, linestyle="--")
    for part in parts:
        axes.plot([part.mean_probability] * 2, [part.lower, part.upper], color=judge, linewidth=1.6)
    axes.plot(said, share, marker="o", markersize=5, color=judge, linewidth=1)
    dress(axes, colours)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color=colours.line, linewidth=0.8)
    event = "people said the same" if made.source == "confidence" else "people said the higher"
    axes.set_ylabel(f"share where {event}", color=colours.ink_2)
    axes.set_title(f"{made.source}, {made.unit}", color=colours.ink, fontsize=9)


def _counts(axes: Axes, parts: Sequence[CalibrationBin], colours: Theme, judge: str) -> None:
    edges = [part.lower_edge for part in parts]
    width = parts[0].upper_edge - parts[0].lower_edge
    axes.bar(edges, [part.n for part in parts], width=0.92 * width, align="edge", color=judge, alpha=0.55)
    dress(axes, colours)
    axes.set_xlabel("chance that was stated")
    axes.set_ylabel("answers", color=colours.ink_2)


def _lead(axes: Any, place: int, person: PersonResult, judge: str, colours: Theme) -> None:
    lead = person.lead
    if lead.lower is not None and lead.upper is not None:
        axes.plot([lead.lower, lead.upper], [place, place], color=judge, linewidth=1.6, solid_capstyle="butt")
    face = judge if person.rejected else colours.surface  # a hollow mark is a person whom the judge does not match
    axes.plot([lead.value], [place], marker="o", markersize=5.5, color=judge, markerfacecolor=face)


def _nothing(card: JudgeCard, part: str, otherwise: str) -> ValueError:
    gap = card.missing.get(part)
    return ValueError(f"there is no such picture: {otherwise if gap is None else gap.message}")
