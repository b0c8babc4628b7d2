"""``jurybox leaderboard PROJECT|FILE``."""

from __future__ import annotations

import argparse

from analysis import commandline
from analysis.arguments import Answer, rater_list
from analysis.management.hybrid import hybrid_on_project
from analysis.management.reports import ReportCommand
from analysis.orders import settled, usual_rule
from analysis.rating_command import reads_ratings, refuse_on_project
from domain.models import Project


class Command(ReportCommand):
    """Rank the systems of a project or a file."""

    name = "leaderboard"
    help = "Rank systems from battles, with intervals and rank sets."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Rank the project's systems."""
        from analysis.management.project_tables import with_tags
        from analysis.selectors import battles_of, lower_is_better_of, ratings_of

        if arguments.hybrid is not None:
            return hybrid_on_project(project, arguments)
        raters = rater_list(arguments.raters)
        refuse_on_project(arguments)
        if reads_ratings(arguments):
            ratings = ratings_of(project, criterion=arguments.criterion, raters=raters)
            return commandline.ratings_answer(ratings, arguments, lower_is_better_of(project))
        details = commandline.reads_details(arguments)
        found = battles_of(project, criterion=arguments.criterion, raters=raters, details=details, orders=True)
        battles, notes = settled(found, arguments.flips or usual_rule(arguments.method))
        tagged = None if arguments.by is None else with_tags(project, battles, arguments.by)
        return commandline.board_answer(battles, arguments, tagged, notes)
