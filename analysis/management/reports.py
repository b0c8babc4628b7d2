"""What the commands that report on a project or a file share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis import commandline
from domain.models import Project


class ReportCommand(BaseCommand):
    """A command that takes PROJECT|FILE and writes a report; whatever is wrong with the call ends with status 2."""

    name: str

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the command takes on a file."""
        commandline.COMMANDS[self.name].add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the report to stdout."""
        arguments = argparse.Namespace(**options)
        with _status_2():
            if Path(arguments.source).is_file():
                commandline.COMMANDS[self.name].run(arguments)
            else:
                self.stdout.write(self.report(_project(arguments.source), arguments), ending="")

    def report(self, project: Project, arguments: argparse.Namespace) -> str:
        """Return the report on a project."""
        raise NotImplementedError


@contextmanager
def _status_2() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError) as error:
        raise CommandError(str(error), returncode=2) from error


def _project(slug: str) -> Project:
    project: Project | None = Project.objects.filter(slug=slug).first()
    if project is None:
        known = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise ValueError(f"no file and no project {slug!r}; projects: {known}")
    return project
