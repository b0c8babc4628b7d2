"""A board for each tag of the battles, in one pass over them, with an error that all boards share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from analysis.counts import Counts, tally_by
from analysis.data import Battles, take
from analysis.errors import Undefined, Why
from analysis.leaderboard import Leaderboard, board_from_counts, leaderboard, needs_rows
from analysis.naming import by_name
from analysis.options import Options

Part = TypeVar("Part", Battles, Counts)


@dataclass(frozen=True, slots=True)
class TagBoard:
    """One tag's board; where there is none, ``reason`` (a code) and ``message`` say why."""

    tag: str
    n_battles: int
    board: Leaderboard | None
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class BoardsBy:
    """The board of all battles and one for each tag.

    ``confidence`` is that of all tags' statements together; each tag's board is made at ``confidence_each`` =
    1 - (1 - confidence) / tags (Bonferroni). The board of all battles keeps ``confidence``. ``tags`` counts them all,
    of which ``boards`` has those that were asked for.
    """

    by: str
    tags: int
    confidence: float
    confidence_each: float
    multiplicity: str
    overall: Leaderboard
    boards: tuple[TagBoard, ...]


def boards_by(
    battles: Battles, options: Options, *, by: str = "tag", tagged: Battles | None = None, most: int | None = None
) -> BoardsBy:
    """Rank within each tag, or within those ``most`` tags that have most battles.

    ``tagged`` is given where battles bear several tags: a row for each.

    Raises
    ------
    Undefined
        ``not_recorded``: the battles have no tag; ``empty``: there is no battle.
    """
    rows = by_name(battles if tagged is None else tagged)
    if rows.tag is None:
        raise Undefined(Why.NOT_RECORDED, f"boards by {by} need that column of each battle")
    column = rows.tag.used()
    tags = len(column.names)
    each = 1 - (1 - options.confidence) / max(tags, 1)
    rows = replace(rows, tag=column)
    return BoardsBy(
        by=by,
        tags=tags,
        confidence=options.confidence,
        confidence_each=each,
        multiplicity=f"Bonferroni over {tags} boards: each at {each:.5g}, so that all hold at {options.confidence:g}",
        overall=leaderboard(battles, options),
        boards=_boards(rows, replace(options, confidence=each), most),
    )


def _boards(battles: Battles, options: Options, most: int | None) -> tuple[TagBoard, ...]:
    if battles.tag is None:
        return ()
    number = np.bincount(battles.tag.codes, minlength=len(battles.tag.names))
    chosen = sorted(np.argsort(-number, kind="stable")[:most].tolist())
    counts = None if options.cluster != "none" or options.exposure or needs_rows(options) else tally_by(battles)
    made = []
    for place in chosen:
        tag, played = battles.tag.names[place], int(number[place])
        try:
            if counts is None:
                mine = _played(take(battles, battles.tag.codes == place))
                board = leaderboard(_with_pins(mine, options), options)
            else:
                part = counts[place].only(np.flatnonzero(counts[place].played()))
                board = board_from_counts(_with_pins(part, options), options)
            made.append(TagBoard(tag, played, board))
        except Undefined as error:
            made.append(TagBoard(tag, played, None, error.code, error.message))
    return tuple(made)


def _with_pins(part: Part, options: Options) -> Part:
    """Refuse a tag without the system that ratings are relative to; it is no fault of the call."""
    for name in (options.baseline, options.anchor[0] if options.anchor else None):
        if name is not None and name not in part.systems:
            raise Undefined(Why.EMPTY, f"{name} has no battle here")
    return part


def _played(battles: Battles) -> Battles:
    """Leave out the systems without a battle under this tag."""
    size = len(battles.systems)
    played = np.bincount(np.concatenate([battles.system_a, battles.system_b]), minlength=size) > 0
    place = np.cumsum(played) - 1
    names = tuple(name for name, did in zip(battles.systems, played, strict=True) if did)
    return replace(
        battles, system_a=place[battles.system_a], system_b=place[battles.system_b], systems=names, unscored=0
    )
