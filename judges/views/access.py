"""Keys that a project keeps, and prices that its people have set."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from domain.access import get_project, may
from domain.models import Project
from domain.services import log
from judges import tariffs, throttle, vault
from judges.access_forms import KeyForm, LimitForm, PriceForm
from judges.keys import secret_of
from judges.models import JudgeVersion, PriceRow, StoredKey
from judges.prices import PRICES, price_name, price_of


@require_safe
@login_required
def access(request: HttpRequest, slug: str) -> HttpResponse:
    """Show which keys are kept and what is known about prices."""
    project = get_project(request, slug, "edit")
    return _page(request, project, KeyForm(), PriceForm(initial={"model": request.GET.get("model", "")[:200]}))


@require_POST
@login_required
def keep_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Store a key, or replace one."""
    project = get_project(request, slug, "manage")
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            vault.keep(project, form.cleaned_data["name"], form.cleaned_data["key"], request.user)  # type: ignore[arg-type]
        except vault.BadKey as problem:
            form.add_error("key", str(problem))
        else:
            messages.success(request, f"{form.cleaned_data['name']} is kept.")
            return redirect("judges:access", project.slug)
    return _page(request, project, form, PriceForm(), status=422)


@require_POST
@login_required
def forget_key(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a key."""
    project = get_project(request, slug, "manage")
    stored = get_object_or_404(StoredKey, project=project, pk=pk)
    vault.forget(stored, request.user)  # type: ignore[arg-type]
    messages.success(request, f"{stored.name} is forgotten.")
    return redirect("judges:access", project.slug)


@require_POST
@login_required
def set_price(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a price on record."""
    project = get_project(request, slug, "edit")
    form = PriceForm(request.POST)
    if form.is_valid():
        tariffs.set_price(project, **form.cleaned_data, user=request.user)  # type: ignore[arg-type]
        messages.success(request, f"The price of {form.cleaned_data['model']} is on record.")
        return redirect("judges:access", project.slug)
    return _page(request, project, KeyForm(), form, status=422)


@require_POST
@login_required
def drop_price(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a price off the record."""
    project = get_project(request, slug, "edit")
    tariffs.drop_price(get_object_or_404(PriceRow, project=project, pk=pk), request.user)  # type: ignore[arg-type]
    return redirect("judges:access", project.slug)


@require_POST
@login_required
def limit_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Limit what the key of a judge may do per minute, for all judges that use it."""
    project = get_project(request, slug, "edit")
    form = LimitForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: limits are whole numbers above 0.")
        return redirect("judges:access", project.slug)
    version = get_object_or_404(_single_judges(project), pk=form.cleaned_data["judge"])
    try:
        who = throttle.identity(version, secret_of(version))
    except vault.Unreadable as problem:
        messages.error(request, f"Nothing was changed: {problem}.")
        return redirect("judges:access", project.slug)
    throttle.set_limits(who, requests=form.cleaned_data["requests"], tokens=form.cleaned_data["tokens"])
    log(project, "key.limited", request.user, name=version.key_name, **_said(form))  # type: ignore[arg-type]
    messages.success(request, f"The limits of {version.key_name or 'this server'} are set.")
    return redirect("judges:access", project.slug)


def _said(form: LimitForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("requests", "tokens")}


def _page(
    request: HttpRequest, project: Project, key_form: KeyForm, price_form: PriceForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "project": project,
        "keys": StoredKey.objects.filter(project=project).select_related("created_by"),
        "own_prices": PriceRow.objects.filter(project=project),
        "listed_prices": _listed(),
        "unpriced": _unpriced(project),
        "limits": _limits(project),
        "now": timezone.now(),
        "key_form": key_form,
        "price_form": price_form,
        "manages": may(request.user, "manage", project),
    }
    return render(request, "judges/access.html", context, status=status)


def _listed() -> list[dict[str, Any]]:
    """Return the shipped rows, a line for each tier."""
    return [{"price": price, "tier": tier} for price in PRICES for tier in price.tiers]


def _unpriced(project: Project) -> list[str]:
    """Return the names, as prices are set under them, of the models of judges that nobody knows a price of."""
    own, now = tariffs.own_prices(project.pk), timezone.now()
    judges = _single_judges(project).values_list("provider", "model").distinct()
    names = sorted({price_name(provider, model) for provider, model in judges})
    return [name for name in names if price_of(name, now, own) is None]


def _single_judges(project: Project) -> QuerySet[JudgeVersion]:
    """Return the judges that call a model: the members of panels do, and panels do not."""
    found: QuerySet[JudgeVersion] = JudgeVersion.objects.filter(project=project, combination="").order_by("pk")
    return found


def _limits(project: Project) -> list[dict[str, Any]]:
    """Return the keys that judges of the project use, each once, with what they may do per minute."""
    judges: dict[str, JudgeVersion] = {}
    for version in _single_judges(project):
        with suppress(vault.Unreadable):
            judges.setdefault(throttle.identity(version, secret_of(version)), version)
    known = throttle.limits_of(list(judges))
    return [{"judge": version, "throttle": known.get(who)} for who, version in judges.items()]
