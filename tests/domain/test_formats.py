"""Readers of files: strict, within budgets, and every problem with its place."""

from __future__ import annotations

import gzip
import io
import json
import resource
import time
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.formats import Problem, Row, Source, detect, read
from domain.formats.text import Unreadable


def source(data: bytes | str, name: str = "file") -> Source:
    raw = data.encode() if isinstance(data, str) else data
    return Source(name=name, open=lambda: io.BytesIO(raw), size=len(raw))


def rows_of(data: bytes | str, name: str = "file", form: str = "auto"):
    return list(read(source(data, name), form))


def only_problem(data: bytes | str, name: str = "file", form: str = "auto") -> Problem:
    problems = [row for row in rows_of(data, name, form) if isinstance(row, Problem)]
    assert len(problems) == 1, problems
    return problems[0]


def parquet(table: pa.Table, **options) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


TABLE = [{"id": "1", "text": "a,b"}, {"id": "2", "text": 'say "hi"\nthere'}]


@pytest.mark.parametrize(
    "data",
    [
        'id,text\n1,"a,b"\n2,"say ""hi""\nthere"\n',
        '\ufeffid,text\r\n1,"a,b"\r\n2,"say ""hi""\nthere"\r\n',
        'id;text\n1;a,b\n2;"say ""hi""\nthere"',
        'id\ttext\n1\ta,b\n\n2\t"say ""hi""\nthere"\n',
        'id|text\n1|a,b\n2|"say ""hi""\nthere"\n',
        '{"id": "1", "text": "a,b"}\n\n{"id": "2", "text": "say \\"hi\\"\\nthere"}\n',
        '\ufeff [ {"id": "1", "text": "a,b"},\n{"id": "2", "text": "say \\"hi\\"\\nthere"} ]\n',
        parquet(pa.table({"id": ["1", "2"], "text": ["a,b", 'say "hi"\nthere']})),
    ],
    ids=["csv", "csv with BOM and CRLF", "semicolons", "tabs", "bars", "jsonl", "json array", "parquet"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_yields_the_same_rows(data, packed):
    raw = data.encode() if isinstance(data, str) else data
    if packed and not raw.startswith(b"PAR1"):
        raw = gzip.compress(raw)
    assert [row.values for row in rows_of(raw, "table")] == TABLE


def test_csv_rows_know_the_line_they_begin_on():
    rows = rows_of('a,b\n1,"x\ny\nz"\n2,w\n\n3,v\n')
    assert [(row.line, row.values["a"]) for row in rows] == [(2, "1"), (5, "2"), (7, "3")]


def test_csv_lines_may_end_with_a_carriage_return_alone():
    assert [row.values for row in rows_of("a,b\r1,2\r3,4\r", "t.csv")] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize(
    ("data", "line", "column", "reason"),
    [
        ('a,b\n1,2\n3,"open\n4,5\n', 3, "", "a quote that opens here is never closed"),
        ('a,b\n"x"y,2\n', 2, "", "a quote inside a quoted field is written twice"),
        ("a,b\n1,2\n3\n", 3, "", "1 fields where the header has 2"),
        ("a,b\n1,2,3\n", 2, "", "3 fields where the header has 2"),
        ("a,a\n1,2\n", 1, "a", "the header names this column twice"),
        ("a,,c\n1,2,3\n", 1, "", "column 2 of the header has no name"),
        (b"a,b\n1,caf\xe9\n", 2, "", "byte 0xE9 is not UTF-8"),
        ("a,b\n1,x\x00y\n", 2, "", "U+0000 cannot be stored"),
        (b"a,b\n1,\xed\xa0\x80\n", 2, "", "byte 0xED is not UTF-8"),
        ('a,b\n1,"' + "x" * 1_100_000 + '"\n', 2, "", "longer than 1,048,576 characters"),
    ],
)
def test_bad_csv_is_refused_with_its_line(data, line, column, reason):
    problem = only_problem(data, "t.csv")
    assert (problem.file, problem.line, problem.column) == ("t.csv", line, column)
    assert reason in problem.reason


def test_a_csv_field_of_a_megabyte_is_read():
    [row] = rows_of('a,b\n1,"' + "x" * 1_000_000 + '"\n', "t.csv")
    assert len(row.values["b"]) == 1_000_000


def test_one_bad_line_does_not_hide_the_others():
    rows = rows_of('{"a": 1}\n{"a": \n[1]\n{"a": 4}\n"x"\n')
    assert [(row.line, isinstance(row, Row)) for row in rows] == [
        (1, True),
        (2, False),
        (3, False),
        (4, True),
        (5, False),
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "Infinity is not JSON"),
        ('{"a": 1, "a": 2}', "key 'a' appears twice"),
        ('{"a": ' + "[" * 5000 + "]" * 5000 + "}", "nested"),
        ('{"a": ' + "9" * 5000 + "}", "64 bits"),
        ('{"a": "\\u0000"}', "U+0000 cannot be stored"),
        ('{"a": "\\ud800"}', "U+D800 cannot be stored"),
        ("{'a': 1}", "property name"),
    ],
)
@pytest.mark.parametrize("shape", ["jsonl", "array"])
def test_json_that_databases_would_trip_over_is_refused(value, reason, shape):
    data = '{"a": 0}\n' + value + "\n" if shape == "jsonl" else '[{"a": 0}, ' + value + "]"
    problem = only_problem(data)
    assert problem.line == 2
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('[{"a": 1} {"a": 2}]', "a comma or ] must follow"),
        ('[{"a": 1}] more', "more text follows"),
        ('[{"a": 1}, 2]', "not an object"),
        ('[{"a": 1},', "not JSON"),
        (b'[{"a": "\xff"}]', "is not UTF-8"),
    ],
)
def test_a_bad_array_says_what_is_wrong(data, reason):
    assert reason in only_problem(data).reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        ("a,b\n1,2".encode("utf-16"), "UTF-16"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8bnot really", "gzip stream is damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 9999)[:-30], "gzip stream is damaged"),
        (b"PAR1", "not readable as Parquet"),
        (b"PAR1" + b"\x00" * 100 + b"PAR1", "not readable as Parquet"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused(data, reason):
    problem = [row for row in rows_of(data) if isinstance(row, Problem)][-1]
    assert reason in problem.reason


def test_formats_are_told_by_content_before_name():
    assert detect(source('{"a": 1}', "rows.json")) == "jsonl"
    assert detect(source("[]", "rows.jsonl")) == "json"
    assert detect(source("a,b", "rows.txt")) == "csv"
    assert detect(source('{"a",b', "rows.csv.gz")) == "csv"
    assert detect(source(gzip.compress(b' {"a": 1}'), "rows")) == "jsonl"
    with pytest.raises(Unreadable):
        detect(source(b"PK\x03\x04", "sheet.xlsx"))


@pytest.mark.parametrize("text", ["a,b\n", '{"a": 1}\n'])
def test_lines_without_anything_are_not_read_for_ever(monkeypatch, text):
    monkeypatch.setattr("domain.formats.text.MAX_EMPTY_LINES", 100)
    assert len(rows_of(text + "\n" * 100 + text)) == len(rows_of(text + text))
    assert "101 lines" in only_problem(text + "\n" * 101 + text).reason


def test_a_byte_that_is_not_utf_8_is_shown_as_such():
    assert only_problem(b"a,b\n1,caf\xe9\n").value == "1,caf\\xe9"


@pytest.mark.parametrize("content", [b"\x00", b"x", b'"', b"a,b\n"])
def test_a_gzip_bomb_is_refused_early_and_in_little_memory(content):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(content * (2**20 // len(content)))
    bomb = Source("bomb.csv.gz", lambda: io.BytesIO(packed.getvalue()), 64_000)  # as small as the best packer makes it
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.thread_time()
    last = None
    for row in read(bomb, "csv"):
        last = row
    assert isinstance(last, Problem)
    assert time.thread_time() - start < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KB


def test_a_parquet_bomb_is_refused_before_it_unfolds():
    text = pa.array(["x" * 5 * 2**20])
    table = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), text)})
    assert "more than 4 MB" in only_problem(parquet(table)).reason
    nested = pa.table({"turns": [[{"role": "user", "content": "x" * 5 * 2**20}]]})
    assert "more than 4 MB" in only_problem(parquet(nested)).reason


