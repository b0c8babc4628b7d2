"""Keys of providers that are kept here: encrypted under the installation's secret, bound to project and name.

They can be written and used; no page, API, export or command shows one again. Without JURYBOX_SECRET_KEY a copy of the
database opens none of them.
"""

from __future__ import annotations

import base64
import os

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from domain.models import Project
from domain.services import log
from judges.models import StoredKey
from judges.providers.base import Secret

VERSION = "1"
NONCE_BYTES = 12
LONGEST = 2_000
SHOWN_FROM = 12  # of a shorter key, four characters would be too large a part


class BadKey(ValueError):
    """What was given cannot be a key; the message does not repeat it."""


class Unreadable(Exception):
    """A stored key does not open: it was sealed under another secret, or for another place."""


def is_key(text: str) -> bool:
    """Say whether a text can be a key: what cannot stand in a header would be repeated by who refuses to send it."""
    return 0 < len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text


@transaction.atomic
def keep(project: Project, name: str, key: str, user: User | None = None) -> StoredKey:
    """Store a key under a name, instead of an earlier one. Raises BadKey."""
    key = key.strip()
    if not is_key(key):
        raise BadKey(f"a key is 1 to {LONGEST} printable ASCII characters without spaces")
    fields = {
        "ciphertext": _seal(key, project.pk, name),
        "last_four": key[-4:] if len(key) >= SHOWN_FROM else "",
        "created_by": user,
        "created_at": timezone.now(),
        "used_at": None,
    }
    stored, _ = StoredKey.objects.update_or_create(project=project, name=name, defaults=fields)
    log(project, "key.kept", user, name=name)
    return stored


@transaction.atomic
def forget(stored: StoredKey, user: User | None = None) -> None:
    """Remove a key for good."""
    log(stored.project, "key.forgotten", user, name=stored.name)
    stored.delete()


def find(project_id: int, name: str) -> Secret | None:
    """Return the key that a project keeps under a name, or None. Raises Unreadable."""
    stored = StoredKey.objects.filter(project_id=project_id, name=name).first() if name else None
    if stored is None:
        return None
    return Secret(_unseal(stored.ciphertext, project_id, name))


def _seal(key: str, project_id: int, name: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_derived(settings.SECRET_KEY)).encrypt(nonce, key.encode(), _place(project_id, name))
    return f"{VERSION}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def _unseal(ciphertext: str, project_id: int, name: str) -> str:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    version, _, text = ciphertext.partition(":")
    if version != VERSION:
        raise Unreadable(f"{name} was stored by a later release")
    sealed = base64.urlsafe_b64decode(text)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            box = AESGCM(_derived(str(secret)))
            return box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(project_id, name)).decode()
        except InvalidTag:
            continue
    raise Unreadable(f"{name} does not open with this installation's secret key: store it again")


def _place(project_id: int, name: str) -> bytes:
    """Return what a key is bound to: moved to another row, it does not open."""
    return f"{project_id}\0{name}".encode()


def _derived(secret: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=None, info=b"jurybox judges.vault").derive(secret.encode())
