"""Who calls the API: knox's tokens, looked up by one statement."""

from __future__ import annotations

from secrets import compare_digest
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, DateTimeField, Q, QuerySet
from django.utils import timezone
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox import auth
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from domain.prepared import Param, prepared


class TokenAuthentication(auth.TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """Knox's own, which at every call reads and clears all tokens of the person too: ours end only by their owner."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, Any]:
        """Return whose token it is, and the token with what limits it; or refuse it."""
        text = token.decode(errors="replace")
        digest = hash_token(text)
        start = text[: CONSTANTS.TOKEN_KEY_LENGTH]
        for held in _living_tokens().all(start=start, now=timezone.now()):
            if compare_digest(digest, held.digest):
                found: tuple[User, Any] = self.validate_user(held)
                return found
        raise AuthenticationFailed("Invalid token.")


@prepared
def _living_tokens() -> QuerySet[Any]:
    tokens: QuerySet[Any] = AuthToken.objects.filter(token_key=Param("start", CharField()))
    return tokens.select_related("user", "scope").filter(Q(expiry=None) | Q(expiry__gt=Param("now", DateTimeField())))


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # drf-spectacular finds it by its class
    """The same in the description of the API."""

    target_class = "jurybox.authentication.TokenAuthentication"
