"""Two systems against each other, as JSON or as a table."""

from __future__ import annotations

import json
from dataclasses import asdict

from analysis.comparison.compare import Comparison
from analysis.comparison.estimates import Estimate, Significance
from analysis.head_to_head import Contest, HeadToHead
from analysis.writers import Cell, Column, Table, as_csv, as_html, as_markdown, as_text, number_of


def render_head_to_head(result: HeadToHead, format_name: str) -> str:
    """Write it in one of the report's formats."""
    if format_name == "json":
        return json.dumps(asdict(result), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    writers = {"table": as_text, "csv": as_csv, "md": as_markdown, "html": as_html}
    return writers[format_name](head_to_head_table(result))


def head_to_head_table(result: HeadToHead) -> Table:
    """Lay estimates, tests and effects out, one per line."""
    columns = (
        Column("criterion", "Criterion", numeric=False),
        Column("kind", "Kind", numeric=False),
        Column("name", "Name", numeric=False),
        Column("value", "Value", number_of),
        Column("lower", "lower", number_of),
        Column("upper", "upper", number_of),
        Column("p_value", "p", number_of),
        Column("n", "n"),
        Column("method", "Method", numeric=False),
        Column("reason", "Undefined because", numeric=False),
    )
    rows = tuple(row for contest in result.contests for row in _rows(contest))
    notes = tuple(_sentence(result, contest) for contest in result.contests)
    notes += tuple(f"{note.code}: {note.message}" for note in result.warnings)
    return Table(f"{result.first} against {result.second}; differences are first minus second", columns, rows, notes)


def _rows(contest: Contest) -> list[tuple[Cell, ...]]:
    name, made = contest.criterion or "", contest.comparison
    if made is None:
        return [(name, "", "", None, None, None, None, 0, "", contest.reason)]
    estimates = [(name, "estimate", key, *_estimate(one)) for key, one in made.estimates.items()]
    tests = [(name, _kind(made, key), key, *_test(one)) for key, one in made.tests.items()]
    return [*estimates, *tests, *((name, "effect", key, *_estimate(one)) for key, one in made.effects.items())]


def _kind(made: Comparison, key: str) -> str:
    return "test to report" if key == made.primary else "test"


def _estimate(one: Estimate) -> tuple[Cell, ...]:
    return one.value, one.lower, one.upper, None, one.n, one.method, one.reason


def _test(one: Significance) -> tuple[Cell, ...]:
    return one.statistic, None, None, one.p_value, one.n, one.method, one.reason


def _sentence(result: HeadToHead, contest: Contest) -> str:
    about = "" if contest.criterion is None else f"{contest.criterion}: "
    if contest.comparison is None:
        return f"{about}not compared, {contest.message}"
    counts, dropped = contest.comparison.counts, contest.comparison.dropped
    said = f"{about}{result.first} ahead {counts.wins}, behind {counts.losses}, level {counts.ties}"
    if dropped:
        said += f"; {dropped} rated for one of the two only and left out"
    if contest.adjusted_p is not None and len(result.contests) > 1:
        said += f"; p {number_of(contest.adjusted_p)} corrected ({result.correction})"
    return said
