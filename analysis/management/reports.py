"""What the commands that report on a project or a file share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis import commandline
from analysis.arguments import Answer
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
                answer = commandline.COMMANDS[self.name].run(arguments)
            else:
                answer = self.report(_project(arguments.source), arguments)
        self.stdout.write(answer.text, ending="")
        if answer.status:
            sys.exit(answer.status)

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Return the report on a project, and the exit status."""
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
