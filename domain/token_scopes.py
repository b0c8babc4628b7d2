"""Tokens for one project: the one place where every route of the API is held to it.

A view says which project a request is about (``project_of``), or that it lists what the person has and keeps to a
token's project by itself (``keeps_to_scope``). A view that says neither is closed to such tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from knox.models import AuthToken
from rest_framework.permissions import BasePermission

from domain.models import TokenScope

if TYPE_CHECKING:  # both read the settings, which name this module
    from rest_framework.request import Request
    from rest_framework.views import APIView

NOWHERE = 0  # the project of a token whose project was deleted


class WithinTokensProject(BasePermission):
    """Answers 404 where a token is for another project, as for what is not there."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Let everybody pass but a token out of its project."""
        only = project_of_token(request)
        if only is None or getattr(view, "keeps_to_scope", False):
            return True
        project_of: Any = getattr(view, "project_of", None)
        if project_of is None or project_of(**view.kwargs) != only:
            raise Http404
        return True


def project_of_token(request: Request) -> int | None:
    """Return the one project that a request's token is for; None for a session or a token for all."""
    if not isinstance(request.auth, AuthToken):
        return None
    scope: TokenScope | None = getattr(request.auth, "scope", None)  # came with the token
    return None if scope is None else scope.project_id or NOWHERE
