"""The first accounts of an installation. No account ships with a known password."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import User

# No 0/O, 1/l/I: people type these from a terminal.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRSTUVWXYZ23456789"


def one_time_password() -> str:
    """Return 95 random bits in four groups that can be read out and typed."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def ensure_user(username: str, *, password: str = "", is_admin: bool = False) -> str:
    """Make the account if it is missing; return its new password, or "" when it was there already."""
    if User.objects.filter(username=username).exists():
        return ""
    password = password or one_time_password()
    make = User.objects.create_superuser if is_admin else User.objects.create_user
    make(username, password=password)
    return password


def new_password(username: str) -> str:
    """Give an account a fresh random password and return it."""
    user = User.objects.get(username=username)
    password = one_time_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def ensure_admin(password: str = "") -> tuple[str, str]:
    """Make an administrator on the first run; return (name, new password), the password "" if there was one already."""
    existing = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if existing is not None:
        return existing.get_username(), ""
    return "admin", ensure_user("admin", password=password, is_admin=True)
