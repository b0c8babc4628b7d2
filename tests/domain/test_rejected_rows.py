"""Rows that are rejected: named with file, line, column, value and reason, and nothing comes in."""

from __future__ import annotations

import pytest

from domain.imports import Options, parse_scale, plan, run_import
from tests.domain.files import VOTES, N, P, R, V, errors_of, load, nothing_is_there, only_error, source
from tests.factories import make_project

pytestmark = pytest.mark.django_db

BAD_ROWS = [
    (P + "p1,Hi\np1,Ho\n", {}, (3, "prompt", "p1", "already there with another text")),
    (P + f"{'p' * 201},Hi\n", {}, (2, "prompt_id", "ppp", "201 characters; at most 200")),
    (R + "p1,Ash,x\np1,Ash,y\n", {}, (3, "response", "y", "line 2 says something else about the same response")),
    (R + "p1,,x\n", {}, (2, "system", "", "is empty")),
    (R + ",Ash,x\n", {}, (2, "prompt_id", "", "is empty")),
    (R + "p1,gpt-4,x\np1,gрt-4,y\n", {}, (3, "system", "gрt-4", "looks like the system 'gpt-4'")),
    (R + "p1,gpt-4,x\np1,GPT-4,y\n", {}, (3, "system", "GPT-4", "is spelled otherwise")),
    (R + "p1,\u200b,x\n", {}, (2, "system", "\\u200b", "no visible name")),
    (R + "p1,A\x1b[31msh,x\n", {}, (2, "system", "A\\u001b[31msh", "U+001B")),
    (R + "p1,\u202ehsA,x\n", {}, (2, "system", "\\u202ehsA", "U+202E")),
    (R + f"p1,Ash,{'x' * 1_000_001}\n", {}, (2, "response", "xxx", "1,000,001 characters; at most 1,000,000")),
    (R.replace("\n", ",latency_ms\n") + "p1,Ash,x,fast\n", {}, (2, "latency_ms", "fast", "is not a number")),
    (R.replace("\n", ",cost\n") + "p1,Ash,x,-1\n", {}, (2, "cost", "-1", "is not an amount")),
    (R.replace("\n", ",sample\n") + "p1,Ash,x,1.5\n", {}, (2, "sample", "1.5", "is not a whole number")),
    (V + "p1,Ash,Birch,maybe,ann\n", {}, (2, "outcome", "maybe", "is no outcome that we know")),
    (V + "p1,Ash,Ash,A,ann\n", {}, (2, "system", "Ash", "cannot meet itself")),
    (V + "p1,Ash,Birch,A,\n", {}, (2, "rater", "", "--rater NAME")),
    (V + "p1,Ash,Birch,A,ann\np1,Ash,Birch,B,ann\n", {}, (3, "outcome", "B", "line 2 says something else")),
    (V.replace("\n", ",strength\n") + "p1,Ash,Birch,A,ann,9\n", {}, (2, "strength", "9", "whole number from 1 to 5")),
    (V.replace("\n", ",timestamp\n") + "p1,Ash,Birch,A,ann,noon\n", {}, (2, "timestamp", "noon", "is not a time")),
    (N + "p1,Ash,ann,high\n", {}, (2, "value", "high", "is not a number")),
    (N + "p1,Ash,ann,nan\n", {}, (2, "value", "nan", "is not a finite number")),
    (N + "p1,Ash,ann,6\n", {"scale": "1..5"}, (2, "value", "6", "6 is not one of 1, 2, 3, 4, 5")),
    (N + "p1,Ash,ann,101\n", {"scale": "0..100"}, (2, "value", "101", "101 is not between 0 and 100")),
    ("id,name\n1,Ash\n1,Birch\n", {}, (3, "name", "Birch", "id 1 is already 'Ash'")),
    (V + "p1,Ash,Birch\n", {}, (2, "", "p1,Ash,Birch", "3 fields where the header has 5")),
]


@pytest.mark.parametrize(
    ("text", "options", "expected"), BAD_ROWS, ids=[row[2][3] + str(n) for n, row in enumerate(BAD_ROWS)]
)
def test_a_bad_row_is_named_with_file_line_column_value_and_reason(text, options, expected):
    project = make_project()
    scale = parse_scale(options["scale"]) if options else None
    batch = run_import(project=project, sources=[source(text, "rows.csv")], options=Options(scale=scale))
    [error] = batch.errors
    line, column, value, reason = expected
    assert (batch.state, error["file"], error["line"], error["column"]) == ("failed", "rows.csv", line, column)
    assert error["value"].startswith(value)
    assert reason in error["reason"]
    assert nothing_is_there()


def test_rejected_rows_are_listed_in_the_order_of_the_file():
    text = N + "p1,Ash,ann,6\np2,Ash,ann,high\np3,Ash,ann,7\n"
    scale = parse_scale("1..5")
    batch = run_import(project=make_project(), sources=[source(text)], options=Options(scale=scale))
    assert [error["line"] for error in batch.errors] == [2, 3, 4]


def test_json_rows_are_checked_one_by_one():
    rows = source(
        '{"prompt_id": "p", "system": "Ash", "response": "x"}\n{"prompt_id": "q"}\n{"prompt_id": [1]}\n', "r.jsonl"
    )
    assert [(line, column) for _, line, column, _, _ in errors_of(rows)] == [(2, "system"), (3, "system")]


def test_all_rejected_rows_are_counted_and_the_first_kept():
    text = V + "".join(f"p{number},Ash,Birch,what,ann\n" for number in range(2500))
    made = plan(None, [source(text)], Options())
    assert (made.error_count, len(made.errors)) == (2500, 1000)


def test_a_row_that_contradicts_the_project_is_an_error():
    project = make_project()
    load(project, source(R + "p1,Ash,x\np1,Birch,y\n", "r.csv"), source(V + "p1,Ash,Birch,A,ann\n", "v.csv"))
    conflicts = [source(R + "p1,Ash,z\n", "r.csv"), source(V + "p1,Ash,Birch,tie,ann\n", "v.csv")]
    reasons = [error[4] for error in errors_of(*conflicts, project=project)]
    assert reasons == [
        "the project already has another response",
        "the project already has another verdict of this rater",
    ]


def test_texts_that_come_after_their_votes_are_refused_with_what_to_do():
    project = make_project()
    load(project, source(VOTES))
    errors = errors_of(source(P + "p1,Hi\n"), source(R + "p1,Ash,x\n", "r.csv"), project=project)
    assert "import prompts before votes" in errors[0][4]
    assert "import responses before votes" in errors[1][4]


def test_an_unknown_side_is_an_error():
    file = source("prompt_id,system_a,system_b,outcome,rater,shown_first\np1,Ash,Birch,A,ann,left\n")
    assert only_error(file)[1:4] == (2, "shown_first", "left")
