"""``jurybox disparity PROJECT|FILE --judge J --group COLUMN``."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.arguments import Answer, UsageError, add_common, add_source, listed, rows_named
from analysis.comparison.corrections import METHODS
from analysis.data import Battles, Coded, Mask, Ratings, take
from analysis.drift.groups import Positive
from analysis.file_columns import outcomes_as_ratings, table_beside
from analysis.pairwise import items_of
from analysis.pictures import add_plot, save_picture


def add_disparity_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox disparity`` understands."""
    add_source(parser)
    parser.add_argument("--judge", required=True, help="whose verdicts; --raters are the people (default: all others)")
    parser.add_argument(
        "--group", required=True, metavar="COLUMN",
        help="a column of the file; of a project system, split, tag or a KEY of tags",
    )  # fmt: skip
    parser.add_argument("--reference", metavar="GROUP", help="beside which the others stand (default: the largest)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--at-least", type=float, metavar="X", help="ratings from X on are positive (default for 0/1: 1)"
    )
    which.add_argument("--equals", metavar="ANSWER", help="this answer is positive, such as yes or tie")
    which.add_argument("--system", metavar="S", help="of battles: a win of this system is positive")
    parser.add_argument("--criterion", help="only this criterion")
    parser.add_argument("--correction", choices=METHODS, default="holm", help="of p over the groups")
    add_common(parser)
    add_plot(parser, "every group's rates")


def disparity_on_file(arguments: argparse.Namespace) -> Answer:
    """Say how a judge of a file treats groups."""
    everybody = argparse.Namespace(**{**vars(arguments), "raters": "all"})
    table, column = table_beside(Path(arguments.source), arguments.group, everybody)
    people = None if arguments.raters == "all" else listed(arguments.raters)
    if people is not None and table.rater is not None:
        rows_named(table.rater, people, "rater")
    return disparity_answer([(table, column, None)], people, arguments)


def disparity_answer(
    tables: Sequence[tuple[Battles | Ratings, Coded, str | None]],
    people: Collection[str] | None,
    arguments: argparse.Namespace,
) -> Answer:
    """Compare the groups as the arguments say; battles come with the criterion that decided them."""
    from analysis.comparison.estimates import Sampling
    from analysis.disparity_report import disparity_plot, render_disparity
    from analysis.drift.groups import group_report

    positive, said = positives(arguments)
    result = group_report(
        [made for given in tables if (made := _as_ratings(*given, arguments.system)) is not None],
        arguments.judge,
        people,
        positive,
        group=arguments.group,
        said=said,
        reference=arguments.reference,
        correction=arguments.correction,
        sampling=Sampling(confidence=arguments.confidence, seed=arguments.seed),
    )
    if arguments.plot is not None:
        save_picture(arguments.plot, lambda kind: disparity_plot(result, theme=arguments.theme, kind=kind))
    return Answer(render_disparity(result, "json" if arguments.json else arguments.format))


def positives(arguments: argparse.Namespace) -> tuple[Positive, str]:
    """Return which ratings are positive, and how that reads."""
    if arguments.system is not None:
        return lambda ratings: _from(ratings, 1.0), f"{arguments.system} wins"
    if arguments.equals is not None:
        return lambda ratings: _equal(ratings, arguments.equals), f"answer {arguments.equals}"
    if arguments.at_least is not None:
        return lambda ratings: _from(ratings, arguments.at_least), f"at least {arguments.at_least:g}"
    return _yes, "answer 1"


def _yes(ratings: Ratings) -> Mask:
    if ratings.labels is not None or not bool(np.isin(ratings.value, (0.0, 1.0)).all()):
        raise UsageError("say which answers are positive: --at-least X, --equals ANSWER or, of battles, --system S")
    return _from(ratings, 1.0)


def _from(ratings: Ratings, least: float) -> Mask:
    if ratings.labels is not None:
        raise UsageError(f"answers are {', '.join(ratings.labels)}: --equals says which is positive")
    made: Mask = ratings.value >= least
    return made


def _equal(ratings: Ratings, answer: str) -> Mask:
    if ratings.labels is None:
        try:
            made: Mask = ratings.value == float(answer)
        except ValueError:
            raise UsageError(f"these ratings are numbers, and --equals {answer!r} is none") from None
        return made
    if answer not in ratings.labels:
        raise UsageError(f"no answer reads {answer!r}; answers are {', '.join(ratings.labels)}")
    return np.asarray(ratings.value == ratings.labels.index(answer), dtype=np.bool_)


def _as_ratings(
    table: Battles | Ratings, column: Coded, criterion: str | None, system: str | None
) -> tuple[Ratings, Coded] | None:
    """Return answers as ratings; None for ratings where wins are asked for."""
    if isinstance(table, Ratings):
        return (table, column) if system is None else None
    made, groups = (outcomes_as_ratings(table), column) if system is None else _wins(table, column, system)
    if criterion is None:
        return made, groups
    return replace(made, criterion=Coded(np.zeros(len(made), dtype=np.int64), (criterion,))), groups


def _wins(battles: Battles, column: Coded, system: str) -> tuple[Ratings, Coded]:
    """Return 1 for each battle that the system won and 0 for its others."""
    from analysis.hybrid.outcomes import points

    if system not in battles.systems:
        raise UsageError(f"no system {system!r}; there is {', '.join(battles.systems[:20])}")
    place = battles.systems.index(system)
    rows = (battles.system_a == place) | (battles.system_b == place)
    part = take(battles, rows)
    score = points(part.outcome.astype(np.int64))
    won = np.where(part.system_a == place, score, 1 - score) == 1
    return Ratings(items_of(part), won.astype(np.float64), part.rater, prompt=part.prompt), column.take(rows)
