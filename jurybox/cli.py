"""The ``jurybox`` program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ON_FILES = ("leaderboard", "agreement", "compare", "certify")


def main(argv: list[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 the answer is no, 2 the call or its input is wrong."""
    arguments = sys.argv[1:] if argv is None else argv
    if _about_a_file(arguments):
        sys.exit(_run_on_file(arguments))
    _run_with_django(arguments)


def _about_a_file(arguments: list[str]) -> bool:
    return (
        bool(arguments)
        and arguments[0] in ON_FILES
        and any(Path(word).is_file() for word in arguments[1:] if not word.startswith("-"))
    )


def _run_on_file(arguments: list[str]) -> int:
    """Numbers about a file need no database, and no second spent on starting one."""
    from analysis.commandline import run

    return run(arguments[0], arguments[1:])


def _run_with_django(arguments: list[str]) -> None:
    import jurybox._sqlite  # noqa: F401 - before Django loads sqlite3

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jurybox.settings")
    if arguments[:1] == ["demo"]:
        os.environ.setdefault("JURYBOX_DEMO", "1")
    if not arguments:
        arguments = ["help"]
    from django.core.management import execute_from_command_line

    execute_from_command_line(["jurybox", *arguments])


if __name__ == "__main__":
    main()
