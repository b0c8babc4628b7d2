"""``jurybox certify PROJECT|FILE --judge J``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.agreement import LEVELS
from analysis.arguments import (
    DONE,
    NO,
    Answer,
    UsageError,
    add_common,
    add_source,
    listed,
    of_criterion,
    of_raters,
    rows_named,
)
from analysis.data import Table, take
from analysis.files import CERTAINTY_COLUMNS, STYLE_COLUMNS, is_battles, read_battles, read_ratings
from analysis.pictures import save_picture

if TYPE_CHECKING:
    from analysis.certification import Certification
    from analysis.judge_sides import Question
    from analysis.probes import ProbeReport

PICTURES = ("confusion", "calibration", "advantage")
EPSILON = {"experts": 0.2, "skilled": 0.15, "crowd": 0.1}


def add_certify_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox certify`` understands."""
    add_source(parser)
    parser.add_argument(
        "--judge", required=True, help="the rater to try; --raters are the people (default: all others)"
    )
    parser.add_argument("--without", metavar="RATERS", help="of a file: other judges, who are no people either")
    parser.add_argument("--criterion", help="only this criterion")
    parser.add_argument("--level", choices=LEVELS, help="level of measurement of ratings")
    parser.add_argument(
        "--annotators", choices=tuple(EPSILON), default="skilled", help="who the people are, which sets epsilon"
    )
    parser.add_argument("--epsilon", type=float, help="by how much people may be better, instead of --annotators")
    parser.add_argument("--fewest-items", type=int, default=30, help="people with fewer are left out (default 30)")
    parser.add_argument("--own", default="", metavar="SYSTEMS", help="systems of the judge's family, comma-separated")
    parser.add_argument(
        "--probes",
        action="store_true",
        help="of a project: ask the judge about changed items too, or take what it said",
    )
    parser.add_argument("--probe-items", type=int, default=30, metavar="N", help="that are changed (default 30)")
    parser.add_argument("--budget", metavar="USD", help="stop before the probes cost more than this")
    parser.add_argument("--rounds", type=int, default=1000, help="of the bootstrap (default 1000)")
    parser.add_argument("--all", action="store_true", help="every figure in tables too, not only those that decide")
    add_common(parser)
    parser.add_argument("--plot", type=Path, metavar="PATH", help="save a picture of one criterion, .svg or .png")
    parser.add_argument("--picture", choices=PICTURES, default="advantage", help="what --plot draws")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="of the plot")


def certify_on_file(arguments: argparse.Namespace) -> Answer:
    """Try a rater of a file against the others."""
    from analysis.certification import question_of_battles, questions_of

    if arguments.probes:
        raise UsageError("--probes asks a judge of a project; nobody can be asked about a file")
    path = Path(arguments.source)
    if not is_battles(path):
        ratings = read_ratings(path, missing=arguments.missing, optional=CERTAINTY_COLUMNS)
        ratings = _with_judge(ratings, arguments)
        chosen = of_criterion(ratings, arguments.criterion)
        return answer_of(questions_of(chosen, level=arguments.level), arguments)
    if arguments.criterion is not None:
        raise UsageError("--criterion is for projects and ratings; a file of battles has one outcome per row")
    optional = ("prompt", "rater", "shown_first", *STYLE_COLUMNS, *CERTAINTY_COLUMNS)
    battles = _with_judge(read_battles(path, optional=optional, missing=arguments.missing), arguments)
    return answer_of([question_of_battles(battles)], arguments)


def answer_of(
    questions: Sequence[Question], arguments: argparse.Namespace, probes: ProbeReport | None = None
) -> Answer:
    """Try the judge as the arguments say; the exit status is the answer."""
    from analysis.certification import certify
    from analysis.certification_report import render_certification
    from analysis.comparison.estimates import Sampling
    from analysis.judge_sides import Demands

    demands = Demands(
        epsilon=EPSILON[arguments.annotators] if arguments.epsilon is None else arguments.epsilon,
        fewest_items=arguments.fewest_items,
        own=tuple(listed(arguments.own)) if arguments.own else (),
        sampling=Sampling(rounds=arguments.rounds, confidence=arguments.confidence, seed=arguments.seed),
    )
    made = certify(questions, arguments.judge, demands, probes)
    if arguments.plot is not None:
        _save_plot(made, arguments)
    text = render_certification(made, "json" if arguments.json else arguments.format, every=arguments.all)
    return Answer(text, DONE if made.passes else NO)


def _save_plot(made: Certification, arguments: argparse.Namespace) -> None:
    from analysis.judging_plots import draw

    if len(made.cards) > 1:
        names = ", ".join(card.criterion or "" for card in made.cards)
        raise UsageError(f"--plot draws one criterion; add --criterion with one of {names}")
    card = made.cards[0]
    save_picture(arguments.plot, lambda kind: draw(card, arguments.picture, theme=arguments.theme, kind=kind))


def _with_judge(table: Table, arguments: argparse.Namespace) -> Table:
    """Keep the judge's rows and those of the people asked for."""
    if arguments.raters != "all":
        table = of_raters(table, f"{arguments.raters},{arguments.judge}")
    if arguments.without is None:
        return table
    if table.rater is None:
        raise UsageError("--without needs a column rater in the file")
    return take(table, ~rows_named(table.rater, listed(arguments.without), "rater"))
