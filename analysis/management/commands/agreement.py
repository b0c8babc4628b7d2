"""``jurybox agreement PROJECT|FILE``."""

from __future__ import annotations

import argparse

from analysis import commandline
from analysis.agreement import joined
from analysis.arguments import Answer, rater_list
from analysis.management.reports import ReportCommand
from domain.models import Project


class Command(ReportCommand):
    """Measure agreement in a project or a file."""

    name = "agreement"
    help = "Measure how far raters agree, criterion by criterion."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Measure agreement on the project's ratings and choices."""
        from analysis.selectors import levels_of, tables_of

        raters = rater_list(arguments.raters)
        tables = tables_of(project, criterion=arguments.criterion, raters=raters)
        levels = levels_of(project)
        found = [commandline.agreement_of(ratings, arguments, levels) for ratings in tables]
        names = {name for ratings in tables if ratings.rater is not None for name in ratings.rater.used().names}
        return Answer(commandline.write(joined(found, n_raters=len(names)), arguments))
