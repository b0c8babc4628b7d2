"""What ``jurybox leaderboard`` understands about style, position, raters and length."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.arguments import UsageError
from analysis.contextual.context import RATER_MODELS, Context
from analysis.contextual.frozen import frozen_style, load_style, save_style
from analysis.files import STYLE_COLUMNS
from analysis.leaderboard import Leaderboard
from analysis.options import AGAINST_ONE

# With its default: a board that knows none of it must not take it and ignore it.
OF_CONTEXT: tuple[tuple[str, object], ...] = (
    ("style", False), ("style_from", None), ("save_style", None), ("penalty", 0.0), ("position", False),
    ("rater_model", "equal"), ("shrink", 0.0),
)  # fmt: skip


def add_context_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments behind OF_CONTEXT."""
    parser.add_argument("--style", action="store_true", help="correct for length, headers, lists and bold")
    parser.add_argument(
        "--style-from", type=Path, metavar="FILE", help="correct by saved coefficients, kept as they are"
    )
    parser.add_argument("--save-style", type=Path, metavar="FILE", help="save the coefficients of --style")
    parser.add_argument(
        "--penalty", type=float, default=0.0, help="of --style: on squared coefficients in the mean loss (default 0)"
    )
    parser.add_argument("--position", action="store_true", help="correct for what standing first is worth, by rater")
    parser.add_argument(
        "--rater-model", choices=RATER_MODELS, default="equal",
        help="discrimination: let each rater tell systems apart more or less sharply",
    )  # fmt: skip
    parser.add_argument(
        "--shrink", type=float, default=0.0,
        help="of discrimination: precision of a normal prior about 1 (default 0: none)",
    )  # fmt: skip


def context_of(arguments: argparse.Namespace) -> Context:
    """Return the choices that the arguments say; a saved style is read here."""
    if arguments.style and arguments.style_from is not None:
        raise UsageError("--style estimates coefficients and --style-from keeps saved ones; choose one")
    if arguments.save_style is not None and (not arguments.style or arguments.by is not None):
        raise UsageError("--save-style saves the coefficients of one board: give --style, and leave --by out")
    return Context(
        style=arguments.style,
        frozen_style=None if arguments.style_from is None else load_style(arguments.style_from),
        position=arguments.position,
        rater_model=arguments.rater_model,
        penalty=arguments.penalty,
        shrink=arguments.shrink,
    )


def columns_for_context(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the columns of a file that these arguments need besides those of every board."""
    columns: tuple[str, ...] = ()
    if arguments.style or arguments.style_from is not None or arguments.method == "length-controlled":
        columns += STYLE_COLUMNS
    if arguments.method in AGAINST_ONE:
        columns += ("chance",)
    if arguments.position:
        columns += ("shown_first", "rater")
    if arguments.rater_model != "equal":
        columns += ("rater",)
    return columns


def save_if_asked(board: Leaderboard, arguments: argparse.Namespace) -> None:
    """Write the board's style where the arguments say so."""
    if arguments.save_style is not None and board.style is not None:
        source = f"{board.n_systems} systems, {board.style.n} battles of {Path(arguments.source).name}"
        save_style(frozen_style(board.style, source=source), arguments.save_style)
