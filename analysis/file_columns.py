"""A file's answers, each with the value of a column by which they can be parted."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from analysis.arguments import UsageError, listed, rows_named
from analysis.battle_files import CRITERION, read_one_criterion
from analysis.beside import names_beside
from analysis.data import OUTCOMES, Battles, Coded, Mask, Ratings, take
from analysis.files import is_battles, read_ratings
from analysis.pairwise import ratings_from_battles


def ratings_beside(path: Path, column: str, arguments: argparse.Namespace) -> tuple[Ratings, Coded]:
    """Return the ratings asked for, and the column's value for each; outcomes of battles are nominal ratings."""
    table, names = table_beside(path, column, arguments)
    return (outcomes_as_ratings(table) if isinstance(table, Battles) else table), names


def table_beside(path: Path, column: str, arguments: argparse.Namespace) -> tuple[Battles | Ratings, Coded]:
    """Return the battles or ratings of the raters and the criterion asked for, and the column's value for each."""
    names = names_beside(path, column, missing=arguments.missing)
    if is_battles(path):
        battles = read_one_criterion(
            path, criterion=arguments.criterion, optional=("prompt", "rater"), missing=arguments.missing
        )
        if arguments.criterion is not None:
            told = names_beside(path, CRITERION, missing=arguments.missing)
            names = names.take(rows_named(told, [arguments.criterion], CRITERION))
        rows = _asked(battles.rater, arguments.raters, len(battles))
        return take(battles, rows), names.take(rows)
    ratings = read_ratings(path, missing=arguments.missing)
    rows = _asked(ratings.rater, arguments.raters, len(ratings)) & _about(ratings, arguments.criterion)
    return take(ratings, rows), names.take(rows)


def outcomes_as_ratings(battles: Battles) -> Ratings:
    """Return outcomes as ratings of the pairs of responses; without prompts each battle is of its own."""
    if battles.prompt is not None or battles.item is not None:
        return ratings_from_battles(battles)
    number = len(battles)
    return Ratings(
        item=Coded(np.arange(number), tuple(map(str, range(number)))),
        value=battles.outcome.astype(np.float64),
        rater=battles.rater,
        labels=tuple(OUTCOMES),
        unscored=battles.unscored,
    )


def _asked(rater: Coded | None, raters: str, rows: int) -> Mask:
    if raters == "all":
        return np.ones(rows, dtype=np.bool_)
    if rater is None:
        raise UsageError("--raters needs a column rater in the file")
    return rows_named(rater, listed(raters), "rater")


def _about(ratings: Ratings, criterion: str | None) -> Mask:
    if criterion is None:
        return np.ones(len(ratings), dtype=np.bool_)
    if ratings.criterion is None:
        raise UsageError("--criterion needs a column criterion in the file")
    return rows_named(ratings.criterion, [criterion], "criterion")
