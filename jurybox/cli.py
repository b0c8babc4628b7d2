"""The ``jurybox`` program."""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

COMMANDS = {
    "demo": "show a sample project on 127.0.0.1:8000",
    "up": "serve for real use: database brought up to date, web server, embedded worker",
    "import": "read prompts, responses, votes and ratings into a project",
    "judge": "ask an LLM judge, or metrics, about a project",
    "leaderboard": "rank the systems of a project or a file",
    "agreement": "measure how far the raters of a project or a file agree",
    "compare": "compare two systems by paired tests",
    "certify": "say whether a judge may stand in for people",
    "drift": "say how far answers moved between two raters, tags, batches or windows of time",
    "slices": "a mean, a share or a win rate on each value of a column",
    "disparity": "say whether a judge treats groups alike",
    "plan": "say how many items or battles a study takes",
    "export": "write verdicts, preferences, answers or the leaderboard to a file",
    "worker": "work on judge runs, beside those that jurybox up works on",
    "migrate": "bring the database up to date",
    "createsuperuser": "make another administrator",
    "changepassword": "set somebody's password",
    "check": "look for problems in settings and machine",
}
ON_FILES = ("leaderboard", "agreement", "compare", "certify", "drift", "slices", "disparity")
ON_A_PROJECT = (*ON_FILES, "import", "judge", "export", "worker")
WITHOUT_DATA = ("plan",)
BLAS_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main(argv: list[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 the answer is no, 2 the call or its input is wrong."""
    _one_thread_for_algebra()
    try:
        _main(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone: `jurybox leaderboard votes.csv | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _one_thread_for_algebra() -> None:
    """Solve small systems on one core: on many, threads wait for each other and refits take four times as long.

    BLAS reads this once, when numpy is imported. Whoever has set one of these knows better.
    """
    if not any(name in os.environ for name in BLAS_THREADS):
        os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))


def _main(arguments: list[str]) -> None:
    if arguments in ([], ["help"], ["--help"], ["-h"]):
        sys.stdout.write(_help())
        return
    if arguments in (["--version"], ["version"]):
        sys.stdout.write(f"jurybox {version('jurybox')}\n")
        return
    if arguments[0] in WITHOUT_DATA or _about_a_file(arguments):
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
    if arguments[0] == "demo":
        os.environ.setdefault("JURYBOX_DEMO", "1")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, execute_from_command_line

    try:
        _prepare(arguments)
        execute_from_command_line(["jurybox", *arguments])
    except (ImproperlyConfigured, CommandError) as error:
        _wrong(str(error))


def _prepare(arguments: list[str]) -> None:
    """Check the command's name, and the database of a command that reads or writes a project."""
    import django
    from django.core.management import get_commands

    django.setup()
    name = arguments[0]
    if name not in get_commands() and name != "help":
        close = get_close_matches(name, COMMANDS)
        _wrong(f"there is no command {name!r}" + (f"; did you mean {close[0]}?" if close else "; jurybox help"))
    if name in ON_A_PROJECT and not {"-h", "--help"}.intersection(arguments):
        from jurybox.database import make_ready

        make_ready()


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(["usage: jurybox COMMAND ...", "", *lines, "", "jurybox COMMAND --help explains one of them.\n"])


def _wrong(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
