"""What ``jurybox leaderboard`` understands about ratings: boards of means, and of the battles that ratings imply."""

from __future__ import annotations

import argparse
from collections.abc import Container
from pathlib import Path

from analysis.arguments import Answer, UsageError, listed
from analysis.data import Battles, Ratings
from analysis.notes import Note

EVIDENCE = ("battles", "ratings")
REML = "reml"

# What only boards of means know, with its default; a board of battles must not take it and ignore it.
_OF_MEANS: tuple[tuple[str, object], ...] = (
    ("standardise", "none"), ("severity", "none"), ("ridge", REML), ("boxes", 1), ("pairs", False), ("pass_at", ()),
)  # fmt: skip


def add_rating_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says how ratings are used."""
    from analysis.ratings.options import SEVERITY, STANDARDISE

    parser.add_argument(
        "--from", dest="evidence", choices=EVIDENCE, default="battles",
        help="ratings: rank by the battles that one rater's ratings of two systems on a prompt imply",
    )  # fmt: skip
    parser.add_argument(
        "--lower-is-better", nargs="?", const="", metavar="CRITERIA",
        help="of a file of ratings: a low value is a good one, on all criteria or on those named; a project knows",
    )  # fmt: skip
    parser.add_argument("--standardise", choices=STANDARDISE, default="none", help="of mean: z-scores of each rater")
    parser.add_argument(
        "--severity", choices=SEVERITY, default="none", help="of mean: what each rater adds, beside items or systems"
    )
    parser.add_argument(
        "--ridge", default=REML, metavar="N|reml", help="of --severity: penalty in ratings, or chosen (default reml)"
    )
    parser.add_argument("--boxes", type=int, default=1, help="of mean: end categories in the top and bottom box")
    parser.add_argument(
        "--pass-at", type=_whole_numbers, default=(), metavar="K,...",
        help="of mean: chance that one of k answers of a system passes, of yes/no ratings of several answers a prompt",
    )  # fmt: skip
    parser.add_argument("--pairs", action="store_true", help="of mean: how often each system is rated above another")


def _whole_numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes whole numbers, such as 1,5,10, not {text!r}") from None


def reads_ratings(arguments: argparse.Namespace) -> bool:
    """Say whether this board is made from ratings; refuse what belongs to boards of means on another board."""
    if arguments.method == "mean":
        return True
    if given := [f"--{name.replace('_', '-')}" for name, usual in _OF_MEANS if getattr(arguments, name) != usual]:
        raise UsageError(f"{', '.join(given)} belongs to --method mean, leave it out with {arguments.method}")
    if arguments.evidence == "ratings" and arguments.by is not None:
        raise UsageError("--by reads the tags of battles; leave it out with --from ratings")
    if arguments.lower_is_better is not None and arguments.evidence != "ratings":
        raise UsageError("--lower-is-better belongs to ratings; leave it out for battles")
    return bool(arguments.evidence == "ratings")


def low_is_good(ratings: Ratings, named: str | None) -> Container[str | None]:
    """Return the criteria on which the caller of a file says that less is better."""
    if named is None:
        return ()
    present = (None,) if ratings.criterion is None else ratings.criterion.used().names
    wanted = listed(named) if named else present
    if unknown := [str(name) for name in wanted if name not in present]:
        known = ", ".join(map(str, present)) if ratings.criterion is not None else "no column criterion"
        raise UsageError(f"--lower-is-better: no criterion {', '.join(unknown)}; the file has {known}")
    return tuple(wanted)


def refuse_on_project(arguments: argparse.Namespace) -> None:
    """Refuse what only a file needs to be told."""
    if arguments.lower_is_better is not None:
        raise UsageError("--lower-is-better is for files; a project's criteria say which end is good")


def mean_board_answer(
    ratings: Ratings, arguments: argparse.Namespace, lower_is_better: Container[str | None] = ()
) -> Answer:
    """Rank systems by their mean ratings; a low mean comes first on the criteria named."""
    from analysis.rating_board import rating_board
    from analysis.rating_report import render_means
    from analysis.ratings.options import RatingOptions

    options = RatingOptions(
        confidence=arguments.confidence,
        lower_is_better=lower_is_better,
        standardise=arguments.standardise,
        severity=arguments.severity,
        ridge=_ridge(arguments.ridge),
        boxes=arguments.boxes,
        pairs=arguments.pairs,
        attempts=arguments.pass_at,
    )
    made = rating_board(ratings, options)
    if arguments.plot is not None:
        from analysis import plots, rating_plots

        kind = _kind(arguments.plot, plots.FORMATS)
        arguments.plot.write_bytes(rating_plots.rating_plot(made, theme=arguments.theme, kind=kind))
    return Answer(render_means(made, "json" if arguments.json else arguments.format))


def _ridge(text: str) -> float | None:
    if text == REML:
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--ridge takes a number of ratings or {REML}, not {text!r}") from None


def _kind(path: Path, formats: tuple[str, ...]) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in formats:
        raise UsageError(f"--plot writes .svg or .png, not {path.name}")
    return kind


def implied(
    ratings: Ratings, arguments: argparse.Namespace, lower_is_better: Container[str | None] = ()
) -> tuple[Battles, argparse.Namespace]:
    """Return the battles that ratings of one criterion imply, and the arguments with clusters by prompt unless said.

    Battles from one sheet of ratings hang together, so an interval without clusters would be too narrow.
    """
    from analysis.ratings.parts import parts_of
    from analysis.ratings.preferences import implied_battles

    parts = parts_of(ratings)
    if len(parts) > 1:
        names = ", ".join(str(part.criterion) for part in parts)
        raise UsageError(f"ratings of several criteria imply several boards; choose a --criterion out of {names}")
    battles = implied_battles(parts[0], lower_is_better=parts[0].criterion in lower_is_better)
    clustered = arguments.cluster == "none" and arguments.ci in ("default", "sandwich", "wilson")
    cluster = "prompt" if clustered and arguments.method != "elo" else arguments.cluster
    return battles, argparse.Namespace(**{**vars(arguments), "cluster": cluster})


def implied_note(ratings: Ratings) -> Note:
    """Say what such a board was made from."""
    text = (
        f"battles are implied by {len(ratings)} ratings: of two systems that one rater rated on a prompt the higher "
        "value wins and equal values tie; several ratings of one system are averaged first"
    )
    unscored = f"; {ratings.unscored} verdicts carry no score" if ratings.unscored else ""
    return Note("implied", text + unscored)
