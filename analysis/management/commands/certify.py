"""``jurybox certify PROJECT|FILE --judge J``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.arguments import Answer, rater_list
from analysis.certify_command import answer_of
from analysis.management.reports import ReportCommand
from domain.models import Project
from domain.probing import prober

if TYPE_CHECKING:
    from analysis.judge_sides import Question
    from analysis.probes import ProbeReport


class Command(ReportCommand):
    """Say whether a judge may stand in for people."""

    name = "certify"
    help = "Say whether a judge may stand in for people: 0 yes, 1 no."

    def report(self, project: Project, arguments: argparse.Namespace) -> Answer:
        """Try the judge on each criterion that it answered, against people unless other raters are named."""
        from analysis.management.project_tables import questions_about

        people = rater_list("human" if arguments.raters == "all" else arguments.raters)
        questions = questions_about(project, arguments.judge, people, criterion=arguments.criterion)
        if not arguments.probes:
            return answer_of(questions, arguments)
        return answer_of(questions, arguments, _probed(project, questions, arguments))


def _probed(project: Project, questions: Sequence[Question], arguments: argparse.Namespace) -> ProbeReport:
    """Ask the judge about changed items; not before it is known that there is something to certify."""
    from analysis.certification import answered_by
    from analysis.management.probe_reports import report_on

    if not answered_by(questions, arguments.judge):
        raise ValueError(f"no answer is by a rater {arguments.judge!r}: run the judge before it is probed")
    order = {"items": arguments.probe_items, "budget": arguments.budget, "seed": arguments.seed}
    probing = prober().ask(project, arguments.judge, **order)
    return report_on(probing, confidence=arguments.confidence)
