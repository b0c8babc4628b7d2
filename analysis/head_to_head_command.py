"""``jurybox compare PROJECT|FILE A B``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from analysis.arguments import Answer, add_common, add_source, of_criterion, of_raters
from analysis.battle_files import read_one_criterion
from analysis.comparison.corrections import METHODS
from analysis.data import Battles, Ratings
from analysis.files import is_battles, read_ratings
from analysis.pictures import add_plot, save_picture


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox compare`` understands."""
    add_source(parser)
    parser.add_argument("first", metavar="A", help="a system; differences are A minus B")
    parser.add_argument("second", metavar="B", help="another system")
    parser.add_argument("--criterion", help="only this criterion")
    parser.add_argument("--rounds", type=int, default=10_000, help="of the permutation test (default 10000)")
    parser.add_argument("--correction", choices=METHODS, default="holm", help="of p over several criteria")
    parser.add_argument("--all", action="store_true", help="also the tests that seldom add anything")
    add_common(parser)
    add_plot(parser, "the spread of the differences")


def compare_on_file(arguments: argparse.Namespace) -> Answer:
    """Compare two systems in a file of battles or of ratings."""
    path = Path(arguments.source)
    if not is_battles(path):
        ratings = of_raters(read_ratings(path, missing=arguments.missing), arguments.raters)
        return answer_of([of_criterion(ratings, arguments.criterion)], None, arguments)
    optional = ("prompt", "weight", *(() if arguments.raters == "all" else ("rater",)))
    battles = read_one_criterion(path, criterion=arguments.criterion, optional=optional, missing=arguments.missing)
    return answer_of([of_raters(battles, arguments.raters)], None, arguments)


def answer_of(
    tables: Sequence[Battles | Ratings], criteria: Sequence[str | None] | None, arguments: argparse.Namespace
) -> Answer:
    """Compare as the arguments say."""
    from analysis.comparison.estimates import Sampling
    from analysis.head_to_head import head_to_head
    from analysis.head_to_head_plot import differences_plot
    from analysis.head_to_head_report import render_head_to_head

    sampling = Sampling(confidence=arguments.confidence, seed=arguments.seed)
    result = head_to_head(
        tables,
        arguments.first,
        arguments.second,
        criteria=criteria,
        sampling=sampling,
        rounds=arguments.rounds,
        correction=arguments.correction,
        every=arguments.all,
    )
    if arguments.plot is not None:
        save_picture(arguments.plot, lambda kind: differences_plot(result, theme=arguments.theme, kind=kind))
    return Answer(render_head_to_head(result, "json" if arguments.json else arguments.format))
