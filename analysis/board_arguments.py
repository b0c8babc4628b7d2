"""What ``jurybox leaderboard`` can add to a board: chances, pairs, tie rules, exposure, the matrix of win rates."""

from __future__ import annotations

import argparse
from typing import Any

from analysis import options as board_options
from analysis.arguments import UsageError

TABLES = ("differences", "matrix", "compare_ties", "exposure")
EXTRAS = ("reweight", "top", *TABLES)  # names of Options


def add_extra_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments behind EXTRAS."""
    parser.add_argument(
        "--reweight", choices=board_options.REWEIGHTING, default="none", help="pairs: each pair of systems counts alike"
    )
    parser.add_argument("--top", type=int, default=3, metavar="K", help="chance to be among the first K (default 3)")
    parser.add_argument("--differences", action="store_true", help="every pair of systems: difference, interval, p")
    parser.add_argument("--matrix", action="store_true", help="win rates of each system against each other")
    parser.add_argument("--compare-ties", action="store_true", help="the board under every rule for ties")
    parser.add_argument("--exposure", action="store_true", help="battles, prompts, raters and sides of every pair")


def extras_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that these arguments say; CSV has room for the board alone."""
    below = [f"--{name.replace('_', '-')}" for name in TABLES if getattr(arguments, name)]
    if below and arguments.format == "csv" and not arguments.json:
        raise UsageError(f"a CSV file holds one table, the board: take --format json for {', '.join(below)}")
    return {name: getattr(arguments, name) for name in EXTRAS}


def columns_for_extras(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the columns of a file that these arguments need besides those of every board."""
    return ("prompt", "rater", "shown_first") if arguments.exposure else ()
