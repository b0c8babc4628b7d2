"""Take back what an unfinished import has loaded, also one whose process died."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from domain.models import (
    Battle,
    Import,
    Project,
    Prompt,
    Rater,
    Rationale,
    Response,
    Rubric,
    Score,
    System,
    Verdict,
)

SILENT_FOR = timedelta(minutes=5)  # no sign of life for so long, from a machine that we cannot ask
_AT_ONCE = 1_000
_LOADED: tuple[type[models.Model], ...] = (Battle, Response, Rater, Prompt, System)


def this_process() -> str:
    """Return a name for this process that a later one can check."""
    return f"{socket.gethostname()}:{os.getpid()}"


def clean_up_dead(project: Project) -> None:
    """Take back what earlier imports of a project have left: cancelled ones, and ones whose process is gone."""
    unfinished = Import.objects.filter(project=project, finished_at__isnull=True).exclude(state=Import.State.DONE)
    for batch in unfinished:
        if batch.state != Import.State.LOADING or _is_dead(batch):
            take_back(batch, Import.State.FAILED, "the process that loaded it ended before it was done")


def take_back(batch: Import, state: str, reason: str) -> None:
    """Delete everything an import has loaded, in small transactions, and close it."""
    # Its loader, if there still is one, finds that the import is no longer loading and stops.
    Import.objects.filter(pk=batch.pk, state=Import.State.LOADING).update(state=state)
    delete_rows(batch)
    for rubric_id in batch.options.get("new_rubrics", []):
        Rubric.objects.filter(pk=rubric_id, verdicts__isnull=True).delete()
    errors = batch.errors or ([{"file": "", "line": 0, "column": "", "value": "", "reason": reason}] if reason else [])
    Import.objects.filter(pk=batch.pk).update(
        finished_at=timezone.now(), counts={}, errors=errors, error_count=max(batch.error_count, len(errors))
    )


def delete_rows(batch: Import) -> None:
    """Delete an import's rows, those first that others point at last."""
    while ids := list(Verdict.objects.filter(batch=batch).values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            _delete(Score, verdict_id__in=ids)
            _delete(Rationale, verdict_id__in=ids)
            _delete(Verdict, pk__in=ids)
    for model in _LOADED:
        own: models.QuerySet[Any] = model._default_manager.filter(Q(batch=batch))
        while ids := list(own.values_list("pk", flat=True)[:_AT_ONCE]):
            with transaction.atomic():
                _delete(model, pk__in=ids)


def _delete(model: type[models.Model], **which: Any) -> None:
    """Delete without looking for what depends on the rows: nothing outside an unfinished import can."""
    rows = model._default_manager.filter(Q(**which))
    rows._raw_delete(rows.db)


def _is_dead(batch: Import) -> bool:
    host, _, process = str(batch.options.get("process", "")).rpartition(":")
    if host == socket.gethostname() and process.isdigit():
        return not _is_running(int(process))
    return batch.alive_at < timezone.now() - SILENT_FOR


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
