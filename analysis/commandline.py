"""The commands on numbers: arguments in, a report out. They run on a file without Django."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from analysis import options as board_options
from analysis.agreement_command import add_agreement_arguments, agreement_on_file
from analysis.arguments import (
    WRONG,
    Answer,
    Command,
    UsageError,
    add_common,
    add_plot,
    add_source,
    of_criterion,
    of_raters,
)
from analysis.battle_files import read_one_criterion
from analysis.board_arguments import add_extra_arguments, columns_for_extras, extras_of
from analysis.certify_command import add_certify_arguments, certify_on_file
from analysis.contextual.arguments import (
    OF_CONTEXT,
    add_context_arguments,
    columns_for_context,
    context_of,
    save_if_asked,
)
from analysis.data import Battles, Ratings
from analysis.disparity_command import add_disparity_arguments, disparity_on_file
from analysis.drift_command import add_drift_arguments, drift_on_file
from analysis.files import read_ratings
from analysis.head_to_head_command import add_compare_arguments, compare_on_file
from analysis.hybrid_command import add_hybrid_arguments, hybrid_on_file
from analysis.leaderboard import Leaderboard, leaderboard
from analysis.notes import Note
from analysis.options import Options
from analysis.orders import RULES, settled
from analysis.plan_command import add_plan_arguments, plan
from analysis.rating_command import (
    add_rating_arguments,
    implied,
    implied_note,
    low_is_good,
    mean_board_answer,
    reads_ratings,
)
from analysis.report import render
from analysis.slices_command import add_slices_arguments, slices_on_file


def run(command: str, argv: list[str]) -> int:
    """Run a command on a file and return its exit status; the report goes to stdout, messages to stderr."""
    if command not in COMMANDS:
        return _complain(f"{command} does not work on a file")
    parser = argparse.ArgumentParser(prog=f"jurybox {command}", description=COMMANDS[command].description)
    COMMANDS[command].add_arguments(parser)
    try:
        answer = COMMANDS[command].run(parser.parse_args(argv))
    except SystemExit as stop:  # argparse has said why
        return int(stop.code or 0)
    except (ValueError, OSError) as error:  # BadFileError, Undefined and UsageError are ValueErrors
        return _complain(str(error))
    sys.stdout.write(answer.text)
    return answer.status


def _complain(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return WRONG


def add_leaderboard_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``jurybox leaderboard`` understands; every choice listed works."""
    add_source(parser)
    parser.add_argument("--method", choices=(*board_options.METHODS, "mean"), default="bradley-terry")
    parser.add_argument("--ties", choices=board_options.TIES, default="half", help="what a tie counts")
    parser.add_argument(
        "--both-bad", choices=board_options.BOTH_BAD_RULES, default="tie", help="battles that both systems lost"
    )
    parser.add_argument(
        "--flips",
        choices=RULES,
        help="answers that change with the order (default: abstain; of a file and of mean-preference: each)",
    )
    parser.add_argument("--criterion", help="the criterion that decides battles")
    intervals = sorted({ci for allowed in board_options.INTERVALS.values() for ci in allowed})
    parser.add_argument("--ci", choices=intervals, default="default", help="default: the method's own")
    parser.add_argument("--rounds", type=int, default=1000, help="rounds of the bootstrap (default 1000)")
    parser.add_argument("--cluster", choices=board_options.CLUSTERS, default="none", help="battles that hang together")
    parser.add_argument("--anchor", metavar="SYSTEM=RATING", help="fix one system's rating; others are relative to it")
    parser.add_argument(
        "--prior", type=float, default=0.0, help="pseudo-wins each way on every pair that met (default 0)"
    )
    parser.add_argument("--robustness", action="store_true", help="how few battles hold up first place; takes refits")
    parser.add_argument("--by", metavar="TAG", help="a board for each value: a column of a file; of a project: tag")
    parser.add_argument(
        "--baseline", metavar="SYSTEM", help="of win-rate, length-controlled, mean-preference: whom against"
    )
    parser.add_argument("--k", type=float, default=4.0, help="of elo: the largest step (default 4)")
    parser.add_argument("--permutations", type=int, default=0, help="of elo: random orders to average (default: none)")
    add_hybrid_arguments(parser)
    add_rating_arguments(parser)
    add_extra_arguments(parser)
    add_context_arguments(parser)
    add_common(parser)
    add_plot(parser)


def options_of(arguments: argparse.Namespace) -> Options:
    """Return the options that the arguments say."""
    return Options(
        method=arguments.method,
        ties=arguments.ties,
        both_bad=arguments.both_bad,
        ci=arguments.ci,
        cluster=arguments.cluster,
        rounds=arguments.rounds,
        anchor=None if arguments.anchor is None else _anchor(arguments.anchor),
        prior=arguments.prior,
        confidence=arguments.confidence,
        seed=arguments.seed,
        baseline=arguments.baseline,
        k=arguments.k,
        permutations=arguments.permutations,
        robustness=arguments.robustness,
        context=context_of(arguments),
        **extras_of(arguments),
    )


def reads_details(arguments: argparse.Namespace) -> bool:
    """Say whether a board needs to know how responses were shown and written."""
    return bool((*columns_for_extras(arguments), *columns_for_context(arguments)))


def board_answer(
    battles: Battles, arguments: argparse.Namespace, tagged: Battles | None = None, notes: tuple[Note, ...] = ()
) -> Answer:
    """Rank battles as the arguments say; ``tagged`` has a row for each tag where battles bear several."""
    if arguments.by is None:
        board = leaderboard(battles, options_of(arguments))
        save_if_asked(board, arguments)
        said = {note.code: note.message for note in notes}
        noted = replace(board, warnings=(*notes, *board.warnings), conventions=board.conventions | said)
        return Answer(write(noted, arguments))
    from analysis.boards_by import boards_by
    from analysis.boards_report import render_boards

    if arguments.plot is not None:
        raise UsageError("--plot shows one board; leave --by out")
    made = boards_by(battles, options_of(arguments), by=arguments.by, tagged=tagged)
    made = replace(made, overall=replace(made.overall, warnings=(*notes, *made.overall.warnings)))
    return Answer(render_boards(made, "json" if arguments.json else arguments.format))


# What only boards of battles know, with its default; a board of means must not take it and ignore it.
_OF_BATTLES: tuple[tuple[str, object], ...] = (
    ("by", None), ("anchor", None), ("baseline", None), ("prior", 0.0), ("robustness", False), ("ties", "half"),
    ("both_bad", "tie"), ("ci", "default"), ("cluster", "none"), ("permutations", 0), ("flips", None),
    ("evidence", "battles"), ("reweight", "none"), ("top", 3), ("differences", False), ("matrix", False),
    ("compare_ties", False), ("exposure", False), *OF_CONTEXT,
)  # fmt: skip


def ratings_answer(
    ratings: Ratings, arguments: argparse.Namespace, lower_is_better: Container[str | None] = ()
) -> Answer:
    """Rank by mean ratings, or by the battles that ratings imply; less is better on the criteria named."""
    if arguments.method != "mean":
        battles, clustered = implied(ratings, arguments, lower_is_better)
        return board_answer(battles, clustered, notes=(implied_note(ratings),))
    words = {"evidence": "--from"}
    given = [words.get(name, f"--{name.replace('_', '-')}") for name, usual in _OF_BATTLES
             if getattr(arguments, name) != usual]  # fmt: skip
    if given:
        raise UsageError(f"--method mean ranks by ratings: {', '.join(given)} belongs to battles, leave it out")
    return mean_board_answer(ratings, arguments, lower_is_better)


def _anchor(text: str) -> tuple[str, float]:
    name, _, rating = text.rpartition("=")
    try:
        return name, float(rating)
    except ValueError:
        raise UsageError(f"--anchor takes SYSTEM=RATING, not {text!r}") from None


def write(result: Leaderboard, arguments: argparse.Namespace) -> str:
    """Save the picture if one is asked for, and return the report."""
    if arguments.plot is not None:
        _save_plot(result, arguments.plot, arguments.theme)
    return render(result, "json" if arguments.json else arguments.format)


def _leaderboard_on_file(arguments: argparse.Namespace) -> Answer:
    if arguments.hybrid is not None:
        return hybrid_on_file(arguments, add_leaderboard_arguments)
    if reads_ratings(arguments):
        ratings = of_raters(read_ratings(Path(arguments.source), missing=arguments.missing), arguments.raters)
        asked = of_criterion(ratings, arguments.criterion)
        return ratings_answer(asked, arguments, low_is_good(asked, arguments.lower_is_better))
    needed = {"none": (), "both": ("prompt", "rater")}.get(arguments.cluster, (arguments.cluster,))
    chosen = () if arguments.raters == "all" else ("rater",)
    timed = ("timestamp",) if arguments.method == "elo" and not arguments.permutations else ()
    further = (*columns_for_extras(arguments), *columns_for_context(arguments))
    shown = () if arguments.flips in (None, "each") else ("prompt", "rater", "shown_first")
    optional = tuple(dict.fromkeys(("weight", *needed, *chosen, *timed, *further, *shown)))
    battles = read_one_criterion(
        Path(arguments.source),
        criterion=arguments.criterion,
        optional=optional,
        missing=arguments.missing,
        tag=arguments.by,
    )
    counted, notes = settled(of_raters(battles, arguments.raters), arguments.flips or "each")
    return board_answer(counted, arguments, notes=notes)


def _save_plot(result: Leaderboard, path: Path, theme: str) -> None:
    from analysis import plots

    kind = path.suffix.lower().removeprefix(".")
    if kind not in plots.FORMATS:
        raise UsageError(f"--plot writes .svg or .png, not {path.name}")
    path.write_bytes(plots.leaderboard_plot(result, theme=theme, kind=kind))


COMMANDS = {
    "leaderboard": Command("Rank systems from battles.", add_leaderboard_arguments, _leaderboard_on_file),
    "agreement": Command("Measure how far raters agree.", add_agreement_arguments, agreement_on_file),
    "certify": Command("Say whether a judge may stand in for people.", add_certify_arguments, certify_on_file),
    "compare": Command("Compare two systems by paired tests.", add_compare_arguments, compare_on_file),
    "drift": Command("Say how far answers moved between two parts.", add_drift_arguments, drift_on_file),
    "slices": Command("Compute a statistic on each value of a column.", add_slices_arguments, slices_on_file),
    "disparity": Command("Say whether a judge treats groups alike.", add_disparity_arguments, disparity_on_file),
    "plan": Command("Say how many items or battles a study takes.", add_plan_arguments, plan),
}
