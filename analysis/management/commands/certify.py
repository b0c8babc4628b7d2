"""``jurybox certify PROJECT|FILE --judge J``."""

from __future__ import annotations

import argparse

from analysis.arguments import Answer, rater_list
from analysis.certify_command import answer_of
from analysis.management.reports import ReportCommand
from domain.models import Project


class Command(ReportCommand):
    """Say whether a judge may stand in for people."""

    name = "certify"
    help = "Say whether a judge may stand in for people: 0 yes, 1 no."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Try the judge on each criterion that it answered, against people unless other raters are named."""
        from analysis.management.project_tables import questions_about

        people = rater_list("human" if arguments.raters == "all" else arguments.raters)
        questions = questions_about(project, arguments.judge, people, criterion=arguments.criterion)
        return answer_of(questions, arguments)
