"""A board from ratings, as JSON or as tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from itertools import groupby

from analysis.rating_board import RatedSystem, RatingBoard
from analysis.ratings.distributions import Bin, Distribution
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of

CRITERION = Column("criterion", "Criterion", numeric=False)
SYSTEM = Column("system", "System", numeric=False)
MOST_CATEGORIES = 12  # side by side in a table


def render_means(board: RatingBoard, format_name: str) -> str:
    """Write it in one of the report's formats; CSV is the table of systems alone."""
    if format_name == "json":
        return json.dumps(asdict(board), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if format_name == "csv":
        return as_csv(means_table(board))
    write: Callable[[Table], str] = {"table": as_text, "md": as_markdown, "html": as_html}[format_name]
    return "\n".join(write(table) for table in tables(board))


def tables(board: RatingBoard) -> list[Table]:
    """Return the systems, how their ratings spread and, where asked for, the raters and the pairs."""
    found = [means_table(board), *distribution_tables(board)]
    found += [severity_table(board)] if board.severity else []
    found += [pair_table(board)] if board.pairs else []
    return [_trimmed(table) for table in found]


def _trimmed(table: Table) -> Table:
    """Leave out columns without anything in them, such as the criterion where there are none."""
    keep = [place for place in range(len(table.columns)) if any(row[place] not in (None, "") for row in table.rows)]
    columns = tuple(table.columns[place] for place in keep)
    return Table(table.title, columns, tuple(tuple(row[place] for place in keep) for row in table.rows), table.notes)


def means_table(board: RatingBoard) -> Table:
    """Lay the systems out, criterion by criterion."""
    columns = (
        CRITERION,
        Column("rank", "Rank"),
        SYSTEM,
        Column("mean", "Mean", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        *((Column("adjusted", "Adjusted", number_of),) if board.severity else ()),
        Column("median", "Median", number_of),
        Column("top_box", "Top box", number_of),
        *(Column(f"pass_at_{k}", f"pass@{k}", number_of) for k in _attempts(board)),
        Column("n_ratings", "Ratings"),
        Column("n_prompts", "Prompts"),
        Column("lead", "Lead", number_of),
        Column("adjusted_p", "p, corrected", number_of),
        Column("verdict", "Verdict", numeric=False),
    )
    title = f"Mean ratings, {board.n_ratings} ratings, intervals {board.confidence:.0%}"
    if board.standardise == "rater":
        title = f"Mean z-scores by rater, {board.n_ratings} ratings, intervals {board.confidence:.0%}"
    rows = tuple(_means_row(row, with_severity=bool(board.severity)) for row in board.rows)
    return Table(title, columns, rows, _notes(board))


def _means_row(row: RatedSystem, *, with_severity: bool) -> tuple[Cell, ...]:
    adjusted = (None if row.adjusted is None else row.adjusted.value,) if with_severity else ()
    return (
        *(row.criterion or "", row.rank, row.system, row.mean.value, row.mean.lower, row.mean.upper, *adjusted),
        *(row.ordinal.median.value, row.ordinal.top_box.value, *(one.chance.value for one in row.pass_at)),
        *(row.n_ratings, row.n_prompts),
        *(row.lead.value, row.adjusted_p, row.verdict),
    )


def _attempts(board: RatingBoard) -> tuple[int, ...]:
    return tuple(one.k for one in board.rows[0].pass_at)


def _notes(board: RatingBoard) -> tuple[str, ...]:
    notes = [f"{note.code}: {note.message}" + "".join(f" ({name})" for name in note.names) for note in board.warnings]
    if board.unscored:
        notes.append(f"unscored: {board.unscored} verdicts carry no score and enter no number")
    if board.left_out is not None and board.left_out.ratings:
        who = ", ".join(board.left_out.raters)
        notes.append(f"left out: {board.left_out.ratings} ratings without z-scores, of {who}")
    wide = {row.criterion: row.distribution.rule for row in board.rows if not _is_narrow(row.distribution)}
    notes += [f"distribution{f' of {name}' if name else ''}: {rule}; --json, --plot" for name, rule in wide.items()]
    unknown = {(one.chance.reason, one.chance.message) for row in board.rows for one in row.pass_at}
    notes += [f"pass@k, {reason}: {message}" for reason, message in sorted(unknown, key=str) if reason]
    return tuple(notes)


def distribution_tables(board: RatingBoard) -> list[Table]:
    """Lay out the share of each category, criterion by criterion; histograms are for pictures and JSON."""
    parts = [list(rows) for _, rows in groupby(board.rows, key=lambda row: row.criterion)]
    return [_distribution_table(rows) for rows in parts if _is_narrow(rows[0].distribution)]


def _is_narrow(shown: Distribution) -> bool:
    return shown.kind == "categories" and len(shown.bins) <= MOST_CATEGORIES


def _distribution_table(rows: list[RatedSystem]) -> Table:
    shown, criterion = rows[0].distribution, rows[0].criterion
    columns = (SYSTEM, *(Column(bin_name(one), bin_name(one), _whole_percent) for one in shown.bins))
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (row.system, *(one.share for one in row.distribution.bins)) for row in rows
    )
    return Table(f"Distribution of {criterion}" if criterion else "Distribution", columns, cells, (shown.rule,))


def _whole_percent(share: float) -> str:
    return f"{share:.0%}"


def bin_name(one: Bin) -> str:
    """Name a category, or a bin by its ends."""
    return f"{one.lower:g}" if one.lower == one.upper else f"{one.lower:g} to {one.upper:g}"


def severity_table(board: RatingBoard) -> Table:
    """Lay the raters out, the one who gives the lowest values first."""
    columns = (
        *(CRITERION, Column("rater", "Rater", numeric=False), Column("severity", "Adds", number_of)),
        *(Column("lower", "lower", number_of), Column("upper", "upper", number_of), Column("n_ratings", "Ratings")),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple(
        (
            *(fit.criterion or "", rater.rater, rater.severity.value, rater.severity.lower, rater.severity.upper),
            *(rater.n_ratings, rater.severity.reason),
        )
        for fit in board.severity
        for rater in fit.raters
    )
    notes = tuple(
        f"{fit.criterion + ': ' if fit.criterion else ''}beside each {fit.unit}, ridge "
        f"{'none: raters do not differ' if fit.ridge is None else f'{fit.ridge:.3g} ratings'} ({fit.ridge_by})"
        for fit in board.severity
    )
    return Table("What each rater adds", columns, rows, notes)


def pair_table(board: RatingBoard) -> Table:
    """Lay out how often one system is rated above another."""
    columns = (
        *(CRITERION, Column("system_a", "System", numeric=False), Column("system_b", "against", numeric=False)),
        *(Column("probability", "Rated above", number_of), Column("lower", "lower", number_of)),
        *(Column("upper", "upper", number_of), Column("n_prompts", "Prompts")),
    )
    rows = tuple(
        (
            *(pair.criterion or "", pair.system_a, pair.system_b),
            *(pair.probability.value, pair.probability.lower, pair.probability.upper, pair.probability.n),
        )
        for pair in board.pairs
    )
    return Table("Rated above on the same prompt, equal ratings half", columns, rows, ())
