"""Who signed in, or tried to: django-axes' record, without the secrets of links."""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest

from jurybox.logs import without_secrets


class SignIns(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Keeps who signed in, or tried to, without the secret of the link by which they came."""

    def user_login_failed(self, sender: Any, credentials: Any, request: HttpRequest | None = None, **kw: Any) -> None:
        """Keep a failure."""
        _hide(request)
        super().user_login_failed(sender, credentials, request, **kw)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kw: Any) -> None:
        """Keep a success."""
        _hide(request)
        super().user_logged_in(sender, request, user, **kw)


def _hide(request: HttpRequest | None) -> None:
    path = getattr(request, "axes_path_info", None)
    if request is not None and isinstance(path, str):
        request.axes_path_info = without_secrets(path)  # type: ignore[attr-defined]  # put there by axes
