"""Who is asking."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest


def signed_in(request: HttpRequest) -> User:
    """Return the person behind a ``login_required`` view, under the type that says they are signed in."""
    return cast("User", request.user)
