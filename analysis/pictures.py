"""Pictures as files: the name says which kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.arguments import UsageError

KINDS = ("svg", "png")


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
