"""Import files into a project: all of it, or nothing.

Rows are loaded in small transactions under an Import in state "loading", whose rows nobody sees, and appear by one last
update. Pages and commands call the same functions.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from domain.bulk import refresh_statistics
from domain.formats import Problem, Source
from domain.imports.cleaning import clean_up_dead, take_back, this_process
from domain.imports.files import Batch, batches
from domain.imports.loading import Loader
from domain.imports.options import Options
from domain.imports.planning import Plan, Progress, plan
from domain.models import Battle, Import, Project, Prompt, Response, Rubric, Score, Verdict
from domain.rendering import render_missing
from domain.services import create_rubric, log
from domain.specs import Kind

_KEPT_ON_RECORD = 100  # rejected rows; Import.error_count has the number of all
_RENDERED_AT_ONCE = 50
_SIGN_OF_LIFE_SECONDS = 2.0
_MANY_ROWS = 1000  # from here on the database should look at its tables anew


class Busy(Exception):
    """Another import into this project is running."""


class _Stopped(Exception):
    """The import is no longer loading: somebody cancelled it."""


class _Changed(Exception):
    """A file reads differently than when it was checked."""


def run_import(
    *,
    project: Project,
    sources: Sequence[Source],
    options: Options,
    user: User | None = None,
    progress: Progress | None = None,
) -> Import:
    """Check files and load them. The import that comes back is done, failed (with its errors) or cancelled.

    Raises Busy when another import into the project is running, and BadOption when an option fits no file.
    """
    return finish_import(begin_import(project, options, user), sources, options, progress)


def load_plan(made: Plan, project: Project, user: User | None = None, progress: Progress | None = None) -> Import:
    """Load what ``plan`` has found to be good, without checking it again."""
    batch = begin_import(project, made.options, user)
    return _guarded(batch, made, progress)


def begin_import(project: Project, options: Options, user: User | None = None) -> Import:
    """Open an import, after taking back what dead ones have left; raise Busy while one is alive."""
    clean_up_dead(project)
    with transaction.atomic():
        if Import.objects.filter(project=project, state=Import.State.LOADING).exists():
            raise Busy("another import into this project is running; wait for it, or cancel it")
        stored = options.as_dict() | {"process": this_process()}
        return Import.objects.create(project=project, user=user, format=options.format, options=stored)


def finish_import(
    batch: Import, sources: Sequence[Source], options: Options, progress: Progress | None = None
) -> Import:
    """Check and load the files of an open import."""
    pulse = _Pulse(batch, progress)
    try:
        made = plan(batch.project, sources, options, pulse.checking)
    except _Stopped:
        return _close(batch, Import.State.CANCELLED, "")
    except BaseException as error:
        _close(batch, Import.State.FAILED, _say(error))
        raise
    if not made.is_ok:
        return _refuse(batch, made)
    return _guarded(batch, made, progress)


def cancel_import(batch: Import) -> bool:
    """Stop a running import; what it has loaded is taken back by its own process, or before the next import."""
    return Import.objects.filter(pk=batch.pk, state=Import.State.LOADING).update(state=Import.State.CANCELLED) == 1


def _guarded(batch: Import, made: Plan, progress: Progress | None) -> Import:
    """Load, and take everything back when anything stops it."""
    try:
        _load(batch, made, progress)
    except _Stopped:
        return _close(batch, Import.State.CANCELLED, "")
    except BaseException as error:
        _close(batch, Import.State.FAILED, _say(error))
        raise
    _render(batch, progress)
    batch.refresh_from_db()
    return batch


def _load(batch: Import, made: Plan, progress: Progress | None) -> None:
    files = [file.as_dict() for file in made.files]
    Import.objects.filter(pk=batch.pk).update(files=files, rows_total=made.rows, rows_read=0)
    loader = Loader(batch, made.options, made.rubrics, _rubrics(batch, made))
    done = 0
    for file in made.files:
        for part in batches(file, made.options, loader.prompts.by_id.__contains__):
            done += part.rows
            _load_batch(batch, loader, part, done)
            if progress:
                progress("loading", done, made.rows)
    _flip(batch, made, done)
    if done > _MANY_ROWS:
        refresh_statistics(Prompt, Response, Battle, Verdict, Score)


def _load_batch(batch: Import, loader: Loader, part: Batch, done: int) -> None:
    if part.problems:
        raise _Changed(_describe(part.problems[0]))
    with transaction.atomic():
        loader.load(part.records)
        _give_sign_of_life(batch, done)


def _flip(batch: Import, made: Plan, done: int) -> None:
    """Make everything visible, by one update of one row."""
    if done != made.rows:
        raise _Changed(f"the files had {made.rows} rows when they were checked, and {done} now")
    counts = {**made.counts, **{f"unscored_{reason}": count for reason, count in made.unscored.items()}}
    with transaction.atomic():
        now = timezone.now()
        loading = Import.objects.filter(pk=batch.pk, state=Import.State.LOADING)
        if not loading.update(state=Import.State.DONE, counts=counts, rows_read=done, finished_at=now, alive_at=now):
            raise _Stopped
        names = [file.source.name for file in made.files]
        log(batch.project, "import", batch.user, batch=batch.pk, files=names, counts=counts)


def _rubrics(batch: Import, made: Plan) -> dict[Kind, Rubric]:
    rubrics = {}
    for kind, choice in made.rubrics.items():
        found = choice.reusable()
        if found is None:
            found = create_rubric(project=batch.project, spec=choice.new_spec())
            batch.options = batch.options | {"new_rubrics": [*batch.options.get("new_rubrics", []), found.pk]}
            batch.save(update_fields=["options"])
        rubrics[kind] = found
    return rubrics


def _render(batch: Import, progress: Progress | None) -> None:
    """Render the texts that came, after they became visible: what is missing, a page renders by itself."""
    texts = Response.objects.filter(batch=batch, content__isnull=False).values_list("content", flat=True)
    total, done, waiting = texts.count(), 0, []
    for text in texts.iterator(chunk_size=_RENDERED_AT_ONCE):
        waiting.append(text)
        if len(waiting) == _RENDERED_AT_ONCE:
            render_missing(waiting)
            done, waiting = done + len(waiting), []
            if progress:
                progress("rendering", done, total)
    render_missing(waiting)
    for turns, reference in Prompt.objects.filter(batch=batch).values_list("turns", "reference").iterator():
        render_missing([turn["content"] for turn in turns] + ([reference] if reference else []))


class _Pulse:
    """Tell the record now and then that the check goes on, and stop it when the import was cancelled."""

    def __init__(self, batch: Import, progress: Progress | None) -> None:
        self.batch = batch
        self.progress = progress
        self.last = time.monotonic()

    def checking(self, phase: str, done: int, total: int | None) -> None:
        """Take note of progress."""
        if time.monotonic() - self.last > _SIGN_OF_LIFE_SECONDS:
            _give_sign_of_life(self.batch, done)
            self.last = time.monotonic()
        if self.progress:
            self.progress(phase, done, total)


def _give_sign_of_life(batch: Import, rows: int) -> None:
    loading = Import.objects.filter(pk=batch.pk, state=Import.State.LOADING)
    if not loading.update(alive_at=timezone.now(), rows_read=rows):
        raise _Stopped


def _refuse(batch: Import, made: Plan) -> Import:
    batch.error_count = made.error_count
    batch.errors = [problem.as_dict() for problem in made.errors[:_KEPT_ON_RECORD]]
    batch.files = [file.as_dict() for file in made.files]
    batch.save(update_fields=["error_count", "errors", "files"])
    return _close(batch, Import.State.FAILED, "")


def _close(batch: Import, state: str, reason: str) -> Import:
    batch.refresh_from_db(fields=["options", "errors", "error_count"])
    take_back(batch, state, reason)
    batch.refresh_from_db()
    return batch


def _describe(problem: Problem) -> str:
    return f"{problem.file}, line {problem.line}: {problem.reason}; it was in order when it was checked"


def _say(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def summary(batch: Import) -> dict[str, Any]:
    """Return what a finished import has brought, for JSON and pages."""
    verdicts = Verdict.objects.filter(batch=batch)
    return {
        "import": batch.pk,
        "project": batch.project.slug,
        "state": batch.state,
        "rows": batch.rows_read,
        "counts": batch.counts,
        "battles": Battle.objects.filter(batch=batch).count(),
        "verdicts": verdicts.count(),
        "unscored": verdicts.exclude(unscored_reason="").count(),
        "files": batch.files,
        "error_count": batch.error_count,
        "errors": batch.errors,
    }
