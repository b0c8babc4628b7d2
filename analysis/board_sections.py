"""What the leaderboard page shows on request: every pair of systems, and a small board for each tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.board_page import MOST_IN_HEATMAP, MOST_WITH_COUNTS, ShownRow
from analysis.boards_by import BoardsBy, TagBoard
from analysis.difference_matrix import Difference, Differences
from analysis.drawing import Axis, axis_over, mark
from analysis.leaderboard import Leaderboard, Row
from analysis.options import SHARES

MOST_IN_CARD = 12


@dataclass(frozen=True, slots=True)
class PairCell:
    """The row's lead over the column with its interval, in points or percent; ``shade`` tells a lead from a lag."""

    lead: str
    interval: str
    shade: str
    verdict: str
    is_itself: bool


@dataclass(frozen=True, slots=True)
class PairSection:
    """The matrix of differences, and the same pairs one by one."""

    names: list[str]
    rows: list[tuple[str, list[PairCell]]]
    found: Differences
    clear: int

    @property
    def is_dense(self) -> bool:
        """Whether there are so many cells that each holds a number only."""
        return len(self.names) > MOST_WITH_COUNTS


def pair_section(board: Leaderboard, found: Differences) -> PairSection:
    """Lay the differences out as a matrix in the order of the board."""
    names = [row.system for row in board.rows][:MOST_IN_HEATMAP]
    pairs = {(one.first, one.second): one for one in found.pairs}
    scale = 100.0 if found.unit.startswith("share") else 1.0
    rows = [(name, [_cell(pairs, name, other, scale) for other in names]) for name in names]
    clear = sum(one.lower is not None and one.lower > 0 for one in found.pairs)
    return PairSection(names, rows, found, clear)


def _cell(pairs: dict[tuple[str, str], Difference], row: str, column: str, scale: float) -> PairCell:
    if row == column:
        return PairCell("", "", "heat-none", "", is_itself=True)
    one, sign = (pairs[row, column], 1) if (row, column) in pairs else (pairs[column, row], -1)
    if one.difference is None:
        return PairCell("", "", "heat-none", "no common scale", is_itself=False)
    lead = _signed(sign * one.difference * scale)
    if one.lower is None or one.upper is None:
        return PairCell(lead, "", "heat-none", "no interval", is_itself=False)
    ends = sorted((sign * one.lower * scale, sign * one.upper * scale))
    verdict = "ahead" if ends[0] > 0 else "behind" if ends[1] < 0 else "open"
    shade = {"ahead": "heat-15", "behind": "heat-5", "open": "heat-10"}[verdict]
    return PairCell(lead, f"{_signed(ends[0])} to {_signed(ends[1])}", shade, verdict, is_itself=False)


def _signed(number: float) -> str:
    """Write a difference with its sign, a true minus, and as many digits as its size asks for."""
    text = f"{number:+z.0f}" if abs(number) >= 10 else f"{number:+z.1f}"
    return text.replace("-", "\u2212")


@dataclass(frozen=True, slots=True)
class TagCard:
    """One tag's small board, on the axis of all tags; ``reason`` in words where there is none."""

    tag: str
    n_battles: int
    rows: list[ShownRow]
    more: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class TagSection:
    """All tags' boards side by side."""

    by: BoardsBy
    axis: Axis | None
    cards: list[TagCard]
    more: int
    is_share: bool


def tag_section(made: BoardsBy) -> TagSection:
    """Lay the boards of the tags out on one axis, those with most battles first."""
    shown = sorted(made.boards, key=lambda one: -one.n_battles)
    rows = [row for one in shown if one.board is not None for row in one.board.rows[:MOST_IN_CARD]]
    axis = axis_over([end for row in rows for end in (row.rating, row.lower, row.upper)])
    cards = [_card(one, axis) for one in shown]
    is_share = made.overall.method in SHARES
    return TagSection(made, axis, cards, made.tags - len(cards), is_share)


def _card(one: TagBoard, axis: Axis | None) -> TagCard:
    rows: Sequence[Row] = () if one.board is None else one.board.rows
    shown = [ShownRow(row, mark(axis, row.rating, row.lower, row.upper), joined=False) for row in rows[:MOST_IN_CARD]]
    return TagCard(one.tag, one.n_battles, shown, max(0, len(rows) - MOST_IN_CARD), one.message)
