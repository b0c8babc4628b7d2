"""Imports that a page starts and does not wait for: a thread of the web process, with progress in the Import row."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections

from domain.formats import Source
from domain.imports.options import BadOption, Options
from domain.imports.service import begin_import, finish_import
from domain.models import Import, Project

_log = logging.getLogger(__name__)


def start_in_background(
    *, project: Project, uploads: Sequence[Any], options: Options, user: User | None = None
) -> Import:
    """Open an import, keep the uploaded files and load them in a thread; return at once.

    The page polls the Import: ``state``, ``rows_read`` of ``rows_total`` (null while the files are checked),
    ``errors``. Raises Busy when another import into the project is running. A thread that dies with its process
    leaves an import that the next one takes back.
    """
    batch = begin_import(project, options, user)
    folder = _folder(batch)
    sources = [_keep(folder, number, upload) for number, upload in enumerate(uploads)]
    Thread(target=_run, args=(batch, sources, options, folder), name=f"import-{batch.pk}").start()
    return batch


def _run(batch: Import, sources: Sequence[Source], options: Options, folder: Path) -> None:
    try:
        finish_import(batch, sources, options)
    except BadOption as error:
        _log.info("import %s refused: %s", batch.pk, error)  # the reason stands in the import
    except Exception:
        _log.exception("import %s failed", batch.pk)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        connections.close_all()


def _folder(batch: Import) -> Path:
    folder = Path(settings.HOME) / "imports" / str(batch.pk)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _keep(folder: Path, number: int, upload: Any) -> Source:
    """Copy an upload to a name of our own; its own name is kept for messages only."""
    path = folder / f"{number}"
    with path.open("wb") as file:
        for block in upload.chunks():
            file.write(block)
    name = Path(str(upload.name)).name[:200] or "upload"
    return Source(name=name, open=lambda: path.open("rb"), size=path.stat().st_size)
