"""What the leaderboard page shows: a leaderboard with places on axes, shades and sentences."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.counts import Counts
from analysis.data import Floats
from analysis.drawing import Axis, Mark, axis_over, heat, mark, overlap_groups
from analysis.exposure import FEW_BATTLES
from analysis.leaderboard import Leaderboard, Row
from analysis.options import RATING_NAMES, SHARES
from analysis.win_rates import win_rates

MOST_WITH_COUNTS = 10  # systems in a heatmap whose cells hold the number of battles as well
MOST_TOLD = 0.9995  # of 10,000 draws: nearer to certainty they do not tell
MOST_IN_HEATMAP = 24  # more systems than that make a wall, not a picture


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One system's line, its picture, and whether a bracket joins it to the line below."""

    row: Row
    mark: Mark | None
    joined: bool

    @property
    def rank_set(self) -> str:
        """The places that the data allow, written as 2 or 2–4."""
        row = self.row
        if row.rank_lower is None or row.rank_lower == row.rank_upper:
            return "" if row.rank_lower in (None, row.rank) else str(row.rank_lower)
        return f"{row.rank_lower}–{row.rank_upper}"

    @property
    def is_provisional(self) -> bool:
        """Whether the system has too few battles for its place to mean much."""
        return self.row.battles < FEW_BATTLES

    @property
    def best(self) -> str:
        """The chance to be the best."""
        return chance_of(self.row.p_best)

    @property
    def top(self) -> str:
        """The chance to be among the first few."""
        return chance_of(self.row.p_top_k)


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of the heatmap: the row's share of points against the column."""

    share: float | None
    n: int
    shade: str
    is_itself: bool

    @property
    def points(self) -> str:
        """The share in whole percent."""
        return "" if self.share is None else f"{self.share * 100:.0f}"


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Everything the template needs, and nothing to compute in it."""

    board: Leaderboard
    sentence: str
    chance: str
    axis: Axis | None
    rows: list[ShownRow]
    has_both_bad: bool
    heat_names: list[str]
    heat_rows: list[tuple[str, list[HeatCell]]]

    @property
    def is_share(self) -> bool:
        """Whether ratings are shares of points."""
        return self.board.method in SHARES

    @property
    def rating_name(self) -> str:
        """What stands at the head of the ratings."""
        return RATING_NAMES.get(self.board.method, "Rating")

    @property
    def has_chances(self) -> bool:
        """Whether some system has a chance to be the best."""
        return any(shown.row.p_best is not None for shown in self.rows)

    @property
    def heat_is_dense(self) -> bool:
        """Whether the heatmap has so many cells that each holds a number only."""
        return len(self.heat_names) > MOST_WITH_COUNTS


def board_page(board: Leaderboard, counts: Counts) -> BoardPage:
    """Lay a leaderboard out for the page."""
    ends = [end for row in board.rows for end in (row.rating, row.lower, row.upper)]
    axis = axis_over(ends)
    joined = overlap_groups([_rank_set(row) for row in board.rows])
    names = [row.system for row in board.rows][:MOST_IN_HEATMAP]
    return BoardPage(
        board=board,
        sentence=sentence(board),
        chance=chance(board),
        axis=axis,
        rows=[
            ShownRow(row, mark(axis, row.rating, row.lower, row.upper), below)
            for row, below in zip(board.rows, joined, strict=True)
        ],
        has_both_bad=any(row.both_bad for row in board.rows),
        heat_names=names,
        heat_rows=_heat_rows(names, counts, board),
    )


def sentence(board: Leaderboard) -> str:
    """Answer the page's question in one line: who is first, and how sure that is."""
    first = board.rows[0]
    if len(board.components) > 1:
        return f"These systems fall into {len(board.components)} groups that never met, so there is no one ranking."
    if first.rank_upper is None:
        return f"{first.system} is first of {board.n_systems}."
    rivals = [row.system for row in board.rows[1:] if row.rank_lower == 1]
    if not rivals:
        return f"{first.system} is first of {board.n_systems}, ahead of every other system."
    if len(rivals) > 2:
        return f"{first.system} is ahead, but {len(rivals) + 1} systems could be first."
    return f"{_joined([first.system, *rivals])} cannot be told apart at the top."


def chance(board: Leaderboard) -> str:
    """Say how likely the first of the board is to be the best, where the board knows."""
    first = board.rows[0]
    if first.p_best is None or len(board.components) > 1:
        return ""
    return f"{first.system} is the best with a chance of {chance_of(first.p_best)}."


def chance_of(share: float | None) -> str:
    """Write a share of random draws as a percentage, as far as draws can tell."""
    if share is None:
        return "–"
    if share >= MOST_TOLD:
        return ">\u202f99.9\u202f%"
    return "<\u202f0.1\u202f%" if share <= 1 - MOST_TOLD else f"{share * 100:.1f}\u202f%"


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _rank_set(row: Row) -> tuple[int, int] | None:
    """Return a row's rank set within its component; rows of other components are never joined to it."""
    if row.rank_lower is None or row.rank_upper is None:
        return None
    apart = row.component * 1_000_000
    return row.rank_lower + apart, row.rank_upper + apart


def _heat_rows(names: list[str], counts: Counts, board: Leaderboard) -> list[tuple[str, list[HeatCell]]]:
    rates = win_rates(counts, rule=board.ties, both_bad=board.both_bad)
    places = {name: place for place, name in enumerate(rates.systems)}
    return [
        (name, [_heat_cell(rates.matrix, rates.n, places[name], places[other]) for other in names]) for name in names
    ]


def _heat_cell(matrix: Floats, n: Floats, row: int, column: int) -> HeatCell:
    number = round(float(n[row, column]))
    share = float(matrix[row, column]) if number and row != column else None
    return HeatCell(share, number, heat(share), row == column)
