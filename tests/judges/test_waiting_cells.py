"""What a run says of itself while its provider is in trouble."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rich.console import Console

from judges.clock import database_now
from judges.display import Bar
from judges.figures import Waiting, waiting
from judges.models import Cell, Run
from judges.planning import Selection
from judges.runner import drain
from tests.fakes.provider import Faults
from tests.judges.browsing import as_member, done_run, open_shop, url
from tests.judges.running import run_of

pytestmark = pytest.mark.django_db
WHY = "HTTP 503: <b>overloaded</b> [red]"


@pytest.fixture
def run(fake) -> Run:
    """A run two of whose cells wait for another try, and one of which is simply open."""
    run = done_run(open_shop(), fake, base_url=fake.openai_url)
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=database_now())
    first, second, third = run.cells.order_by("pk").values_list("pk", flat=True)[:3]
    Cell.objects.filter(pk__in=[first, second]).update(
        state="open", outcome="", detail=WHY, due_at=database_now() + timedelta(seconds=40)
    )
    Cell.objects.filter(pk=third).update(state="open", outcome="", due_at=database_now())
    run.refresh_from_db()
    return run


def test_cells_that_wait_for_another_try_are_counted_with_a_reason(run):
    with CaptureQueriesContext(connection) as asked:
        assert waiting(run) == Waiting(2, WHY)
    assert len(asked) <= 2
    Cell.objects.filter(run=run, state="open").update(due_at=database_now() - timedelta(seconds=1))
    assert waiting(run) is None


def test_the_page_says_so_as_text_while_the_run_goes(run):
    ada = as_member(run.project, "owner")
    page = ada.get(url("run", run.pk)).content.decode()
    assert "2 wait to be asked again." in page
    assert "HTTP 503: &lt;b&gt;overloaded&lt;/b&gt;" in page
    Run.objects.filter(pk=run.pk).update(state="paused", reason="By hand.")
    assert "wait to be asked again" not in ada.get(url("run", run.pk)).content.decode()


def test_the_bar_says_so_as_text(run):
    out = StringIO()
    with Bar(Console(file=out, force_terminal=True, width=200, color_system=None), run) as bar:
        bar.show(run)
    assert f"2 wait to be asked again: {WHY}" in out.getvalue()


def test_what_failed_first_and_was_answered_then_waits_no_more(project, fake, monkeypatch):
    monkeypatch.setattr("judges.runner.BEAT_S", 0.0)
    fake.configure(faults=Faults(plan=("503",)))
    run = run_of(project, fake, Selection(limit=2))
    seen: list[Waiting] = []

    def look(run: Run) -> None:
        fake.configure(faults=Faults(plan=("503",) if not seen else ()))
        if found := waiting(run):
            seen.append(found)

    drain(run, on_progress=look)
    assert (run.state, run.verdicts, waiting(run)) == ("done", 4, None)
    assert seen
    assert all("503" in found.why for found in seen)
