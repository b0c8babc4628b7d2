"""``jurybox compare PROJECT|FILE A B``."""

from __future__ import annotations

import argparse

from analysis.arguments import Answer, rater_list
from analysis.head_to_head_command import answer_of
from analysis.management.reports import ReportCommand
from domain.models import Project


class Command(ReportCommand):
    """Compare two systems of a project or a file."""

    name = "compare"
    help = "Compare two systems by paired tests, on battles between them and on ratings paired by prompt."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Compare two of the project's systems on every criterion that was answered."""
        from analysis.management.project_tables import comparable_tables

        found = comparable_tables(project, criterion=arguments.criterion, raters=rater_list(arguments.raters))
        return answer_of([table for table, _ in found], [criterion for _, criterion in found], arguments)
