"""What the ratings page shows: a board of means with places on axes, bars of distributions and sentences."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import groupby

from analysis.drawing import Axis, Mark, axis_over, heat, mark
from analysis.errors import Why
from analysis.rating_board import RatedSystem, RatingBoard
from analysis.rating_report import bin_name
from analysis.ratings.distributions import Bin
from analysis.ratings.severity import RaterSeverity, SeverityFit
from analysis.ratings.superiority import Superiority

BARS_WIDTH, BARS_HEIGHT = 150.0, 26.0  # of a distribution, in the units of its viewBox
GAP = 0.12  # of a bar's width
MOST_RATERS = 24  # listed; of more, the lowest and the highest
MOST_PAIRED = 16  # systems in a table of who is rated above whom


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a distribution, and what it says."""

    x: float
    y: float
    width: float
    height: float
    name: str
    share: float
    count: int


@dataclass(frozen=True, slots=True)
class ShownSystem:
    """One system's line on one criterion, with its pictures."""

    row: RatedSystem
    mark: Mark | None
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class ShownRater:
    """One rater's line: who it is, and what they add."""

    rater: RaterSeverity
    kind: str
    mark: Mark | None

    @property
    def colour(self) -> str:
        """Whose colour the line has."""
        return {"person": "people"}.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Severities:
    """The raters of one criterion on one axis; ``hidden`` counts those between the ends who are not listed."""

    fit: SeverityFit
    axis: Axis | None
    raters: list[ShownRater]
    hidden: int


@dataclass(frozen=True, slots=True)
class PairCell:
    """How often the row's system is rated above the column's, with the interval, in percent; over ``n`` prompts."""

    points: str
    shade: str
    interval: str
    n: int


@dataclass(frozen=True, slots=True)
class CriterionRatings:
    """One criterion: its systems, best first, and its raters or why nothing can be said about them."""

    criterion: str
    lower_is_better: bool
    axis: Axis | None
    systems: list[ShownSystem]
    rule: str
    ends: tuple[str, str]
    boxes: bool
    pairs: list[tuple[str, list[PairCell | None]]]
    severities: Severities | None
    no_severity: str


@dataclass(frozen=True, slots=True)
class RatingPage:
    """Everything the template needs, and nothing to compute in it."""

    board: RatingBoard
    sentence: str
    sections: list[CriterionRatings]
    overview: list[tuple[str, list[RatedSystem | None]]]
    notable: int


def rating_page(
    board: RatingBoard,
    *,
    kinds: Mapping[str, str],
    lower_is_better: Container[str | None],
) -> RatingPage:
    """Lay a board out for the page; ``kinds`` says of a rater's name whether it is a person, a judge or a metric."""
    groups = [(name, list(rows)) for name, rows in groupby(board.rows, key=lambda row: row.criterion)]
    fits = {fit.criterion: fit for fit in board.severity}
    reasons = {note.names[0] if note.names else None: note.message for note in board.warnings if note.code in _WORTH}
    pairs = {name: [pair for pair in board.pairs if pair.criterion == name] for name, _ in groups}
    sections = [
        _section(name, rows, fits.get(name), pairs[name], kinds, name in lower_is_better, reasons.get(name, ""))
        for name, rows in groups
    ]
    notable = sum(row.verdict is not None for row in board.rows)
    return RatingPage(board, sentence(groups), sections, _overview(groups), notable)


def sentence(groups: list[tuple[str | None, list[RatedSystem]]]) -> str:
    """Answer the page's question in one line: who is rated best on what."""
    firsts = [[row.system for row in rows if row.rank == 1] for _, rows in groups]
    if len(groups) == 1:
        name, rows = groups[0]
        on = f" on {name}" if name else ""
        if len(firsts[0]) > 1:
            return f"{len(firsts[0])} systems share the best mean rating{on}"
        if len(rows) == 1:
            return f"Only {firsts[0][0]} has been rated{on}, so there is nothing to compare it with"
        leads = rows[0].verdict == "strength"
        return f"{firsts[0][0]} is rated best{on}{', and not by chance' if leads else ''}"
    if len({row.system for _, rows in groups for row in rows}) == 1:
        return f"Only {firsts[0][0]} has been rated, so there is nothing to compare it with"
    won = {name: sum(name in first for first in firsts) for first in firsts for name in first}
    best = max(won.values())
    names = sorted(name for name, number in won.items() if number == best)
    on = f"rated best on {best} of {len(groups)} criteria"
    if len(names) == 1:
        return f"{names[0]} is {on}"
    return f"{' and '.join(names) if len(names) == 2 else f'{len(names)} systems'} are each {on}"


