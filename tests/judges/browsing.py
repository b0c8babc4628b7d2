"""A project whose pages are visited: who is in it, its addresses, and a run that is over."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from domain.models import Project
from judges.models import Run
from judges.providers import Vendor
from judges.runner import drain
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_run, make_version


def open_shop() -> Project:
    project = make_project(slug="shop", owner=make_user("ada"), viewer=make_user("vic"), annotator=make_user("ann"))
    make_battles(project, 3)
    return project


def as_member(project, role: str) -> Client:
    client = Client()
    client.force_login(project.memberships.get(role=role).user)
    return client


def url(name: str, *arguments: Any) -> str:
    return reverse(f"judges:{name}", args=["shop", *arguments])


def done_run(project, fake, **judge) -> Run:
    version = make_version(project, **{"vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna", **judge})
    run = make_run(version)
    drain(run)
    return run


def every_page(run: Run) -> list[str]:
    cell = run.cells.first()
    assert cell is not None
    pages = [url(name) for name in ("judges", "new_judge", "runs", "new_run", "new_metric_run")]
    return [*pages, url("judge", run.version_id), url("run", run.pk), url("cell", run.pk, cell.pk)]
