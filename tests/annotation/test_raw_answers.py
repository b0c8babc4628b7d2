"""Every answer as it was given, for taking away; and what people are owed for it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotation.models import Assignment, Campaign
from annotation.pay import pay_report
from annotation.raw_answers import COLUMNS, raw_answers
from annotation.services import claim, close_campaign, keep, submit, undo
from domain.models import Event
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, right, value
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def rows_of(campaign, **options):
    found = list(raw_answers([Campaign.objects.select_related("project").get(pk=campaign.pk)], **options))
    assert all(row.keys() <= COLUMNS.keys() for row in found)
    return found


def test_an_answer_is_in_the_order_in_which_it_was_shown():
    campaign = pairwise_campaign(4)
    user = annotator_of(campaign)
    task: Any = claim(user, campaign)
    while task:
        task = submit(user, task.token, left(2, confidence=4, rationale="It is full."), key=str(task.pk)).next
    rows = rows_of(campaign)
    assert [row["outcome"] for row in rows] == ["A"] * 4
    assert {row["swapped"] for row in rows} == {True, False}
    for row in rows:
        assert (row["system_a"], row["system_b"]) == (("Birch", "Ash") if row["swapped"] else ("Ash", "Birch"))
        assert (row["strength"], row["confidence"], row["rationale"]) == (2, 4, "It is full.")
        assert (row["role"], row["slot"], row["counted"], row["late"]) == ("live", 1, True, False)
        assert row["held_ms"] >= 0


def test_a_changed_answer_has_a_row_for_each_time():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    submit(user, held(undo(user, campaign)).token, right(), key="2")
    keep(user, held(undo(user, campaign)).token)
    found = [(row["outcome"], row["counted"], row["superseded"]) for row in rows_of(campaign)]
    assert found == [("B", True, False), ("A", False, True)]


def test_a_late_answer_is_there_and_says_so():
    campaign = pairwise_campaign(2)
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    close_campaign(campaign)
    submit(user, task.token, left(), key="1")
    (row,) = rows_of(campaign)
    assert (row["late"], row["counted"], row["slot"]) == (True, False, None)


def test_people_have_one_pseudonym_in_a_project_and_another_elsewhere():
    first = direct_campaign(1)
    user = annotator_of(first, "wilma")
    second = direct_campaign(1, project=first.project, name="Round 2")
    elsewhere = direct_campaign(1)
    elsewhere.project.memberships.create(user=user, role="annotator")
    for campaign in (first, second, elsewhere):
        submit(user, held(claim(user, campaign)).token, value(), key="1")
    names = [rows_of(campaign)[0]["person"] for campaign in (first, second, elsewhere)]
    assert names[0] == names[1] != names[2]
    assert "wilma" not in "".join(names)
    assert rows_of(first, names=True)[0]["person"] == "wilma"


def test_many_answers_take_the_same_statements_a_block(django_assert_max_num_queries):
    campaign = direct_campaign(12)
    user = annotator_of(campaign)
    task: Any = claim(user, campaign)
    while task:
        task = submit(user, task.token, value(), key=str(task.pk)).next
    with django_assert_max_num_queries(11):
        assert len(rows_of(campaign)) == 12


# --- On the page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(client):
    campaign = direct_campaign(2, overlap=2)
    for number, name in enumerate(("anna", "bert")):
        user = annotator_of(campaign, name)
        task: Any = claim(user, campaign)
        while task:
            Assignment.objects.filter(pk=task.pk).update(visible_ms=100_000, idle_ms=10_000)
            said = value(4, rationale="=1+1" if number else "")
            task = submit(user, task.token, said, key=str(task.pk)).next
    Assignment.objects.filter(annotator__isnull=False).update(visible_ms=100_000, idle_ms=10_000)
    client.force_login(annotator_of(campaign, role="owner"))
    return campaign


def download(client, campaign, name="answers_file", **sent):
    answer = client.post(reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk]), sent)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return b"".join(answer.streaming_content).decode()


def test_a_csv_has_no_formula_and_every_column(client, answered):
    text = download(client, answered, kind="csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4
    assert list(rows[0]) == list(COLUMNS)
    assert {row["rationale"] for row in rows} == {"", "'=1+1"}
    assert "anna" not in text
    details = Event.objects.get(action="export").details
    assert (details["what"], details["names"]) == ("answers", False)


def test_json_lines_have_texts_as_they_are(client, answered):
    rows = [json.loads(line) for line in download(client, answered, kind="jsonl", names="on").splitlines()]
    assert {row["rationale"] for row in rows} == {None, "=1+1"}
    assert {row["person"] for row in rows} == {"anna", "bert"}


def test_names_are_for_owners_alone(client, answered):
    client.force_login(annotator_of(answered, role="researcher"))
    where = reverse("annotation:answers_file", args=[answered.project.slug, answered.pk])
    assert client.post(where, {"kind": "csv", "names": "on"}).status_code == 404
    assert client.post(where, {"kind": "csv"}).status_code == 200
    assert client.post(where, {"kind": "exe"}).status_code == 302
    assert client.get(where).status_code == 405


# --- On the command line --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_command_writes_all_campaigns(answered, tmp_path, ending, capsys):
    path = tmp_path / f"answers.{ending}"
    call_command("export", answered.project.slug, "--what", "answers", "-o", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 4


def test_the_command_gives_names_only_where_they_are_asked(answered, tmp_path):
    path = tmp_path / "answers.jsonl"
    for asked in ([], ["--names"]):
        call_command("export", answered.project.slug, "--what", "answers", "-o", str(path), *asked)
        assert ("anna" in path.read_text()) is bool(asked)
    with pytest.raises(CommandError, match="goes with --what answers"):
        call_command("export", answered.project.slug, "--what", "verdicts", "-o", str(path), "--names")


def test_without_answers_the_command_says_so(tmp_path):
    project = make_project()
    with pytest.raises(CommandError, match="nobody has answered"):
        call_command("export", project.slug, "--what", "answers", "-o", str(tmp_path / "a.csv"))


# --- Pay ------------------------------------------------------------------------------------------------------------


def paid(campaign, **pay):
    Campaign.objects.filter(pk=campaign.pk).update(**pay)
    campaign.refresh_from_db()
    return campaign


def test_pay_by_the_hour_is_for_time_in_view_and_not_idle(answered):
    report = pay_report(paid(answered, pay_per_hour="18.00"))
    assert [line.person for line in report.lines] == ["anna", "bert"]
    assert report.lines[0].hours == pytest.approx(2 * 90 / 3600)
    assert report.lines[0].pay == pytest.approx(0.9)
    assert report.lines[0].hourly == pytest.approx(18)
    assert report.pay == pytest.approx(1.8)


def test_pay_by_the_answer_is_held_against_a_minimum_wage(answered):
    report = pay_report(paid(answered, pay_per_answer="0.30"), minimum=12.01)
    line = report.lines[0]
    assert line.answers == 2
    assert line.pay == pytest.approx(0.6)
    assert line.hourly == pytest.approx(12)
    assert line.below_minimum is True
    assert pay_report(answered, minimum=11.99).lines[0].below_minimum is False
    assert pay_report(answered).lines[0].below_minimum is None


def test_answers_without_a_time_are_paid_at_the_rate_of_the_others(answered):
    first = answered.assignments.filter(annotator__username="anna").first()
    Assignment.objects.filter(pk=first.pk).update(visible_ms=None)
    line = pay_report(paid(answered, pay_per_hour="18.00")).lines[0]
    assert line.timed == 1
    assert line.hours == pytest.approx(2 * 90 / 3600)


def test_without_pay_or_time_there_is_no_sum(answered):
    assert pay_report(answered).reason == "No pay is set."
    Assignment.objects.update(visible_ms=None)
    report = pay_report(paid(answered, pay_per_hour="18.00"))
    assert (report.pay, report.hours, report.lines[0].hourly) == (None, None, None)
    assert pay_report(answered, minimum=12.0).lines[0].below_minimum is None


def test_the_pay_page_marks_and_is_taken_away(client, answered):
    where = reverse("annotation:pay", args=[answered.project.slug, answered.pk])
    assert "No pay is set" in client.get(where).content.decode()
    paid(answered, pay_per_answer="0.30")
    page = client.get(where, {"minimum": "13"}).content.decode()
    assert "1.20 USD for 4 answers" in page
    assert "below 13" in page
    assert client.get(where, {"minimum": "x"}).status_code == 422
    rows = list(csv.DictReader(io.StringIO(download(client, answered, "pay_file", minimum="13"))))
    assert [(row["person"], row["below_minimum"]) for row in rows] == [("anna", "True"), ("bert", "True")]


def test_nobody_has_answered_and_the_pay_page_says_so(client):
    campaign = direct_campaign(1)
    client.force_login(annotator_of(campaign, role="owner"))
    page = client.get(reverse("annotation:pay", args=[campaign.project.slug, campaign.pk])).content.decode()
    assert "Nobody has answered yet" in page
