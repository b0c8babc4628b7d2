"""``jurybox slices PROJECT|FILE --by COLUMN``."""

from __future__ import annotations

import argparse

from analysis.arguments import Answer, rater_list
from analysis.management.reports import ReportCommand
from analysis.slices_command import slices_answer
from domain.models import Project


class Command(ReportCommand):
    """Compute a statistic slice by slice."""

    name = "slices"
    help = "Compute a mean, a share or a win rate on each value of a column, beside the rest."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Compute it on the project's answers."""
        from analysis.management.project_columns import named_tables_beside

        raters = rater_list(arguments.raters)
        found = named_tables_beside(project, arguments.by, criterion=arguments.criterion, raters=raters)
        return slices_answer([(one.table, column, one.criterion) for one, column in found], arguments)
