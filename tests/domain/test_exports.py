"""What comes out: one state of the project, whole files, and the same record when it comes back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from domain.choices import Value
from domain.exports import export, snapshot
from domain.formats import Source
from domain.imports import Options, parse_scale, run_import
from domain.models import Prompt, Verdict
from domain.services import Draft, record_verdict
from tests.factories import LIKERT, REASONS, make_project, make_rater, make_response, make_rubric

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("https://beacon.example")', "'quoted", "plain")
VOTES = [
    {
        "prompt_id": f"p{number}",
        "system_a": "Birch" if number % 2 else "Ash",
        "system_b": "Ash" if number % 2 else "Birch",
        "outcome": ("A", "B", "tie", "both_bad", None)[number % 5],
        "rater": f"rater {number % 3}",
        "rater_kind": "judge" if number % 3 == 0 else "person",
        "rationale": FORMULAS[number % len(FORMULAS)],
        "confidence": number % 5 + 1,
        "given_at": f"2026-11-{number + 1:02}T08:30:00+00:00",
        "response_a": f"first {number}",
        "response_b": f"second {number}",
        "prompt_text": f"Question {number}?",
    }
    for number in range(20)
]
RATINGS = [
    {"prompt_id": f"p{number}", "system": "Ash", "criterion": "Tone", "value": number % 5 + 1, "rater": "ann"}
    for number in range(7)
]


def filled(*rows, **options):
    data = "\n".join(json.dumps(row) for row in rows).encode()
    project = make_project()
    batch = run_import(
        project=project,
        sources=[Source("rows.jsonl", lambda: io.BytesIO(data), len(data))],
        options=Options(**options),
    )
    assert batch.state == "done", batch.errors
    return project


def again(path: Path, **options):
    project = make_project()
    batch = run_import(project=project, sources=[Source.at(path)], options=Options(**options))
    assert batch.state == "done", batch.errors
    return project


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("what", ["verdicts", "preferences"])
def test_votes_come_back_as_they_went_out(tmp_path, ending, what):
    first = export(filled(*VOTES), what, tmp_path / f"one.{ending}")
    second = export(again(first.path), what, tmp_path / f"two.{ending}")
    assert first.rows == second.rows == (20 if what == "verdicts" else 16)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["jsonl", "parquet", "csv"])
def test_ratings_come_back_as_they_went_out(tmp_path, ending):
    scale = parse_scale("1..5")
    first = export(filled(*RATINGS, scale=scale), "verdicts", tmp_path / f"one.{ending}")
    back = again(first.path, scale=scale)
    said = Verdict.objects.of(back).values_list("response__prompt__external_id", "scores__value").order_by("pk")
    assert list(said) == [(row["prompt_id"], row["value"]) for row in RATINGS]


@pytest.mark.django_db
def test_the_shown_order_and_the_outcome_are_those_of_the_file(tmp_path):
    rows = lines(export(filled(*VOTES), "verdicts", tmp_path / "v.jsonl").path)
    for row, vote in zip(rows, VOTES, strict=True):
        for name in ("prompt_id", "system_a", "system_b", "rater", "rater_kind", "rationale", "confidence", "given_at"):
            assert row[name] == vote[name]
        assert row.get("outcome") == vote["outcome"]
        assert bool(row.get("unscored_reason")) == (vote["outcome"] is None)
    assert {row["unscored_reason"] for row in rows} == {None, "unreadable", "not_given"}


@pytest.mark.django_db
def test_preferences_carry_the_texts_beside_the_outcome(tmp_path):
    rows = lines(export(filled(*VOTES), "preferences", tmp_path / "v.jsonl").path)
    assert (rows[1]["system_a"], rows[1]["system_b"], rows[1]["outcome"]) == ("Birch", "Ash", "B")
    assert (rows[1]["prompt_text"], rows[1]["response_a"], rows[1]["response_b"]) == (
        "Question 1?",
        "first 1",
        "second 1",
    )


@pytest.mark.django_db
def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    path = export(filled(*VOTES), "verdicts", tmp_path / "v.csv").path
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [row["rationale"] for row in rows]
    assert not [cell for row in rows for cell in row.values() if cell and cell[0] in "=+-@\t\r\x00"]
    assert cells[:3] == ["'=1+1", "'+1", "'-1"]
    assert cells[8] == "plain"


@pytest.mark.django_db
def test_numbers_in_a_csv_stay_numbers(tmp_path):
    rows = [{"prompt_id": "p", "system": "Ash", "value": -1.5, "rater": "ann"}]
    path = export(filled(*rows, scale=parse_scale("-2..2/any")), "verdicts", tmp_path / "v.csv").path
    assert ",-1.5," in path.read_text()


@pytest.mark.django_db
def test_a_canary_prompt_is_never_exported(tmp_path):
    project = filled(*VOTES)
    Prompt.objects.filter(external_id="p3").update(canary=True)
    rows = lines(export(project, "verdicts", tmp_path / "v.jsonl").path)
    assert len(rows) == 19
    assert "p3" not in {row["prompt_id"] for row in rows}


@pytest.mark.django_db
def test_parquet_columns_have_types(tmp_path):
    path = export(filled(*VOTES), "verdicts", tmp_path / "v.parquet").path
    types = {field.name: str(field.type) for field in pq.read_schema(path)}
    assert (types["confidence"], types["simulated"], types["outcome"]) == ("int64", "bool", "string")


@pytest.mark.django_db
def test_a_failed_export_leaves_the_earlier_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "v.jsonl"
    path.write_text("earlier")
    monkeypatch.setattr("domain.exports._verdict", lambda *_: {"prompt_id": object()})
    with pytest.raises(TypeError):
        export(filled(*VOTES), "verdicts", path)
    assert path.read_text() == "earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["v.jsonl"]


@pytest.mark.django_db(transaction=True)
def test_an_export_reads_one_state_while_others_write():
    from concurrent.futures import ThreadPoolExecutor

    project = filled(*VOTES)

    def write() -> None:
        Prompt.objects.create(project=project, external_id="late", turns=[])
        connection.close()

    with snapshot():
        before = Prompt.objects.filter(project=project).count()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write).result()  # no writer waits for an export
        assert Prompt.objects.filter(project=project).count() == before
    assert Prompt.objects.filter(project=project).count() == before + 1


@pytest.mark.django_db
def test_the_command_writes_and_says_so(tmp_path, capsys):
    project = filled(*VOTES)
    path = tmp_path / "v.csv"
    call_command("export", project.slug, "--what", "verdicts", "-o", str(path), "--json")
    told = capsys.readouterr()
    assert json.loads(told.out)["rows"] == 20
    assert "leading quote" in told.err
    assert project.events.filter(action="export").get().details["rows"] == 20


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["json", "csv", "md", "html"])
def test_the_leaderboard_is_exported_as_the_command_prints_it(tmp_path, ending):
    project = filled(*VOTES)
    path = tmp_path / f"board.{ending}"
    call_command("export", project.slug, "--what", "leaderboard", "-o", str(path))
    assert "Ash" in path.read_text()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--what", "verdicts", "-o", "v.csv"], "no project 'nowhere'"),
        (["{slug}", "--what", "verdicts", "-o", "v.xlsx"], "end the name with .jsonl, .csv, .parquet"),
        (["{slug}", "--what", "verdicts", "-o", "v.csv"], "has no verdicts yet"),
        (["{slug}", "--what", "preferences", "-o", "missing/v.csv"], "missing"),
    ],
)
def test_a_wrong_call_ends_with_status_2_and_no_file(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    slug = make_project().slug
    with pytest.raises(CommandError, match=message) as stop:
        call_command("export", *(argument.format(slug=slug) for argument in arguments))
    assert stop.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_remarks_go_out_with_the_verdict_and_do_not_hinder_its_way_back(tmp_path):
    response = make_response(system="Ash")
    rubric, rater = make_rubric(response.project, LIKERT, remarks=(REASONS,)), make_rater(response.project)
    draft = Draft(
        rater_id=rater.pk,
        response_id=response.pk,
        answers={"helpfulness": Value(4)},
        occasion="test:1",
        remarks={"reasons": ["Wrong", "Rude"]},
    )
    record_verdict(project=response.project, rubric=rubric, draft=draft)
    path = tmp_path / "out.jsonl"
    export(response.project, "verdicts", path)
    [line] = lines(path)
    assert json.loads(str(line["remarks"])) == {"reasons": ["Wrong", "Rude"]}
    assert Verdict.objects.filter(project=again(path, scale=parse_scale("1..5"))).count() == 1


@pytest.mark.django_db
def test_a_project_without_remarks_has_no_column_of_them(tmp_path):
    path = tmp_path / "out.jsonl"
    export(filled(*RATINGS, scale=parse_scale("1..5")), "verdicts", path)
    assert "remarks" not in lines(path)[0]
