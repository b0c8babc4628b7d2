"""Files that wait between the check of an import and the import itself."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile

from domain.formats import Source
from domain.imports import Options
from domain.models import Project

MAX_FILES = 20
MAX_BYTES = 200 * 2**20  # in all; the command line takes files of any size and needs no second copy
KEPT_SECONDS = 6 * 3600
_SALT = "jurybox.upload"


class Gone(Exception):
    """The upload is no longer kept, or was made by somebody else, or for another project."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Files on our disk under names of our own, their real names, and how they are to be read."""

    folder: str
    names: tuple[str, ...]
    options: Options

    @property
    def sources(self) -> list[Source]:
        """Return the files for a check."""
        return [_source(path, name) for path, name in self._files()]

    def files(self) -> list[File[bytes]]:
        """Open the files for the import; the caller closes them."""
        return [File(path.open("rb"), name=name) for path, name in self._files()]

    def discard(self) -> None:
        """Delete the files."""
        shutil.rmtree(_home() / self.folder, ignore_errors=True)

    def ticket(self, project: Project, user: User) -> str:
        """Return what a form carries from the check to the import: only this person can use it, only here."""
        content = {
            "folder": self.folder,
            "names": self.names,
            "options": self.options.as_dict(),
            "for": [project.pk, user.pk],
        }
        return signing.dumps(content, salt=_SALT, compress=True)

    @classmethod
    def of_ticket(cls, ticket: str, project: Project, user: User) -> Upload:
        """Return the upload behind a ticket, or raise Gone."""
        try:
            content: dict[str, Any] = signing.loads(ticket, salt=_SALT, max_age=KEPT_SECONDS)
        except signing.BadSignature:
            raise Gone from None
        if content["for"] != [project.pk, user.pk] or not (_home() / content["folder"]).is_dir():
            raise Gone
        return cls(content["folder"], tuple(content["names"]), Options.from_dict(content["options"]))

    def _files(self) -> list[tuple[Path, str]]:
        return [(_home() / self.folder / str(number), name) for number, name in enumerate(self.names)]


def keep(uploads: Sequence[UploadedFile[Any]], options: Options) -> Upload:
    """Copy uploaded files to our disk, and forget those that nobody came back for."""
    _forget_old()
    folder = _home() / secrets.token_hex(16)
    folder.mkdir(mode=0o700, parents=True)
    for number, upload in enumerate(uploads):
        with (folder / str(number)).open("wb") as file:
            for block in upload.chunks():
                file.write(block)
    return Upload(folder.name, tuple(Path(upload.name or "upload").name[:200] for upload in uploads), options)


def _source(path: Path, name: str) -> Source:
    return Source(name=name, open=lambda: path.open("rb"), size=path.stat().st_size)


def _forget_old() -> None:
    for folder in _home().glob("*"):
        if folder.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _home() -> Path:
    return Path(settings.HOME) / "uploads"
