"""``jurybox slices PROJECT|FILE --by COLUMN``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from analysis.arguments import Answer, add_common, add_source
from analysis.comparison.corrections import METHODS
from analysis.data import Battles, Coded, Ratings
from analysis.file_columns import table_beside
from analysis.pictures import add_plot, save_picture

STATISTICS = ("mean", "share", "win-rate")


def add_slices_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox slices`` understands."""
    add_source(parser)
    parser.add_argument(
        "--by", required=True, metavar="COLUMN",
        help="a column of the file; of a project rater, system, prompt, batch, split, tag or a KEY of tags",
    )  # fmt: skip
    parser.add_argument("--statistic", choices=STATISTICS, default="mean", help="default: the mean rating")
    parser.add_argument("--value", help="of share: the answer that is counted")
    parser.add_argument("--system", help="of win-rate: whose")
    parser.add_argument("--criterion", help="only this criterion")
    parser.add_argument("--correction", choices=METHODS, default="holm", help="of p over the slices")
    add_common(parser)
    add_plot(parser, "every slice's interval")


def slices_on_file(arguments: argparse.Namespace) -> Answer:
    """Compute a statistic on each slice of a file."""
    table, column = table_beside(Path(arguments.source), arguments.by, arguments)
    return slices_answer([(table, column, None)], arguments)


def slices_answer(
    tables: Sequence[tuple[Battles | Ratings, Coded, str | None]], arguments: argparse.Namespace
) -> Answer:
    """Compute what the arguments say."""
    from analysis.comparison.estimates import Sampling
    from analysis.drift.sliced import Asked, slice_report
    from analysis.slices_report import render_slices, slices_plot

    asked = Asked(arguments.statistic, arguments.value, arguments.system)
    sampling = Sampling(confidence=arguments.confidence, seed=arguments.seed)
    result = slice_report(tables, asked, by=arguments.by, correction=arguments.correction, sampling=sampling)
    if arguments.plot is not None:
        save_picture(arguments.plot, lambda kind: slices_plot(result, theme=arguments.theme, kind=kind))
    return Answer(render_slices(result, "json" if arguments.json else arguments.format))
