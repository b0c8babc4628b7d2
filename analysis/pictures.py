"""Pictures as files: the name says which kind."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from analysis.arguments import UsageError

KINDS = ("svg", "png")


def add_plot(parser: argparse.ArgumentParser, what: str) -> None:
    """Add where the picture goes, and its colours."""
    parser.add_argument("--plot", type=Path, metavar="PATH", help=f"save a picture of {what}, .svg or .png")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="of the picture")


def save_picture(path: Path, draw: Callable[[str], bytes]) -> None:
    """Save what ``draw`` makes of the kind that the file's name ends with.

    Raises
    ------
    UsageError
        It ends with neither .svg nor .png.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UsageError(f"--plot writes .svg or .png, not {path.name}")
    path.write_bytes(draw(kind))
