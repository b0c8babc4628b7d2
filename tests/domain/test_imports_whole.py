"""All of an import or nothing of it, whatever stops it."""

from __future__ import annotations

import io
import os
import signal
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone

from domain.choices import Choice, Outcome
from domain.formats import Source
from domain.imports import Busy, Options, cancel_import, load_plan, plan, run_import, start_in_background
from domain.imports.service import begin_import
from domain.models import (
    Battle,
    Event,
    Import,
    Project,
    Prompt,
    Rater,
    Rationale,
    Rendered,
    Response,
    Rubric,
    Score,
    System,
    Verdict,
)
from domain.services import Draft, record_verdict
from tests.factories import make_battle, make_project, make_rater, make_rubric

MATERIAL = (System, Prompt, Response, Battle, Rater, Verdict)
RESPONSES = "prompt_id,system,response\n" + "".join(
    f"p{number},{name},Answer {number} of {name}\n" for number in range(40) for name in ("Ash", "Birch", "Cedar")
)
VOTES = "prompt_id,system_a,system_b,outcome,rater,comment\n" + "".join(
    f"p{number},Ash,{other},A,rater {number % 7},because {number}\n"
    for number in range(60)
    for other in ("Birch", "Cedar")
)


def source(text: str, name: str) -> Source:
    data = text.encode()
    return Source(name=name, open=lambda: io.BytesIO(data), size=len(data))


def files() -> list[Source]:
    return [source(RESPONSES, "responses.csv"), source(VOTES, "votes.csv")]


def visible(project: Project) -> dict[str, int]:
    return {model.__name__: model.objects.of(project).count() for model in MATERIAL}


def stored() -> int:
    return sum(model.objects.count() for model in (*MATERIAL, Score, Rationale, Rubric))


ALL = {"System": 3, "Prompt": 60, "Response": 180, "Battle": 120, "Rater": 7, "Verdict": 120}
NOTHING = dict.fromkeys(ALL, 0)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr("domain.imports.files.BATCH_RECORDS", 25)


class Stop(Exception):
    """Raised where a test wants an import to break."""


def stop_at(call: int, how):
    calls = iter(range(10**9))

    def progress(phase: str, done: int, total: int | None) -> None:
        if phase == "loading" and next(calls) == call:
            how()

    return progress


def raise_stop() -> None:
    raise Stop


@pytest.mark.django_db
def test_a_finished_import_is_visible_as_a_whole(small_batches):
    project = make_project()
    states = []
    batch = run_import(
        project=project,
        sources=files(),
        options=Options(),
        progress=lambda phase, done, total: states.append((phase, visible(project))),
    )
    assert visible(project) == ALL
    assert {state["Verdict"] for phase, state in states if phase == "loading"} == {0}
    assert (batch.state, batch.rows_read, batch.rows_total) == ("done", 240, 240)
    assert {file["name"]: file["rows"] for file in batch.files} == {"responses.csv": 120, "votes.csv": 120}
    assert Rationale.objects.count() == 120
    assert Rendered.objects.count() == 120
    assert Event.objects.get(action="import").details["counts"]["votes"] == 120


@pytest.mark.django_db
@pytest.mark.parametrize("call", range(0, 10, 3))
def test_what_breaks_half_way_leaves_nothing(small_batches, call):
    project = make_project()
    with pytest.raises(Stop):
        run_import(project=project, sources=files(), options=Options(), progress=stop_at(call, raise_stop))
    assert visible(project) == NOTHING
    assert stored() == 0
    batch = Import.objects.get()
    assert (batch.state, batch.errors[0]["reason"]) == ("failed", "Stop: ")


@pytest.mark.django_db
def test_a_cancelled_import_stops_and_leaves_nothing(small_batches):
    project = make_project()
    progress = stop_at(4, lambda: cancel_import(Import.objects.get()))
    batch = run_import(project=project, sources=files(), options=Options(), progress=progress)
    assert batch.state == "cancelled"
    assert batch.finished_at is not None
    assert stored() == 0
    assert not cancel_import(batch)
    assert run_import(project=project, sources=files(), options=Options()).state == "done"


@pytest.mark.django_db
def test_a_file_that_changes_between_check_and_load_leaves_nothing():
    project = make_project()
    contents = [VOTES.encode()]
    changing = Source("votes.csv", lambda: io.BytesIO(contents[0]), 1000)
    made = plan(project, [changing], Options())
    contents[0] += b"p1,Ash,Birch\n"
    with pytest.raises(Exception, match="in order when it was checked"):
        load_plan(made, project)
    assert stored() == 0


@pytest.mark.django_db
def test_earlier_material_survives_a_failed_import(small_batches):
    battle = make_battle(systems=("Ash", "Birch"))
    project, rubric, rater = battle.project, make_rubric(battle.project), make_rater(battle.project)
    before = visible(project)
    with pytest.raises(Stop):
        run_import(project=project, sources=files(), options=Options(), progress=stop_at(7, raise_stop))
    assert visible(project) == before
    assert Rubric.objects.get() == rubric
    assert Rater.objects.get() == rater


@pytest.mark.django_db
def test_two_imports_into_one_project_do_not_run_together():
    project = make_project()
    first = begin_import(project, Options())
    with pytest.raises(Busy):
        run_import(project=project, sources=files(), options=Options())
    assert run_import(project=make_project(), sources=files(), options=Options()).state == "done"
    cancel_import(first)
    assert run_import(project=project, sources=files(), options=Options()).state == "done"


@pytest.mark.django_db
def test_an_import_without_a_sign_of_life_is_taken_back_by_the_next():
    project = make_project()
    dead = begin_import(project, Options())
    Import.objects.filter(pk=dead.pk).update(
        options={"process": "elsewhere:1"}, alive_at=timezone.now() - timedelta(minutes=6)
    )
    run_import(project=project, sources=files(), options=Options())
    dead.refresh_from_db()
    assert (dead.state, dead.errors[0]["reason"]) == ("failed", "the process that loaded it ended before it was done")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("call", range(10))
def test_a_killed_import_shows_nothing_or_all_and_the_next_one_cleans_up(small_batches, call):
    project = make_project()
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            kill = stop_at(call, lambda: os.kill(os.getpid(), signal.SIGKILL))
            run_import(project=project, sources=files(), options=Options(), progress=kill)
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert visible(project) in (NOTHING, ALL)
    # The child is dead and gone, so that the next import need not wait for its silence.
    assert run_import(project=project, sources=files(), options=Options()).state == "done"
    assert visible(project) == ALL
    assert stored() == sum(ALL.values()) + 120 + 120 + 1


@pytest.mark.django_db(transaction=True)
def test_an_import_runs_in_the_background_and_reports_in_its_row():
    project = make_project(owner=User.objects.create(username="ada"))
    uploads = [SimpleUploadedFile("votes.csv", VOTES.encode())]
    batch = start_in_background(project=project, uploads=uploads, options=Options(), user=User.objects.get())
    assert _finished(batch).state == "done"
    assert batch.counts["votes"] == 120
    assert Verdict.objects.of(project).count() == 120


@pytest.mark.django_db(transaction=True)
def test_a_bad_upload_leaves_its_errors_in_the_row():
    project = make_project()
    uploads = [SimpleUploadedFile("../../votes.csv", VOTES.replace(",A,", ",perhaps,").encode())]
    batch = _finished(start_in_background(project=project, uploads=uploads, options=Options()))
    assert (batch.state, batch.error_count, batch.errors[0]["file"]) == ("failed", 120, "votes.csv")
    assert stored() == 0


@pytest.mark.django_db
def test_answers_given_in_jurybox_and_imported_ones_stand_side_by_side():
    battle = make_battle(systems=("Ash", "Birch"))
    text = f"prompt_id,system_a,system_b,outcome,rater\n{battle.prompt.external_id},Birch,Ash,A,ann\n"
    run_import(project=battle.project, sources=[source(text, "v.csv")], options=Options())
    rubric = Rubric.objects.get()
    draft = Draft(
        rater_id=make_rater(battle.project).pk,
        answers={"preference": Choice(Outcome.A)},
        occasion="assignment:1",
        battle_id=battle.pk,
    )
    record_verdict(project=battle.project, rubric=rubric, draft=draft)
    assert sorted(Score.objects.filter(verdict__battle=battle).values_list("outcome", flat=True)) == ["A", "B"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["plain", "tab\tand\nlines", "emoji 🦉", "'; DROP TABLE x; --", "\u202e", "\x7f\x01"])
def test_both_databases_take_the_same_texts(text):
    import json

    row = json.dumps({"prompt_id": text.strip() or "p", "system": "Ash", "response": text, "extra": {text: [text]}})
    project = make_project()
    batch = run_import(project=project, sources=[source(row, "r.jsonl")], options=Options())
    assert batch.state == "done", batch.errors
    response = Response.objects.get()
    assert (response.content, response.metadata) == (text, {"extra": {text: [text]}})
    assert connection.vendor in ("sqlite", "postgresql")


def _finished(batch: Import) -> Import:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        batch.refresh_from_db()
        if batch.finished_at is not None:
            return batch
        time.sleep(0.05)
    raise AssertionError(f"import {batch.pk} is still {batch.state} after 30 s")
