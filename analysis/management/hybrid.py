"""A project's hybrid board: its people, one of its judges."""

from __future__ import annotations

import argparse

from analysis.arguments import Answer, UsageError, rater_list
from analysis.commandline import add_leaderboard_arguments
from analysis.data import Battles, Ratings
from analysis.hybrid_command import hybrid_answer, refuse_others
from analysis.management.project_tables import raters_named
from analysis.selectors import battles_of, lower_is_better_of, rater_kinds, ratings_of
from domain.models import Project


def hybrid_on_project(project: Project, arguments: argparse.Namespace) -> Answer:
    """Rank the project's systems by its people's verdicts, unless other raters are named, with a judge's help."""
    refuse_others(arguments, add_leaderboard_arguments)
    if arguments.strata or arguments.probability:
        raise UsageError("--strata and --probability name columns of a file; a project draws for people at random")
    people = raters_named(project, rater_list("human" if arguments.raters == "all" else arguments.raters))
    table = hybrid_tables(project, arguments.hybrid, people, method=arguments.method, criterion=arguments.criterion)
    return hybrid_answer(table, arguments, people=people, lower_is_better=lower_is_better_of(project))


def hybrid_tables(
    project: Project, judge: str, people: list[str], *, method: str, criterion: str | None
) -> Battles | Ratings:
    """Return the answers of a judge and of people on one choice criterion, or on all score criteria for means."""
    if judge not in rater_kinds(project):
        raise ValueError(f"no rater {judge!r}; there is {', '.join(sorted(rater_kinds(project))) or 'none'}")
    raters = [*people, judge]
    if method == "mean":
        return ratings_of(project, criterion=criterion, raters=raters)
    return battles_of(project, criterion=criterion, raters=raters, details=True)
