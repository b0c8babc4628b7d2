"""Read settings from the environment, and say which one is wrong and what it should be."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KNOWN_BAD_KEYS = ("changeme", "secret", "insecure", "django-insecure", "default")
BROKERS = ("redis", "rediss", "amqp", "amqps")
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def text(name: str, default: str = "") -> str:
    """Return ``JURYBOX_<name>`` without surrounding white space."""
    return os.environ.get(f"JURYBOX_{name}", default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    """Return ``JURYBOX_<name>`` as yes or no."""
    value = text(name, "1" if default else "0").lower()
    if value not in TRUE + FALSE:
        raise ImproperlyConfigured(f"JURYBOX_{name} is {value!r}; set it to 1 or 0")
    return value in TRUE


def words(name: str, default: str = "") -> list[str]:
    """Return ``JURYBOX_<name>`` as a list of comma-separated words."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def number(name: str, default: int, *, most: int | None = None) -> int:
    """Return ``JURYBOX_<name>`` as a whole number, of ``most`` at most."""
    value = text(name, str(default))
    try:
        found = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"JURYBOX_{name} is {value!r}; set it to a whole number") from None
    if most is not None and found > most:
        raise ImproperlyConfigured(f"JURYBOX_{name} is {value}; set it to {most} or less")
    return found


def hosts_of(address: str) -> list[str]:
    """Return the ``host:port`` of an address, nothing when there is none."""
    if not address:
        return []
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(f"{address!r} is no address of a server; it looks like http://127.0.0.1:11434/v1")
    return [f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"]


def broker(url: str) -> str:
    """Return the address of a message broker, checked; messages never repeat it, since it may hold a password."""
    try:
        parts = urlsplit(url)
        known = not url or (parts.scheme in BROKERS and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        known = False
    if not known:
        raise ImproperlyConfigured(
            "JURYBOX_BROKER_URL is no address of a broker; it looks like redis://:password@host:6379/0 or "
            "amqp://user:password@host:5672/vhost (rediss and amqps for TLS)"
        )
    return url


def home(package: Path) -> Path:
    """Return the data directory: ``JURYBOX_HOME``, else ``var/`` of a checkout, else the user's data directory."""
    if chosen := text("HOME"):
        return Path(chosen).expanduser().resolve()
    if (package.parent / "manage.py").exists():
        return package.parent / "var"
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "jurybox"


def secret_key(directory: Path, *, lasting: bool, may_create: bool) -> str:
    """Return the signing key: ``JURYBOX_SECRET_KEY``, else the one kept in the data directory.

    A server needs a lasting key, and only ``demo`` and DEBUG make one of their own (once, readable by its owner
    alone): a key that comes and goes, or that everybody knows, signs nobody's session. A command that signs nothing
    gets a random one for its own lifetime.
    """
    if key := text("SECRET_KEY"):
        return _worthy(key, "JURYBOX_SECRET_KEY")
    path = directory / "secret-key"
    if path.exists():
        return _worthy(path.read_text().strip(), f"the key in {path}")
    if not lasting:
        return secrets.token_urlsafe(50)
    if may_create:
        return create_secret_key(directory)
    raise ImproperlyConfigured(
        "JURYBOX_SECRET_KEY is not set. Set it to at least 50 random characters, for instance the output of: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )


def create_secret_key(directory: Path) -> str:
    """Write a fresh key into the data directory, whole or not at all; a second process that came first wins."""
    _make_home(directory)
    path = directory / "secret-key"
    with NamedTemporaryFile("w", dir=directory, prefix="secret-key.") as draft:  # readable by its owner alone
        draft.write(secrets.token_urlsafe(50))
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)
    return path.read_text()


def _worthy(key: str, origin: str) -> str:
    if len(key) < 50 or len(set(key)) < 5 or key.lower().startswith(KNOWN_BAD_KEYS):
        raise ImproperlyConfigured(
            f"{origin} is too short or a well-known default; set it to at least 50 random characters"
        )
    return key


ADDRESS_FORM = "it looks like postgresql://user:password@host:5432/name"
SQLITE_OPTIONS = {
    # Measured with 8 writers: without WAL and IMMEDIATE, up to 47 % of requests fail with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL",
}


def database(url: str, directory: Path) -> dict[str, Any]:
    """Return Django's settings for a database address; without one, the embedded SQLite file."""
    if not url:
        _make_home(directory)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": directory / "jurybox.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": dict(SQLITE_OPTIONS),
            "TEST": {"NAME": str(directory / "test.sqlite3")},  # a file: shared-cache memory locks under live servers
        }
    parts, port = _address(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": port,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": "-c lock_timeout=30s -c idle_in_transaction_session_timeout=10min",
            **dict(parse_qsl(parts.query)),
        },
    }


def _make_home(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"the data directory {directory} cannot be made ({error.strerror}); set JURYBOX_HOME to another one"
        ) from None


def _address(url: str) -> tuple[SplitResult, str]:
    """Take a PostgreSQL address apart; messages never repeat it, since it may hold a password."""
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:
        raise ImproperlyConfigured(f"JURYBOX_DATABASE_URL cannot be read; {ADDRESS_FORM}") from None
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            f"a database address begins with postgresql://, this one with {parts.scheme!r}; for the embedded "
            "SQLite database leave JURYBOX_DATABASE_URL unset"
        )
    if not parts.path.lstrip("/"):
        raise ImproperlyConfigured(f"JURYBOX_DATABASE_URL names no database; {ADDRESS_FORM}")
    return parts, port