def bars_of(bins: tuple[Bin, ...], tallest: float) -> list[Bar]:
    """Place the bars of a distribution; ``tallest`` is the share that fills the height."""
    step = BARS_WIDTH / len(bins)
    bars = []
    for place, one in enumerate(bins):
        height = round(BARS_HEIGHT * one.share / tallest, 2) if one.count else 0.0
        left = round(step * (place + GAP / 2), 2)
        width = round(step * (1 - GAP), 2)
        bars.append(Bar(left, round(BARS_HEIGHT - height, 2), width, height, bin_name(one), one.share, one.count))
    return bars


def _section(
    name: str | None,
    rows: list[RatedSystem],
    fit: SeverityFit | None,
    pairs: list[Superiority],
    kinds: Mapping[str, str],
    low_is_good: bool,
    no_severity: str,
) -> CriterionRatings:
    axis = axis_over(end for row in rows for end in (row.mean.value, row.mean.lower, row.mean.upper))
    tallest = max(one.share for row in rows for one in row.distribution.bins)
    bins = rows[0].distribution.bins
    return CriterionRatings(
        criterion=name or "ratings",
        lower_is_better=low_is_good,
        axis=axis,
        systems=[
            ShownSystem(
                row,
                mark(axis, row.mean.value, row.mean.lower, row.mean.upper),
                bars_of(row.distribution.bins, tallest),
            )
            for row in rows
        ],
        rule=rows[0].distribution.rule,
        ends=(f"{bins[0].lower:g}", f"{bins[-1].upper:g}"),
        boxes=any(row.ordinal.top_box.value is not None for row in rows),
        pairs=_pair_rows([row.system for row in rows], pairs) if 1 < len(rows) <= MOST_PAIRED else [],
        severities=None if fit is None else _severities(fit, kinds),
        no_severity=no_severity,
    )


def _severities(fit: SeverityFit, kinds: Mapping[str, str]) -> Severities:
    ends = [end for one in fit.raters for end in (one.severity.value, one.severity.lower, one.severity.upper)]
    axis = axis_over([*ends, 0.0])
    listed = fit.raters
    if len(listed) > MOST_RATERS:
        listed = listed[: MOST_RATERS // 2] + listed[-MOST_RATERS // 2 :]
    shown = [
        ShownRater(
            one,
            kinds.get(one.rater, "person"),
            mark(axis, one.severity.value, one.severity.lower, one.severity.upper),
        )
        for one in listed
    ]
    return Severities(fit, axis, shown, len(fit.raters) - len(listed))


def _pair_rows(names: list[str], pairs: list[Superiority]) -> list[tuple[str, list[PairCell | None]]]:
    """Return the table of who is rated above whom, systems in their order on the criterion."""
    found: dict[tuple[str, str], PairCell] = {}
    for pair in pairs:
        known, a, b = pair.probability, pair.system_a, pair.system_b
        ends = (known.lower, known.upper)
        found[a, b] = _pair_cell(known.value, ends, known.n)
        turned = tuple(None if end is None else 1 - end for end in reversed(ends))
        found[b, a] = _pair_cell(None if known.value is None else 1 - known.value, (turned[0], turned[1]), known.n)
    return [(name, [found.get((name, other)) for other in names]) for name in names]


def _pair_cell(share: float | None, ends: tuple[float | None, float | None], n: int) -> PairCell:
    if share is None:
        return PairCell("", heat(None), "", 0)
    low, high = ends
    interval = "" if low is None or high is None else f"{100 * low:.0f}–{100 * high:.0f}"
    return PairCell(f"{100 * share:.0f}", heat(share), interval, n)


def _overview(groups: list[tuple[str | None, list[RatedSystem]]]) -> list[tuple[str, list[RatedSystem | None]]]:
    """Return each system's row on each criterion, the system that is first most often on top."""
    found = [{row.system: row for row in rows} for _, rows in groups]
    names = {name for rows in found for name in rows}

    def standing(name: str) -> tuple[float, str]:
        ranks = [rows[name].rank for rows in found if name in rows]
        return sum(ranks) / len(ranks), name

    return [(name, [rows.get(name) for rows in found]) for name in sorted(names, key=standing)]


_WORTH = (Why.DISCONNECTED, Why.TOO_MANY_VALUES)  # a single rater is no news