def test_a_parquet_file_of_too_many_rows_is_refused_by_its_metadata(monkeypatch):
    monkeypatch.setattr("domain.formats.parquet.MAX_ROWS", 10)
    assert "11 rows; a file may have 10" in only_problem(parquet(pa.table({"a": list(range(11))}))).reason


@pytest.mark.parametrize("damage", range(40))
def test_a_damaged_parquet_file_is_a_problem_and_never_a_crash(damage):
    data = bytearray(parquet(pa.table({"id": [str(n) for n in range(500)], "text": ["some text"] * 500})))
    place = (damage * 7919) % len(data)
    data[place : place + 8] = bytes((byte ^ 0xA5) for byte in data[place : place + 8])
    for row in read(source(bytes(data)), "parquet"):
        assert isinstance(row, Row | Problem)


def test_parquet_values_come_in_the_types_of_json():
    import datetime as dt
    from decimal import Decimal

    table = pa.table(
        {
            "when": [dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)],
            "cost": [Decimal("1.25")],
            "gone": [float("nan")],
            "turns": [[{"role": "user", "content": "hi"}]],
        }
    )
    [row] = rows_of(parquet(table))
    assert row.values == {
        "when": "2026-11-21T08:30:00+00:00",
        "cost": 1.25,
        "gone": None,
        "turns": [{"role": "user", "content": "hi"}],
    }


def test_a_large_file_streams():
    line = json.dumps({"id": 1, "text": "x" * 1000}) + "\n"
    data = source(gzip.compress((line * 50_000).encode(), 1), "rows.jsonl.gz")
    tracemalloc.start()
    assert sum(1 for _ in read(data)) == 50_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 2**20
