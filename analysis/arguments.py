"""What every command on a project or a file understands: arguments, exit statuses, and whose rows count."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.data import Coded, Mask, Ratings, Table, take
from analysis.files import MISSING_RULES
from analysis.report import FORMATS

DONE, NO, WRONG = 0, 1, 2
RATER_WORDS = ("all", "human", "judge", "metric")


class UsageError(ValueError):
    """The call asks for something that the data or the options do not allow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: its report and its exit status, which is NO where it answers a question with no."""

    text: str
    status: int = DONE


@dataclass(frozen=True, slots=True)
class Command:
    """One command on a file: its description, its arguments, and what it says to them."""

    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Answer]


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the project or the file."""
    parser.add_argument("source", metavar="PROJECT|FILE", help="a project, or a .csv, .jsonl, .json or .parquet file")


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add whose ratings count, and how the report is written."""
    parser.add_argument(
        "--raters",
        default="all",
        help="all (default), names, comma-separated; of a project also human, judge or metric",
    )
    parser.add_argument("--missing", choices=MISSING_RULES, default="error", help="rows of a file without a value")
    parser.add_argument("--confidence", type=float, default=0.95, help="of every interval (default 0.95)")
    parser.add_argument("--seed", type=int, default=0, help="of whatever is drawn at random (default 0)")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--format", choices=FORMATS, default="table")
    output.add_argument("--json", action="store_true", help="the same as --format json")


def add_plot(parser: argparse.ArgumentParser) -> None:
    """Add the picture."""
    parser.add_argument("--plot", type=Path, metavar="PATH", help="save an interval plot, .svg or .png")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="of the plot")


def rater_list(raters: str) -> str | list[str]:
    """Return the word for a kind of raters, or the names in a comma-separated list."""
    return raters if raters in RATER_WORDS else listed(raters)


def listed(names: str) -> list[str]:
    """Return the names in a comma-separated list."""
    return [name.strip() for name in names.split(",")]


def of_raters(table: Table, raters: str) -> Table:
    """Keep the rows of the raters named in a comma-separated list."""
    if raters == "all":
        return table
    if table.rater is None:
        raise UsageError("--raters needs a column rater in the file")
    return take(table, rows_named(table.rater, listed(raters), "rater"))


def of_criterion(ratings: Ratings, criterion: str | None) -> Ratings:
    """Keep the rows of one criterion."""
    if criterion is None:
        return ratings
    if ratings.criterion is None:
        raise UsageError("--criterion needs a column criterion in the file")
    return take(ratings, rows_named(ratings.criterion, [criterion], "criterion"))


def rows_named(column: Coded, names: list[str], what: str) -> Mask:
    """Say which rows bear one of these names, all of which must be there."""
    unknown = [name for name in names if name not in column.names]
    if unknown:
        known = ", ".join(column.names[:20]) + (", ..." if len(column.names) > 20 else "")
        raise UsageError(f"no {what} {', '.join(unknown)} in the file; it has {known}")
    wanted = np.array([name in names for name in column.names], dtype=np.bool_)
    return np.asarray(wanted[column.codes])
