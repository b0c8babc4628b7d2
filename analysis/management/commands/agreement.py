"""``jurybox agreement PROJECT|FILE``."""

from __future__ import annotations

import argparse

from analysis.agreement_command import answer_of
from analysis.arguments import Answer, rater_list
from analysis.errors import Undefined, Why
from analysis.management.reports import ReportCommand
from domain.models import Project


class Command(ReportCommand):
    """Measure agreement in a project or a file."""

    name = "agreement"
    help = "Measure how far raters agree, criterion by criterion."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Measure agreement on the project's ratings and choices."""
        from analysis.management.project_tables import slices_by_tag
        from analysis.selectors import levels_of, tables_of

        tables = tables_of(project, criterion=arguments.criterion, raters=rater_list(arguments.raters))
        if not tables:
            raise Undefined(Why.EMPTY, "there are no ratings and no choices to compare")
        slices = [None] * len(tables) if arguments.by is None else slices_by_tag(project, tables, arguments.by)
        return answer_of(list(zip(tables, slices, strict=True)), arguments, levels_of(project))
