"""``jurybox import PROJECT PATH...``."""  # noqa: N999 - the command is called import

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from domain.formats import Problem, Source
from domain.imports import (
    BadOption,
    Busy,
    Options,
    Plan,
    load_plan,
    parse_label,
    parse_pair,
    parse_scale,
    plan,
    summary,
)
from domain.imports.options import FORMATS, KINDS
from domain.models import Import, Project, Rater

WRONG_INPUT = 2
_ERRORS_SHOWN = 20


class Command(BaseCommand):
    """Import files into a project, all of them or nothing."""

    help = "Import prompts, responses, votes and ratings into a project; the project is made when it is not there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; docs/formats.md explains them with examples."""
        parser.add_argument("project", help="the project's short name, as in its address /p/<name>/")
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files in any order; .gz is unpacked")
        parser.add_argument("--format", default="auto", choices=FORMATS)
        parser.add_argument(
            "--kind", default="", choices=["", *KINDS], help="what the rows hold, if the columns mislead"
        )
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN")
        parser.add_argument("--label", action="append", default=[], metavar="LABEL=A|B|tie|both_bad")
        parser.add_argument("--rater", default="", help="who answered, in files without a column of raters")
        parser.add_argument("--rater-kind", default="person", choices=Rater.Kind.values)
        parser.add_argument(
            "--system", default="", help="who wrote the responses, in ratings without a column of systems"
        )
        parser.add_argument("--rubric", default="", help="the rubric that was answered; made when it is not there")
        parser.add_argument("--criterion", default="", help="the criterion, or the criteria columns: clarity,tone")
        parser.add_argument("--scale", default="", help="1..5, 1..10/0.5, 0..100, 1..5/any or 0,1")
        parser.add_argument("--dry-run", action="store_true", help="check everything and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")

    def handle(self, *args: Any, **said: Any) -> None:
        """Check the files, then load them."""
        try:
            self._import(said)
        except (BadOption, Busy) as error:
            raise CommandError(str(error), returncode=WRONG_INPUT) from None

    def _import(self, said: dict[str, Any]) -> None:
        sources, options = _sources(said["paths"]), _options(said)
        project = Project.objects.filter(slug=said["project"]).first()
        if project is None:
            _check_slug(said["project"])
        show = _Progress(self, quiet=said["verbosity"] == 0)
        made = plan(project, sources, options, show)
        show.end()
        if not made.is_ok:
            self._refuse(made, said)
        elif said["dry_run"]:
            self._report({"dry_run": True, **made.as_dict()}, said, _plan_lines(made, project))
        else:
            self._load(made, project, said, show)

    def _load(self, made: Plan, project: Project | None, said: dict[str, Any], show: _Progress) -> None:
        is_new = project is None
        project = project or Project.objects.create(name=said["project"], slug=said["project"])
        try:
            batch = load_plan(made, project, progress=show)
        except BaseException:
            if is_new:
                project.delete()
            raise
        show.end()
        if batch.state != Import.State.DONE:
            raise CommandError(f"import {batch.pk} was {batch.state}; nothing was kept", returncode=1)
        lines = [f"Made project {project.slug}."] if is_new else []
        self._report(summary(batch), said, [*lines, *_done_lines(made, batch)])

    def _refuse(self, made: Plan, said: dict[str, Any]) -> None:
        if said["json"]:
            self.stdout.write(json.dumps({"state": "refused", **made.as_dict()}, ensure_ascii=False))
        self.stderr.write("\n".join(_error_lines(made)), self.style.NOTICE)
        sys.exit(WRONG_INPUT)

    def _report(self, document: dict[str, Any], said: dict[str, Any], lines: list[str]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False) if said["json"] else "\n".join(lines))


class _Progress:
    """One line on a terminal that counts; nothing where the output is not a terminal."""

    def __init__(self, command: Command, *, quiet: bool) -> None:
        self.stream = command.stderr
        self.on = command.stderr.isatty() and not quiet
        self.last = 0.0
        self.used = False

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if not self.on or time.monotonic() - self.last < 0.2:
            return
        self.last, self.used = time.monotonic(), True
        self.stream.write(f"\r{phase} {done:,}{f' of {total:,}' if total else ''} rows   ", ending="")

    def end(self) -> None:
        """Leave the line clean for what follows."""
        if self.used:
            self.stream.write("\r" + " " * 60 + "\r", ending="")
            self.used = False


