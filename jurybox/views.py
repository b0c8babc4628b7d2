"""Signing in, the errors, and whether the server is well."""

from __future__ import annotations

import logging

from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, connection
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found, permission_denied, server_error

log = logging.getLogger(__name__)

FORM_METHODS = ["get", "head", "post", "options"]  # Django's forms take a PUT for a POST
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class SignInForm(AuthenticationForm):
    """Name and password. Django's own form checks no length, and a failed name is put on record."""

    username = UsernameField(max_length=150, widget=TextInput(attrs={"autofocus": True}))


class SignIn(LoginView):
    """Sign in with name and password."""

    authentication_form = SignInForm
    redirect_authenticated_user = True
    http_method_names = FORM_METHODS

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Show the form; tell a fragment's request 401, or the form would be swapped into the page that waits."""
        if request.headers.get("HX-Request"):
            return HttpResponse("You are signed out.", status=401, content_type="text/plain")
        return super().get(request, *args, **kwargs)


class PasswordChange(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]  # generic in the stubs only
    """Change one's own password."""

    template_name = "registration/password_change.html"
    success_url = reverse_lazy("home")
    success_message = gettext_lazy("Your password is changed.")
    http_method_names = FORM_METHODS


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the server and its database work, for whatever watches it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("health check: the database does not answer")
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that a request cannot be read, or that it is too large."""
    too_much = isinstance(exception, TOO_MUCH)
    status = 413 if too_much else 400
    reason = _("What was sent is larger than this server takes. Send less at once.") if too_much else ""
    if _is_api(request):
        return JsonResponse({"detail": reason or "The request cannot be read."}, status=status)
    return render(request, "400.html", {"reason": reason}, status=status)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Say that a role does not allow this."""
    if _is_api(request):
        return JsonResponse({"detail": "Your role does not allow this."}, status=403)
    return permission_denied(request, exception)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Say that there is nothing here, in the same words whether it exists elsewhere or not."""
    if _is_api(request):
        return JsonResponse({"detail": "Not found."}, status=404)
    return page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponseBase:
    """Say that the server failed, without touching what may be broken."""
    if _is_api(request):
        return JsonResponse({"detail": "The server failed; the reason is in its log."}, status=500)
    return server_error(request)


def locked_out(request: HttpRequest, *args: object) -> HttpResponse:
    """Say that too many wrong passwords came from one address for one name."""
    if _is_api(request):
        return JsonResponse({"detail": "Too many wrong passwords; try again in a quarter of an hour."}, status=429)
    return render(request, "registration/locked.html", status=429)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
