"""What no request may carry, and which language answers it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

# The researcher's part, which is English: half a page in another language helps nobody who listens to it.
ENGLISH = ("/p/", "/api/", "/account/")


class NoNul:
    """Answer 400 to an address with a NUL in it: nothing here has one, and PostgreSQL cannot even be asked for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass every other request on."""
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("a NUL in the address")
        return self.get_response(request)


class Language(LocaleMiddleware):
    """Answer who rates in the language they chose, or their browser's; the researcher's pages are in English."""

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language of a request."""
        request.has_languages = not (request.path_info == "/" or request.path_info.startswith(ENGLISH))  # type: ignore[attr-defined]
        if request.has_languages:  # type: ignore[attr-defined]
            super().process_request(request)
        else:
            translation.activate("en")
            request.LANGUAGE_CODE = "en"
