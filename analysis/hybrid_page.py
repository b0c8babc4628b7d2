"""What the hybrid page shows: people's own intervals beside those with a judge's help, on one axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.drawing import Axis, Mark, axis_over, mark, overlap_groups
from analysis.hybrid.board import HybridBoard
from analysis.hybrid.rows import HybridRow

TEST_WORDS = {
    "results": "The judge decides people’s battles as it does the others",
    "pairs": "People’s battles are spread over the pairs of systems as the others are",
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One system's line: three marks on the shared axis, and whether a bracket joins it to the line below."""

    row: HybridRow
    both: Mark | None
    people: Mark | None
    judge: float | None
    joined: bool

    @property
    def rank_set(self) -> str:
        """The places that the data allow, written as 2 or 2–4; nothing where that is the rank."""
        row = self.row
        if row.rank_lower is None or row.rank_upper is None:
            return ""
        if row.rank_lower == row.rank_upper:
            return "" if row.rank_lower == row.rank else str(row.rank_lower)
        return f"{row.rank_lower}–{row.rank_upper}"


@dataclass(frozen=True, slots=True)
class Section:
    """The systems on one criterion, with the axis that their marks share."""

    criterion: str | None
    axis: Axis | None
    rows: list[ShownRow]


@dataclass(frozen=True, slots=True)
class HybridPage:
    """Everything the template needs, and nothing to compute in it."""

    board: HybridBoard
    sentence: str
    help: str
    sections: list[Section]

    @property
    def is_share(self) -> bool:
        """Whether estimates are shares."""
        return self.board.method == "win-rate"

    @property
    def tests(self) -> list[tuple[str, float | None]]:
        """The tests that people's items are a random part, with their p."""
        named = self.board.selection or {
            row.name: row.selection for row in self.board.rows if row.selection is not None
        }
        return [(name, test.p_value) for name, test in named.items()]


def hybrid_page(board: HybridBoard) -> HybridPage:
    """Lay a hybrid board out for the page."""
    criteria = list(dict.fromkeys(row.criterion for row in board.rows))
    sections = [_section(one, [row for row in board.rows if row.criterion == one]) for one in criteria]
    return HybridPage(board, _sentence(board, sections), _help(board), sections)


def _section(criterion: str | None, rows: list[HybridRow]) -> Section:
    axis = axis_over(end for row in rows for end in _ends(row))
    joined = overlap_groups(
        [None if row.rank_lower is None or row.rank_upper is None else (row.rank_lower, row.rank_upper) for row in rows]
    )
    shown = [
        ShownRow(
            row,
            mark(axis, row.estimate.value, row.estimate.lower, row.estimate.upper),
            mark(axis, row.human_only.value, row.human_only.lower, row.human_only.upper),
            None if axis is None or row.judge_only is None else axis.at(row.judge_only),
            below,
        )
        for row, below in zip(rows, joined, strict=True)
    ]
    return Section(criterion, axis, shown)


def _ends(row: HybridRow) -> Iterable[float | None]:
    for one in (row.estimate, row.human_only):
        yield from (one.value, one.lower, one.upper)
    yield row.judge_only


def _sentence(board: HybridBoard, sections: list[Section]) -> str:
    """Answer the page's question in one line: whom people would put first, and how sure that is."""
    if len(sections) != 1:
        return f"What people would say on {len(sections)} criteria, helped by {board.judge}"
    rows = [shown.row for shown in sections[0].rows if shown.row.rank is not None]
    if not rows:
        return "No system can be ranked yet"
    first, rivals = rows[0], [row for row in rows[1:] if row.rank_lower == 1]
    if not rivals:
        return f"People would put {first.system} first of {len(rows)}, ahead of every other system"
    if len(rivals) > 2:
        return f"People would put {first.system} ahead, but {len(rivals) + 1} systems could be first"
    names = [first.system, *(row.system for row in rivals)]
    return f"{', '.join(names[:-1])} and {names[-1]} cannot be told apart at the top"


def _help(board: HybridBoard) -> str:
    """Say how far the judge helps."""
    if board.power is None or board.effective_n is None:
        return ""
    if board.n_human == board.n_judge:
        return f"{board.judge} answered nothing beyond people’s battles, so it adds nothing."
    return (
        f"With {board.judge}’s help the {board.n_human:,} battles that people decided are worth "
        f"{board.effective_n:,.0f} (lambda {board.power:.2f}; 0 ignores the judge, 1 trusts it in full)."
    )
