"""``jurybox drift PROJECT|FILE --between A B``."""

from __future__ import annotations

import argparse

from analysis.arguments import Answer, rater_list
from analysis.drift_command import drift_answer
from analysis.management.reports import ReportCommand
from domain.models import Project


class Command(ReportCommand):
    """Say how far a project's answers moved."""

    name = "drift"
    help = "Say how far answers moved between two parts of a column: raters, tags, batches, windows of time."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Compare two parts of the project's answers on every criterion."""
        from analysis.management.project_columns import tables_beside

        raters = rater_list(arguments.raters)
        found = tables_beside(project, arguments.over, criterion=arguments.criterion, raters=raters)
        return drift_answer([(one.ratings(), one.column) for one in found], arguments)
