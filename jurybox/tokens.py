"""A person's API tokens. A token acts as its owner, in all projects or one; the database keeps only its hash."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from domain.models import Project, TokenScope
from domain.views.people import signed_in

MOST = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens; POST makes one, which is in that one answer and nowhere else."""
    mine = AuthToken.objects.filter(user=request.user).select_related("scope__project").order_by("-created")
    projects = Project.objects.open_for(request.user, "annotate").distinct()
    only, secret = request.POST.get("project", ""), ""
    if request.method == "POST" and mine.count() >= MOST:
        messages.error(request, f"You have {MOST} tokens already. Take one out of use first.")
    elif request.method == "POST":
        secret = _new(signed_in(request), get_object_or_404(projects, slug=only) if only else None)
    return render(request, "registration/tokens.html", {"tokens": mine, "secret": secret, "projects": projects})


@transaction.atomic
def _new(user: User, project: Project | None) -> str:
    """Make a token, for one project or for all that its owner is in, and return its secret."""
    token, secret = AuthToken.objects.create(user)
    if project is not None:
        TokenScope.objects.create(token=token, project=project)
    return str(secret)


@require_POST
@login_required
def revoke(request: HttpRequest, token_key: str) -> HttpResponse:
    """Take one of one's tokens out of use."""
    get_object_or_404(AuthToken, user=request.user, token_key=token_key).delete()
    messages.success(request, f"The token {token_key}… is out of use.")
    return redirect("tokens")
