"""What was imported: prompts, systems, responses and battles, in tables and one by one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from domain import browsing
from domain.access import get_project, may
from domain.models import Battle, Project, Prompt
from domain.paging import page_of
from domain.rendering import rendered
from domain.views.people import signed_in

PARTS = ("prompts", "systems", "responses", "battles")


@require_safe
@login_required
@vary_on_headers("HX-Request")
def data(request: HttpRequest, slug: str, part: str = "prompts") -> HttpResponse:
    """Show one of the tables, filtered by what was typed; htmx asks for the rows alone."""
    project = get_project(request, slug)
    typed = request.GET.get("q", "").strip()[:200]
    page = page_of(browsing.filtered(project, part, typed), request.GET)
    browsing.add_counts(part, page.rows)
    context = {"project": project, "part": part, "page": page, "typed": typed, **_around(request, project)}
    template = f"domain/data_{part}.html" + ("#rows" if _wants_rows(request) else "")
    return render(request, template, context)


@require_safe
@login_required
def prompt(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one prompt with all its responses side by side, and what raters said about each."""
    project = get_project(request, slug)
    found = get_object_or_404(Prompt.objects.of(project).with_responses(), pk=pk)
    responses = list(found.responses.all())
    verdicts = browsing.verdicts_on_responses(responses)
    html = rendered(_texts(found, responses))
    context = {
        "project": project,
        "prompt": found,
        "turns": [{**turn, "html": html[turn["content"]]} for turn in found.turns],
        "reference_html": html.get(found.reference),
        "columns": [_column(response, html, verdicts.get(response.pk, [])) for response in responses],
        "battles": browsing.battles_of_prompt(found),
        **browsing.neighbours(Prompt.objects.of(project), found),
    }
    return render(request, "domain/prompt.html", context)


@require_safe
@login_required
def battle(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one battle: the prompt, the two responses, and every answer about them."""
    project = get_project(request, slug)
    found = get_object_or_404(Battle.objects.of(project).with_material(), pk=pk)
    sides = [found.response_a, found.response_b]
    html = rendered(_texts(found.prompt, sides))
    context = {
        "project": project,
        "battle": found,
        "prompt": found.prompt,
        "turns": [{**turn, "html": html[turn["content"]]} for turn in found.prompt.turns],
        "reference_html": html.get(found.prompt.reference),
        "columns": [_column(response, html, []) for response in sides],
        "verdicts": browsing.verdicts_on_battle(found),
        **browsing.neighbours(Battle.objects.of(project), found),
    }
    return render(request, "domain/battle.html", context)


def _around(request: HttpRequest, project: Project) -> dict[str, Any]:
    """What stands above the rows; a request for the rows alone does not pay for it."""
    if _wants_rows(request):
        return {}
    return {"sizes": browsing.sizes(project), "may_edit": may(signed_in(request), "edit", project)}


def _wants_rows(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == "rows"


def _texts(prompt: Prompt, responses: list[Any]) -> list[str]:
    texts = [turn["content"] for turn in prompt.turns] + [prompt.reference]
    return [text for text in [*texts, *(response.content for response in responses)] if text]


def _column(response: Any, html: dict[str, Any], verdicts: list[Any]) -> dict[str, Any]:
    return {"response": response, "html": html.get(response.content or ""), "verdicts": verdicts}