def _sources(paths: list[Path]) -> list[Source]:
    for path in paths:
        if not path.is_file():
            raise BadOption(f"{path} is not a file")
    try:
        for path in paths:
            path.open("rb").close()
    except OSError as error:
        raise BadOption(f"{error.filename} cannot be read: {error.strerror}") from None
    return [Source.at(path) for path in paths]


def _options(said: dict[str, Any]) -> Options:
    criteria = tuple(name.strip() for name in said["criterion"].split(",") if name.strip())
    return Options(
        format=said["format"],
        kind=said["kind"],
        columns=dict(parse_pair(text, "--map") for text in said["map"]),
        labels=dict(parse_label(text) for text in said["label"]),
        rater=said["rater"].strip(),
        rater_kind=said["rater_kind"],
        system=said["system"].strip(),
        rubric=said["rubric"].strip(),
        criteria=criteria,
        scale=parse_scale(said["scale"]) if said["scale"] else None,
    )


def _check_slug(slug: str) -> None:
    from django.core.exceptions import ValidationError

    try:
        validate_slug(slug)
    except ValidationError:
        slug_is_fine = False
    else:
        slug_is_fine = len(slug) <= 60
    if not slug_is_fine:
        raise BadOption(f"{slug!r} cannot name a project: letters, digits, - and _, at most 60 of them")


def _error_lines(made: Plan) -> list[str]:
    shown = made.errors[:_ERRORS_SHOWN]
    table = [("file", "line", "column", "value", "reason"), *(_cells(problem) for problem in shown)]
    widths = [max(len(row[at]) for row in table) for at in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in table
    ]
    more = f" The first {len(shown)} are shown." if made.error_count > len(shown) else ""
    rows = "row was" if made.error_count == 1 else "rows were"
    return [*lines, "", f"{made.error_count:,} {rows} rejected.{more} Nothing was imported."]


def _cells(problem: Problem) -> tuple[str, str, str, str, str]:
    line = str(problem.line) if problem.line else ""
    return problem.file, line, problem.column, problem.value[:40], problem.reason


def _plan_lines(made: Plan, project: Project | None) -> list[str]:
    where = f"project {project.slug}" if project else "a new project"
    return [*_file_lines(made), f"Would import into {where}: {_counted(made.counts)}.", *_remarks(made)]


def _done_lines(made: Plan, batch: Import) -> list[str]:
    return [*_file_lines(made), f"Imported {_counted(made.counts)} (import {batch.pk}).", *_remarks(made)]


def _file_lines(made: Plan) -> list[str]:
    lines = []
    for file in made.files:
        columns = ", ".join(f"{name} from {column}" for name, column in file.layout.columns.items() if name != column)
        kind = file.kind.replace("_", " ")
        rows = "1 row" if file.rows == 1 else f"{file.rows:,} rows"
        lines.append(f"{file.source.name}: {rows} of {kind}" + (f" ({columns})" if columns else ""))
    return lines


def _counted(counts: dict[str, int]) -> str:
    new = {name: count for name, count in counts.items() if count and name != "already_there"}
    listed = ", ".join(_many(name, count) for name, count in new.items()) or "nothing new"
    there = counts.get("already_there", 0)
    rows = "1 row was" if there == 1 else f"{there:,} rows were"
    return f"{listed}; {rows} there already" if there else listed


def _many(name: str, count: int) -> str:
    """Write 2 votes, 1 vote, 1 response without text."""
    first, *rest = name.split("_")
    return " ".join([f"{count:,}", first.removesuffix("s") if count == 1 else first, *rest])


def _remarks(made: Plan) -> list[str]:
    return [
        f"{count:,} rows have no verdict: kept as unscored ({reason.replace('_', ' ')}), counted in coverage only."
        for reason, count in made.unscored.items()
    ]
