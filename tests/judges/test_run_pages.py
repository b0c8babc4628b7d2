"""The page of a run and of its cells: progress, buttons, what was said, and how often the sides decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from judges.figures import flipped, swaps, wilson
from judges.models import Cell, Run
from tests.judges.browsing import done_run, every_page, open_shop, url

pytestmark = pytest.mark.django_db

HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script> <b hx-get="/logout/">A</b>'
HTMX = {"HX-Request": "true", "HX-Target": "run-progress"}


@pytest.fixture
def project():
    return open_shop()


@pytest.fixture
def run(project, fake) -> Run:
    return done_run(project, fake, base_url=fake.openai_url)


def test_progress_refreshes_itself_until_the_run_is_over(run, ada):
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=timezone.now())
    page = ada.get(url("run", run.pk))
    assert b'hx-trigger="every 2s"' in page.content
    assert b"As they were when this page was loaded." in page.content
    state = {"phase": page.context["phase"], "tenth": page.context["tenth"]}
    fragment = ada.get(url("run", run.pk), state, headers=HTMX)
    assert "HX-Refresh" not in fragment.headers
    assert b"<table" not in fragment.content
    assert b"<form" not in fragment.content
    assert len(fragment.content) < 2500  # every two seconds, on every open page
    Run.objects.filter(pk=run.pk).update(state="done")
    last = ada.get(url("run", run.pk), state, headers=HTMX)
    assert last.headers["HX-Refresh"] == "true"
    over = ada.get(url("run", run.pk)).content
    assert b"hx-trigger" not in over
    assert b"As they were" not in over


def test_the_page_is_loaded_again_when_its_buttons_are_no_longer_the_right_ones(run, ada):
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=timezone.now())
    phase = ada.get(url("run", run.pk)).context["phase"]
    Run.objects.filter(pk=run.pk).update(alive_at=timezone.now() - timedelta(minutes=5))
    assert ada.get(url("run", run.pk), {"phase": phase}, headers=HTMX).headers["HX-Refresh"] == "true"


def test_progress_is_said_aloud_at_every_tenth_and_not_at_every_change(run, ada):
    Run.objects.filter(pk=run.pk).update(state="running", alive_at=timezone.now(), verdicts=3, planned=6)
    assert b'innerHTML:#run-said">3 of 6' in ada.get(url("run", run.pk), {"tenth": "4"}, headers=HTMX).content
    assert b"run-said" not in ada.get(url("run", run.pk), {"tenth": "5"}, headers=HTMX).content


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("running", "pause", "paused"),
        ("running", "cancel", "cancelled"),
        ("paused", "resume", "running"),
        ("cancelled", "resume", "running"),
        ("done", "pause", "done"),
        ("done", "cancel", "done"),
        ("done", "resume", "done"),
    ],
)
def test_buttons_move_a_run_only_where_that_makes_sense(run, ada, before, action, after):
    Run.objects.filter(pk=run.pk).update(state=before, reason="Because.")
    response = ada.post(url("act", run.pk, action), follow=True)
    run.refresh_from_db()
    assert run.state == after
    assert (b"Nothing was changed" in response.content) == (before == after)


def test_a_run_whose_command_has_died_says_so_and_is_resumed_by_a_worker(run, ada):
    long_ago = timezone.now() - timedelta(minutes=5)
    Run.objects.filter(pk=run.pk).update(state="running", engine="command", alive_at=long_ago)
    assert b"The command that ran it was last heard of" in ada.get(url("run", run.pk)).content
    ada.post(url("act", run.pk, "resume"))
    run.refresh_from_db()
    assert (run.state, run.engine) == ("running", "worker")


def test_buttons_need_a_post(run, ada):
    assert ada.get(url("act", run.pk, "cancel")).status_code == 405


def test_one_cell_is_asked_again_from_its_page(run, ada):
    cell = run.cells.first()
    Cell.objects.filter(pk=cell.pk).update(outcome="unreadable", said="")
    Run.objects.filter(pk=run.pk).update(unreadable=1, verdicts=5)
    assert b"Ask again" in ada.get(url("cell", run.pk, cell.pk)).content
    ada.post(url("retry_cell", run.pk, cell.pk))
    cell.refresh_from_db()
    run.refresh_from_db()
    assert (cell.state, run.state, run.unreadable) == ("open", "running", 0)
    assert run.cells.filter(state="open").count() == 1


def test_a_cell_shows_what_was_sent_what_came_back_and_what_it_cost(run, ada):
    cell = run.cells.filter(order=1).first()
    page = ada.get(url("cell", run.pk, cell.pk)).content.decode()
    assert "Preference: A, which is Birch" in page
    assert "A was Birch, B was Ash." in page
    assert "what is it made of?" in page
    assert "You are a careful and impartial judge." in page
    assert cell.exchanges.get().request_id in page
    assert f"{cell.cost_nusd / 1e9:.5f}" in page


def test_hostile_words_of_judge_and_responses_are_shown_as_text(project, fake, ada):
    project.responses.update(content=HOSTILE)
    fake.configure(judge=lambda question, rng: {"preference": {"reasons": HOSTILE, "verdict": "tie"}})
    run = done_run(project, fake, base_url=fake.openai_url)
    run.ledger.update(error=HOSTILE)
    run.cells.update(detail=HOSTILE)
    for page in every_page(run)[-3:]:
        html = ada.get(page).content.decode()
        assert "<img src=x" not in html
        assert "<script>alert" not in html
        assert '<b hx-get="/logout/"' not in html
        assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_cells_are_filtered_by_outcome(run, ada):
    bad = run.cells.last()
    Cell.objects.filter(pk=bad.pk).update(outcome="refused")
    page = ada.get(url("run", run.pk), {"show": "refused"})
    assert [cell.pk for cell in page.context["page"].rows] == [bad.pk]
    assert len(ada.get(url("run", run.pk), {"show": "nonsense"}).context["page"].rows) == 6


def test_flips_are_battles_answered_otherwise_when_the_responses_change_places(run, ada):
    assert swaps(run).flips == 0
    assert not flipped(Cell.objects.filter(run=run)).exists()
    first, second = run.cells.filter(battle=run.cells.first().battle_id).order_by("order")
    Cell.objects.filter(pk=second.pk).update(said=first.said)
    figures = swaps(run)
    assert (figures.flips, figures.consistent.n) == (1, 3)
    assert figures.consistent.value == pytest.approx(2 / 3)
    shown = ada.get(url("run", run.pk), {"show": "flips"}).context["page"].rows
    assert {cell.pk for cell in shown} == {first.pk, second.pk}


def test_the_share_of_the_first_place_counts_battles_and_not_calls(run):
    assert swaps(run).first.value == 0.5
    Cell.objects.filter(run=run).update(said="A")
    share = swaps(run).first
    assert (share.value, share.n) == (1.0, 3)
    assert share.lower is not None
    assert share.lower < 1.0 == share.upper


def test_wilsons_interval_is_the_published_one(run):
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17, table I, method 3)."""
    share = wilson(81, 263, "nothing")
    assert share.lower == pytest.approx(0.2553, abs=5e-5)
    assert share.upper == pytest.approx(0.3662, abs=5e-5)
