"""What researchers take away from a campaign: who is owed what, and every answer as it was given."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotation import pay as pay_lines
from annotation import raw_answers
from annotation.views.common import PageRequest, project_campaign
from domain.access import get_project, may
from domain.formats.streams import PIECES, TYPES
from domain.services import log


class MinimumForm(forms.Form):
    """The wage below which a line is marked."""

    minimum = forms.FloatField(required=False, min_value=0, max_value=1e6, label="Minimum wage per hour")


class AnswersForm(forms.Form):
    """In which form answers are taken away, and under which names."""

    kind = forms.ChoiceField(choices=[("csv", "CSV"), ("jsonl", "JSON Lines")], label="Format")
    names = forms.BooleanField(required=False, label="With people's names instead of pseudonyms")


@login_required
@require_safe
def pay(request: PageRequest, slug: str, pk: int) -> HttpResponse:
    """Show what each person worked and is owed."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = MinimumForm(request.GET or None)
    minimum = form.cleaned_data["minimum"] if form.is_valid() else None
    context = {
        "project": project,
        "campaign": campaign,
        "form": form,
        "minimum": minimum,
        "report": pay_lines.pay_report(campaign, minimum=minimum),
        "may_edit": True,
    }
    return render(request, "annotation/pay.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def pay_file(request: PageRequest, slug: str, pk: int) -> HttpResponseBase:
    """Download the pay report as CSV."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = MinimumForm(request.POST)
    if not form.is_valid():  # the page says what is wrong with it
        said = urlencode({"minimum": request.POST.get("minimum", "")})
        return redirect(f"{reverse('annotation:pay', args=[slug, pk])}?{said}")
    report = pay_lines.pay_report(campaign, minimum=form.cleaned_data["minimum"])
    log(project, "export", request.user, what="pay", campaign=campaign.pk, rows=len(report.lines))
    pieces = PIECES["csv"](pay_lines.COLUMNS, pay_lines.rows_of(report, campaign.currency))
    return _attached(pieces, "csv", f"{project.slug}-{campaign.pk}-pay")


@login_required
@require_POST
def answers_file(request: PageRequest, slug: str, pk: int) -> HttpResponseBase:
    """Download every answer of a campaign; names of people are for owners alone."""
    project = get_project(request, slug, "edit")
    campaign = project_campaign(project, pk)
    form = AnswersForm(request.POST)
    if not form.is_valid():
        return redirect("annotation:manage", slug=slug, pk=pk)
    names, kind = form.cleaned_data["names"], form.cleaned_data["kind"]
    if names and not may(request.user, "manage", project):
        raise Http404
    log(project, "export", request.user, what="answers", campaign=campaign.pk, names=names, format=kind)
    rows = raw_answers.raw_answers([campaign], names=names)
    return _attached(PIECES[kind](raw_answers.COLUMNS, rows), kind, f"{project.slug}-{campaign.pk}-answers")


def _attached(pieces: Iterator[str], kind: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer
