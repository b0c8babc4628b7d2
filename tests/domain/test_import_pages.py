"""A researcher imports in the browser: check first, then load, and see what came of it."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from domain.import_forms import for_the_form
from domain.models import Import, Membership, Project, Response
from tests.domain.visiting import url
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
GOOD = b"prompt_id,prompt_text,system,response\nq1,Capital of Peru?,Ash,Lima\nq1,Capital of Peru?,Birch,**Lima**\n"
VOTES = b"prompt_id,system_a,system_b,winner\nq1,Ash,Birch,left\nq1,Ash,Birch,=1+1\n"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def check(client: Client, project: Project, *files: tuple[str, bytes], **fields: str) -> Any:
    sent: dict[str, Any] = {"format": "auto", "kind": "", "rater_kind": "person", **fields}
    sent["chosen"] = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(url("new_import", project), sent)


def kept(home: Path) -> list[str]:
    return [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]


def finished(project: Project) -> Import:
    """Wait for the thread that loads."""
    for _ in range(200):
        job = Import.objects.filter(project=project).first()
        if job is not None and job.finished_at is not None:
            return job
        time.sleep(0.05)
    raise AssertionError("the import did not finish within ten seconds")


def test_a_check_says_what_an_import_would_bring_and_writes_nothing(ada, project):
    answer = check(ada, project, ("good.csv", GOOD))
    assert answer.status_code == 200
    assert "All 2 rows can be imported" in answer.content.decode()
    assert answer.context["plan"].counts["responses"] == 2
    assert not Response.objects.exists()
    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_checked_is_loaded_and_the_files_are_gone(ada, project, home):
    ticket = check(ada, project, ("good.csv", GOOD)).context["ticket"]
    answer = ada.post(url("start_import", project), {"ticket": ticket})
    job = finished(project)
    assert (job.state, job.rows_read, job.files[0]["name"]) == ("done", 2, "good.csv")
    assert answer.url == url("import", project, job.pk)
    assert Response.objects.visible().count() == 2
    assert "Import" in ada.get(answer.url).content.decode()
    for _ in range(100):  # the thread deletes its copies after it has closed the import
        if not kept(home):
            break
        time.sleep(0.05)
    assert kept(home) == []


def test_what_is_wrong_is_named_row_by_row_and_nothing_is_kept(ada, project, home):
    answer = check(ada, project, ("votes.csv", VOTES), rater="Carla", labels="left=A", system="S")
    assert answer.status_code == 422
    text = answer.content.decode()
    (error,) = answer.context["errors"]
    assert (error["file"], error["line"], error["column"], error["value"]) == ("votes.csv", 3, "winner", "=1+1")
    assert "1 problem in the files" in text
    assert "%27%3D1%2B1" in text  # '=1+1: the download runs no formula
    assert 'value="Carla"' in text  # what was typed comes back
    assert kept(home) == []
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"scale": "5..1"}, "does not go up"),
        ({"labels": "left=C"}, "is not one of A, B, tie, both_bad"),
        ({"columns": "prompt"}, "cannot be read; write it as NAME=VALUE"),
        ({"columns": "prompt=nowhere"}, "“Columns under other names” prompt=nowhere"),
        ({"format": "xlsx"}, "xlsx is not one of the available choices"),
    ],
)
def test_an_option_that_cannot_be_used_says_why(ada, project, home, fields, says):
    answer = check(ada, project, ("good.csv", GOOD), **fields)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert kept(home) == []


def test_no_file_and_too_many_files_say_so(ada, project):
    assert "This field is required" in check(ada, project).content.decode()
    answer = check(ada, project, *[(f"{number}.csv", GOOD) for number in range(21)])
    assert "choose at most 20 at once" in answer.content.decode()


def test_too_large_files_are_sent_to_the_command_line(ada, project, monkeypatch):
    monkeypatch.setattr("domain.import_forms.MAX_BYTES", 10)
    answer = check(ada, project, ("good.csv", GOOD))
    assert "Use the command line for more" in answer.content.decode()


@pytest.mark.parametrize("name", ["../../etc/passwd", "<img src=x>.csv", "x" * 400])
def test_a_file_name_is_text_and_never_a_path(ada, project, home, name):
    file = io.BytesIO(GOOD)
    file.name = name
    sent = {"format": "auto", "kind": "", "rater_kind": "person", "chosen": file}
    answer = ada.post(url("new_import", project), sent)
    assert answer.status_code == 200
    (path,) = kept(home)
    assert Path(path).name == "0"
    assert "<img" not in answer.content.decode().split("<main")[1]


def test_a_ticket_is_for_one_person_and_one_project(client, project, owner):
    client.force_login(owner)
    ticket = check(client, project, ("good.csv", GOOD)).context["ticket"]
    other = make_project(owner=owner)
    assert client.post(url("start_import", other), {"ticket": ticket}).url == url("new_import", other)
    eve = make_user()
    Membership.objects.create(project=project, user=eve, role="researcher")
    client.force_login(eve)
    assert client.post(url("start_import", project), {"ticket": ticket}).url == url("new_import", project)
    assert client.post(url("start_import", project), {"ticket": "forged"}).url == url("new_import", project)
    assert not Import.objects.exists()


def test_a_second_import_while_one_loads_is_told_to_wait(ada, project):
    ticket = check(ada, project, ("good.csv", GOOD)).context["ticket"]
    Import.objects.create(project=project, format="csv", options={"process": "another-machine:1"})
    answer = ada.post(url("start_import", project), {"ticket": ticket}, follow=True)
    assert "another import into this project is running" in answer.content.decode()


def test_an_import_can_be_cancelled(ada, project):
    job = Import.objects.create(project=project, format="csv")
    ada.post(url("stop_import", project, job.pk))
    job.refresh_from_db()
    assert job.state == "cancelled"


@pytest.mark.parametrize("role", ["reviewer", "viewer", "annotator"])
def test_who_may_not_edit_can_neither_check_start_nor_cancel(client, project, role):
    member = make_user()
    Membership.objects.create(project=project, user=member, role=role)
    job = Import.objects.create(project=project, format="csv")
    client.force_login(member)
    assert check(client, project, ("good.csv", GOOD)).status_code == 404
    assert client.post(url("start_import", project), {"ticket": "x"}).status_code == 404
    assert client.post(url("stop_import", project, job.pk)).status_code == 404


def test_options_of_the_command_line_are_called_by_the_names_of_the_fields():
    said = for_the_form("say --map rater=COLUMN, or --rater NAME; --dry-run stays")
    assert said == "say “Columns under other names” rater=COLUMN, or “Who answered” NAME; --dry-run stays"


def failed_import(project: Project) -> Import:
    errors = [
        {
            "file": "votes.csv",
            "line": line,
            "column": "outcome",
            "value": "=HYPERLINK(1)",
            "reason": "is not an outcome",
        }
        for line in range(2, 42)
    ]
    return Import.objects.create(
        project=project, state="failed", format="csv", files=[{"name": "votes.csv"}], errors=errors, error_count=99
    )


def test_a_failed_import_shows_the_first_twenty_rows_and_the_count(ada, project):
    answer = ada.get(url("import", project, failed_import(project).pk))
    assert len(answer.context["errors"]) == 20
    assert "The first 20 of 99" in answer.content.decode()


def test_the_download_of_refused_rows_runs_no_formula(ada, project):
    answer = ada.get(url("import_errors", project, failed_import(project).pk))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 40
    assert rows[0] == {
        "file": "votes.csv",
        "line": "2",
        "column": "outcome",
        "value": "'=HYPERLINK(1)",
        "reason": "is not an outcome",
    }


def test_an_import_that_is_over_asks_no_more(ada, project):
    job = Import.objects.create(project=project, format="csv", rows_read=1, rows_total=9)
    address = url("import", project, job.pk)
    assert "every 2s" in ada.get(address).content.decode()
    Import.objects.filter(pk=job.pk).update(state="done")
    assert "every 2s" not in ada.get(address, headers={"HX-Request": "true", "HX-Target": "state"}).content.decode()
