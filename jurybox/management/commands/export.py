"""``jurybox export PROJECT --what WHAT -o PATH``."""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotation import raw_answers
from annotation.models import Campaign
from domain.exports import WHAT, Exported, NothingToExport, export, snapshot
from domain.formats.writing import WRITERS, file_hash, whole_file
from domain.models import Project
from domain.services import log

WRONG_INPUT = 2
_BOARDS = {".json": "json", ".csv": "csv", ".md": "md", ".html": "html"}
_CSV_NOTE = (
    "CSV: a text that begins with = + - @ or a tab was given a leading quote, so that no spreadsheet runs it. "
    "JSON Lines and Parquet hold every text as it is."
)


class Command(BaseCommand):
    """Write a project's verdicts, preferences, people's answers or the leaderboard to a file."""

    help = "Write verdicts, preferences, answers or the leaderboard to a file, which is there whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("project")
        parser.add_argument("--what", required=True, choices=[*WHAT, "answers", "leaderboard"])
        parser.add_argument("-o", "--output", required=True, type=Path, metavar="PATH", help="its ending is the format")
        parser.add_argument("--names", action="store_true", help="with answers: people by name, not by pseudonym")
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")

    def handle(self, *args: Any, **said: Any) -> None:
        """Write the file and say what is in it."""
        project = Project.objects.filter(slug=said["project"]).first()
        if project is None:
            raise CommandError(f"there is no project {said['project']!r}", returncode=WRONG_INPUT)
        if said["names"] and said["what"] != "answers":
            raise CommandError("--names goes with --what answers", returncode=WRONG_INPUT)
        made = self._export(project, said["what"], said["output"], names=said["names"])
        log(project, "export", what=said["what"], rows=made.rows, sha256=made.sha256)
        if made.path.suffix.lower() == ".csv" and said["what"] != "leaderboard":
            self.stderr.write(_CSV_NOTE)
        text = f"Wrote {made.rows:,} rows to {made.path} (SHA-256 {made.sha256})."
        self.stdout.write(json.dumps(made.as_dict()) if said["json"] else text)

    def _export(self, project: Project, what: str, path: Path, *, names: bool) -> Exported:
        endings = _BOARDS if what == "leaderboard" else WRITERS
        if path.suffix.lower() not in endings:
            raise CommandError(f"{path}: end the name with {', '.join(endings)}", returncode=WRONG_INPUT)
        try:
            if what == "answers":
                return _answers(project, path, names=names)
            return _board(project, path) if what == "leaderboard" else export(project, what, path)
        except (NothingToExport, OSError) as error:
            raise CommandError(str(error), returncode=WRONG_INPUT) from None


def _answers(project: Project, path: Path, *, names: bool) -> Exported:
    """Write what people said in campaigns, as they said it."""
    with snapshot():
        campaigns = list(Campaign.objects.filter(project=project).select_related("project").order_by("pk"))
        rows = raw_answers.raw_answers(campaigns, names=names)
        first = next(rows, None)
        if first is None:
            raise NothingToExport(f"nobody has answered in a campaign of project {project.slug} yet")
        with whole_file(path) as temporary:
            count = WRITERS[path.suffix.lower()](temporary, raw_answers.COLUMNS, chain([first], rows))
    return Exported(path, count, file_hash(path))


def _board(project: Project, path: Path) -> Exported:
    """Write the leaderboard as ``jurybox leaderboard`` prints it."""
    report = io.StringIO()
    call_command("leaderboard", project.slug, format=_BOARDS[path.suffix.lower()], stdout=report)
    with whole_file(path) as temporary:
        temporary.write_text(report.getvalue(), encoding="utf-8")
    return Exported(path, report.getvalue().count("\n"), file_hash(path))
