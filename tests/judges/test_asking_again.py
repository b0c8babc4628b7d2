"""Asking again from a page: exactly what was meant, by workers that are there, and nothing that somebody stopped."""

from __future__ import annotations

import pytest
from django.urls import reverse

from judges import services
from judges.models import Cell, Run
from judges.runner import drain
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(slug="shop", owner=make_user("ada"))
    make_battles(project, 3)
    return project


def fail_one(run: Run) -> Cell:
    cell: Cell = run.cells.filter(outcome="verdict").earliest("pk")
    Cell.objects.filter(pk=cell.pk).update(outcome="unreadable", said="")
    Run.objects.filter(pk=run.pk).update(unreadable=1, verdicts=run.verdicts - 1)
    return cell


def halfway(project, fake) -> Run:
    """A run that was stopped with four of its six cells to go, one of the others unreadable."""
    run = make_run(make_version(project, base_url=fake.openai_url))
    drain(run)
    run.cells.filter(pk__in=run.cells.order_by("pk")[2:]).update(state="open", outcome="", said="", due_at=run.alive_at)
    Run.objects.filter(pk=run.pk).update(state="running", verdicts=2, finished_at=None)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("stop", [services.pause, services.cancel])
@pytest.mark.parametrize("way", ["cell", "list", "run"])
def test_asking_one_again_does_not_start_the_rest_of_a_run_that_was_stopped(ada, project, fake, stop, way):
    run = halfway(project, fake)
    cell = fail_one(run)
    stop(run)
    address = {
        "cell": reverse("judges:retry_cell", args=["shop", run.pk, cell.pk]),
        "list": reverse("judges:retry_cells", args=["shop", run.pk]),
        "run": reverse("judges:act", args=["shop", run.pk, "retry"]),
    }[way]
    before = run.state
    page = ada.post(address, {"show": "unreadable"}, follow=True).content.decode()
    assert "1 will be asked again once the run is resumed, with all others that are left." in page
    cell.refresh_from_db()
    run.refresh_from_db()
    assert (cell.state, run.state, run.cells.filter(state="open").count()) == ("open", before, 5)


def test_asking_one_again_starts_a_run_in_which_nothing_else_is_left(ada, project, fake):
    run = make_run(make_version(project, base_url=fake.openai_url))
    drain(run)
    cell = fail_one(run)
    page = ada.post(reverse("judges:retry_cell", args=["shop", run.pk, cell.pk]), follow=True).content.decode()
    assert "1 will be asked again." in page
    run.refresh_from_db()
    assert (run.state, run.engine) == ("running", "worker")


def test_cells_are_asked_again_by_the_workers_behind_the_broker_where_there_is_one(ada, project, fake, settings):
    run = make_run(make_version(project, base_url=fake.openai_url))
    drain(run)
    cell = fail_one(run)
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    ada.post(reverse("judges:retry_cell", args=["shop", run.pk, cell.pk]))
    run.refresh_from_db()
    assert (run.state, run.engine) == ("running", "celery")
