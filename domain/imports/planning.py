"""Read everything, check everything, write nothing: what an import would do, or why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from domain.formats import Problem, Source
from domain.imports.checking import Checker
from domain.imports.files import FilePlan, batches, open_files
from domain.imports.options import BadOption, Options
from domain.imports.rubrics import RubricChoice
from domain.imports.seen import Seen
from domain.models import Project
from domain.specs import Kind

VOTES, RATINGS = {"votes", "arena"}, {"score_pairs", "ratings", "wide_ratings"}
KEPT_ERRORS = 1_000  # further ones are counted only
Progress = Callable[[str, int, int | None], None]
"""Called with the phase (checking, loading, rendering), the rows done and the rows in all where that is known."""


@dataclass(slots=True)
class Plan:
    """What an import would do. ``counts`` is new rows by table, ``already_there`` rows that change nothing."""

    options: Options
    files: list[FilePlan] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    unscored: dict[str, int] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    error_count: int = 0
    rows: int = 0
    rubrics: dict[Kind, RubricChoice] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Say whether every row can be imported."""
        return self.error_count == 0

    def reject(self, problems: Sequence[Problem]) -> None:
        """Keep the first problems and count all."""
        self.error_count += len(problems)
        self.errors += problems[: max(0, KEPT_ERRORS - len(self.errors))]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "files": [file.as_dict() for file in self.files],
            "rows": self.rows,
            "counts": self.counts,
            "unscored": self.unscored,
            "error_count": self.error_count,
            "errors": [problem.as_dict() for problem in self.errors],
        }


def plan(
    project: Project | None, sources: Sequence[Source], options: Options, progress: Progress | None = None
) -> Plan:
    """Check an import into a project (None: one still to be made) and return what it would do.

    Raises BadOption where an option fits none of the files; everything wrong with a row is in ``errors``.
    """
    made = Plan(options)
    made.files, problems = open_files(sources, options)
    made.reject(problems)
    if not sources:
        made.reject([Problem("", 0, "", "", "no file is given")])
    _refuse_ambiguous(made)
    if made.is_ok:
        with Seen() as seen:
            _check(made, Checker(project, options, seen), progress)
    return made


def _check(made: Plan, checker: Checker, progress: Progress | None) -> None:
    for file in made.files:
        for batch in batches(file, made.options, checker.prompts.by_id.__contains__):
            problems = [*batch.problems, *checker.check(batch.records)]
            made.reject(sorted(problems, key=attrgetter("line")))
            file.rows += batch.rows
            made.rows += batch.rows
            if progress:
                progress("checking", made.rows, None)
    for kind, rubric in checker.rubrics.items():
        made.reject([replace(problem, file=_files_with(kind, made)) for problem in rubric.finish()])
    made.counts = {name: count for name, count in checker.counts.items() if count} | {"raters": len(checker.raters)}
    made.unscored = dict(checker.unscored)
    made.rubrics = checker.rubrics


def _files_with(kind: Kind, made: Plan) -> str:
    """Name the files whose answers a rubric takes, for an error about all of them."""
    return ", ".join(
        file.source.name for file in made.files if (file.kind in RATINGS if kind is Kind.SCORE else file.kind in VOTES)
    )


def _refuse_ambiguous(made: Plan) -> None:
    kinds = {file.kind for file in made.files}
    if kinds & VOTES and kinds & RATINGS and (made.options.rubric or made.options.criteria):
        raise BadOption("--rubric and --criterion are about votes or about ratings; import the two one after the other")
