"""``jurybox drift PROJECT|FILE --between A B``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.arguments import Answer, add_common, add_source
from analysis.comparison.corrections import METHODS
from analysis.data import Coded, Floats, Ratings
from analysis.file_columns import ratings_beside
from analysis.pictures import add_plot, save_picture

if TYPE_CHECKING:
    from analysis.drift.report import Parted


def add_drift_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox drift`` understands."""
    add_source(parser)
    parser.add_argument(
        "--between", nargs=2, required=True, metavar=("A", "B"),
        help="two values of the column, or windows that read FROM..TO (dates, times or numbers)",
    )  # fmt: skip
    parser.add_argument(
        "--over", default="rater", metavar="COLUMN",
        help="a column of the file; of a project rater (default), system, time, batch, split, tag or a KEY of tags",
    )  # fmt: skip
    parser.add_argument("--criterion", help="only this criterion")
    parser.add_argument("--bins", type=int, default=10, help="of numbers that are no categories (default 10)")
    parser.add_argument("--rounds", type=int, default=2000, help="of the exchange test (default 2000)")
    parser.add_argument("--correction", choices=METHODS, default="holm", help="of p over several criteria")
    add_common(parser)
    add_plot(parser, "both distributions")


def drift_on_file(arguments: argparse.Namespace) -> Answer:
    """Say how far the answers of a file moved."""
    ratings, column = ratings_beside(Path(arguments.source), arguments.over, arguments)
    return drift_answer([(ratings, column)], arguments)


def drift_answer(tables: Sequence[tuple[Ratings, Coded | Floats]], arguments: argparse.Namespace) -> Answer:
    """Compare the two parts as the arguments say."""
    from analysis.comparison.estimates import Sampling
    from analysis.drift.report import drift_report
    from analysis.drift_report import drift_plot, render_drift

    first, second = arguments.between
    result = drift_report(
        [_parted(ratings, column, first, second) for ratings, column in tables],
        over=arguments.over,
        names=(first, second),
        bins=arguments.bins,
        rounds=arguments.rounds,
        correction=arguments.correction,
        sampling=Sampling(confidence=arguments.confidence, seed=arguments.seed),
    )
    if arguments.plot is not None:
        save_picture(arguments.plot, lambda kind: drift_plot(result, theme=arguments.theme, kind=kind))
    return Answer(render_drift(result, "json" if arguments.json else arguments.format))


def _parted(ratings: Ratings, column: Coded | Floats, first: str, second: str) -> Parted:
    from analysis.drift.report import Parted
    from analysis.drift.samples import rows_of

    before, after = rows_of(column, first), rows_of(column, second)
    if (before & after).any():
        raise ValueError(
            f"{int((before & after).sum())} answers are in {first} and in {second}; parts must be disjoint"
        )
    return Parted(ratings, before, after)
