"""``jurybox leaderboard PROJECT|FILE --hybrid JUDGE``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.arguments import Answer, UsageError, listed, of_criterion, rows_named
from analysis.battle_files import read_one_criterion
from analysis.data import Battles, Ratings
from analysis.files import is_battles, read_ratings
from analysis.pictures import save_picture

if TYPE_CHECKING:
    from analysis.hybrid.votes import Sampled

# What a hybrid board understands of the leaderboard's options; another one must not be taken and ignored.
_KNOWN = {
    "source", "hybrid", "strata", "probability", "method", "baseline", "both_bad", "cluster", "criterion",
    "raters", "missing", "confidence", "seed", "format", "json", "plot", "theme",
}  # fmt: skip


def add_hybrid_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what turns a leaderboard into a hybrid one."""
    group = parser.add_argument_group(
        "people and a judge together", "a judge's answers to many items make people's to some of them go further"
    )
    group.add_argument("--hybrid", metavar="JUDGE", help="the rater whose answers help; --raters are the people")
    group.add_argument("--strata", metavar="COLUMN", help="of a file: the parts within which people's items were drawn")
    group.add_argument("--probability", metavar="COLUMN", help="of a file: with what chance people got each item")


def hybrid_on_file(arguments: argparse.Namespace, add_arguments: Callable[[argparse.ArgumentParser], None]) -> Answer:
    """Rank the systems of a file of battles or of ratings."""
    refuse_others(arguments, add_arguments)
    path = Path(arguments.source)
    if arguments.criterion is not None and (arguments.strata or arguments.probability):
        raise UsageError("--strata and --probability are for all rows of a file; keep those of one criterion first")
    if is_battles(path):
        battles = read_one_criterion(
            path, criterion=arguments.criterion, optional=("prompt", "rater"), missing=arguments.missing
        )
        return hybrid_answer(battles, arguments, people=_people(battles, arguments), drawn=_drawn(path, arguments))
    ratings = read_ratings(path, missing=arguments.missing)
    chosen = of_criterion(ratings, arguments.criterion)
    return hybrid_answer(chosen, arguments, people=_people(ratings, arguments), drawn=_drawn(path, arguments))


def hybrid_answer(
    table: Battles | Ratings,
    arguments: argparse.Namespace,
    *,
    people: Sequence[str] | None = None,
    drawn: Sampled | None = None,
    lower_is_better: Container[str] = (),
) -> Answer:
    """Rank as the arguments say."""
    from analysis.hybrid.board import hybrid_board
    from analysis.hybrid.rows import HybridOptions
    from analysis.hybrid_report import hybrid_plot, render_hybrid

    options = HybridOptions(
        method=arguments.method,
        baseline=arguments.baseline,
        both_bad=arguments.both_bad,
        cluster=arguments.cluster,
        confidence=arguments.confidence,
        seed=arguments.seed,
        drawn=drawn,
    )
    board = hybrid_board(table, arguments.hybrid, people, options, lower_is_better=lower_is_better)
    if arguments.plot is not None:
        save_picture(arguments.plot, lambda kind: hybrid_plot(board, theme=arguments.theme, kind=kind))
    return Answer(render_hybrid(board, "json" if arguments.json else arguments.format))


def refuse_others(arguments: argparse.Namespace, add_arguments: Callable[[argparse.ArgumentParser], None]) -> None:
    """Refuse the leaderboard's options that a hybrid board would ignore."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    usual = vars(parser.parse_args([str(arguments.source)]))
    given = [name for name, value in usual.items() if name not in _KNOWN and getattr(arguments, name) != value]
    if given:
        shown = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"--hybrid makes a board of its own: leave {shown} out")


def _people(table: Battles | Ratings, arguments: argparse.Namespace) -> list[str] | None:
    if arguments.raters == "all":
        return None
    names = listed(arguments.raters)
    if table.rater is not None:
        rows_named(table.rater, names, "rater")
    return names


def _drawn(path: Path, arguments: argparse.Namespace) -> Sampled | None:
    from analysis.beside import names_beside, numbers_beside
    from analysis.hybrid.votes import Sampled

    if not (arguments.strata or arguments.probability):
        return None
    stratum = names_beside(path, arguments.strata, missing=arguments.missing) if arguments.strata else None
    chance = numbers_beside(path, arguments.probability, missing=arguments.missing) if arguments.probability else None
    return Sampled(stratum, chance)
