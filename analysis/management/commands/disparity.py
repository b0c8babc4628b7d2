"""``jurybox disparity PROJECT|FILE --judge J --group COLUMN``."""

from __future__ import annotations

import argparse

from analysis.arguments import Answer, rater_list
from analysis.disparity_command import disparity_answer
from analysis.management.reports import ReportCommand
from domain.models import Project


class Command(ReportCommand):
    """Say how a judge of a project treats groups."""

    name = "disparity"
    help = "Say whether a judge treats groups alike: rates, their gaps, and errors against most people."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Compare groups by the judge's verdicts, against people unless other raters are named."""
        from analysis.management.project_columns import named_tables_beside
        from analysis.management.project_tables import raters_named

        people = raters_named(project, rater_list("human" if arguments.raters == "all" else arguments.raters))
        raters = [*people, arguments.judge]
        found = named_tables_beside(project, arguments.group, criterion=arguments.criterion, raters=raters)
        return disparity_answer([(one.table, column, one.criterion) for one, column in found], people, arguments)
