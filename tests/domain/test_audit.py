"""The project's log: filtered, in pages, and taken away."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from domain.models import Event
from domain.services import log
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(client):
    owner = make_user("olga")
    client.force_login(owner)
    project = make_project(owner=owner)
    log(project, "rubric.created", owner, name="Helpfulness")
    log(project, "export", None, what="verdicts", rows=3)
    log(project, "member.set", make_user("rosa"), member="=cmd|' /C calc'!A0", role="annotator")
    return project


def read(client, project, name="audit", *more, **asked):
    address = reverse(f"domain:{name}", args=[project.slug, *more])
    answer = client.post(address, query_params=asked) if more else client.get(address, asked)
    assert answer.status_code == 200
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def test_the_log_shows_who_did_what_newest_first(client, project):
    page = read(client, project).split("<table")[1]
    assert page.index("Member set") < page.index("Export") < page.index("Rubric created")
    assert "the program" in page
    assert "Helpfulness" in page


def test_it_is_filtered_by_action_person_and_date(client, project):
    rosa = Event.objects.get(action="member.set").user_id
    Event.objects.filter(action="export").update(at=datetime(2026, 1, 5, 23, 59, tzinfo=UTC))
    assert "verdicts" not in read(client, project, action="rubric.created").split("<table")[1]
    assert "Helpfulness" not in read(client, project, person=rosa)
    page = read(client, project, since="2026-01-05", until="2026-01-05")
    assert "verdicts" in page
    assert "Helpfulness" not in page
    assert "No line fits" in read(client, project, until="2025-12-31")


@pytest.mark.parametrize("asked", [{"action": "nothing"}, {"person": "x"}, {"since": "yesterday"}])
def test_a_filter_that_cannot_be_read_says_so_and_shows_nothing(client, project, asked):
    answer = client.get(reverse("domain:audit", args=[project.slug]), asked)
    assert answer.status_code == 422
    assert "Helpfulness" not in answer.content.decode()


def test_pages_show_every_line_once(client, project):
    Event.objects.bulk_create(Event(project=project, action="step", details={"n": n}) for n in range(120))
    where, seen = reverse("domain:audit", args=[project.slug]), []
    query = "?action=step"
    while query:
        context = client.get(where + query).context
        seen += [event.details["n"] for event, _ in context["rows"]]
        query = context["page"].next
    assert seen == list(range(119, -1, -1))


def test_a_download_has_all_lines_and_no_formula(client, project):
    rows = list(csv.DictReader(io.StringIO(read(client, project, "audit_file", "csv"))))
    assert [row["action"] for row in rows] == ["member.set", "export", "rubric.created"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    taken, line = read(client, project, "audit_file", "jsonl", action="export").splitlines()
    assert json.loads(json.loads(taken)["details"]) == {"what": "log", "format": "csv"}
    assert json.loads(json.loads(line)["details"]) == {"what": "verdicts", "rows": 3}


def test_taking_the_log_away_is_in_the_log_from_then_on(client, project):
    assert '"what": "log"' not in read(client, project, "audit_file", "jsonl", action="export")
    event = Event.objects.latest("pk")
    assert (event.action, event.user, event.details) == (
        "export",
        User.objects.get(username="olga"),
        {"what": "log", "format": "jsonl", "filter": {"action": "export"}},
    )
    assert client.get(reverse("domain:audit_file", args=[project.slug, "csv"])).status_code == 405


def test_the_log_of_another_project_is_not_in_it(client, project):
    other = make_project(owner=make_user())
    log(other, "secret.step", None, what="elsewhere")
    assert "elsewhere" not in read(client, project)
    assert client.get(reverse("domain:audit", args=[other.slug])).status_code == 404
    assert client.post(reverse("domain:audit_file", args=[other.slug, "csv"])).status_code == 404


def test_an_empty_log_says_what_belongs_there(client):
    owner = make_user()
    client.force_login(owner)
    page = read(client, make_project(owner=owner))
    assert "written down on this page" in page
