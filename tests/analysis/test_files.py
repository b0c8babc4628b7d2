"""Battles and ratings out of files: the same arrays from every format, and the place of everything wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.data import OUTCOMES, Battles
from analysis.files import read_battles, read_ratings
from analysis.tables import BadFileError, Problem

ROWS = [
    {"system_a": "Ash", "system_b": "Birch", "outcome": "A", "prompt": "p1", "rater": "r1"},
    {"system_a": "Birch", "system_b": "Élm, “x”", "outcome": "both_bad", "prompt": "p1", "rater": "r2"},
    {"system_a": "Ash", "system_b": "Birch", "outcome": "tie", "prompt": "line\nbreak", "rater": "r1"},
    {"system_a": "Élm, “x”", "system_b": "Ash", "outcome": "B", "prompt": "p2", "rater": "r2"},
]


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def read_back(battles: Battles) -> list[tuple[str, str, str, str, str]]:
    assert battles.prompt is not None
    assert battles.rater is not None
    return [
        (
            battles.systems[battles.system_a[row]],
            battles.systems[battles.system_b[row]],
            OUTCOMES[battles.outcome[row]].value,
            battles.prompt.names[battles.prompt.codes[row]],
            battles.rater.names[battles.rater.codes[row]],
        )
        for row in range(len(battles))
    ]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".parquet"])
def test_every_format_gives_the_same_battles(tmp_path, suffix):
    battles = read_battles(write(tmp_path / f"battles{suffix}", ROWS), optional=("prompt", "rater"))
    assert read_back(battles) == [tuple(row.values()) for row in ROWS]
    assert battles.systems == ("Ash", "Birch", "Élm, “x”")


def test_the_arenas_columns_and_labels_are_understood(tmp_path):
    labels = {"model_a": "A", "model_b": "B", "tie": "tie", "tie (bothbad)": "both_bad", "both_bad": "both_bad"}
    rows = [{"model_a": "x", "model_b": "y", "winner": label, "question_id": 81, "tstamp": 1.5e9} for label in labels]
    battles = read_battles(write(tmp_path / "arena.json", rows), optional=("prompt", "timestamp"))
    assert [OUTCOMES[code].value for code in battles.outcome] == list(labels.values())
    assert battles.prompt is not None
    assert battles.prompt.names == ("81",)
    assert battles.timestamp is not None
    assert battles.timestamp.tolist() == [1.5e9] * 5


def test_times_are_seconds_and_a_time_without_zone_is_utc(tmp_path):
    times = ["1970-01-01T00:01:00", "1970-01-01T01:01:00+01:00", "60"]
    rows = [{"system_a": "x", "system_b": "y", "outcome": "A", "timestamp": time} for time in times]
    battles = read_battles(write(tmp_path / "b.csv", rows), optional=("timestamp",))
    assert battles.timestamp is not None
    assert battles.timestamp.tolist() == [60.0, 60.0, 60.0]


def test_rows_far_apart_share_names_and_a_late_error_has_its_line(tmp_path):
    rows = [{"system_a": "x", "system_b": f"y{row % 3}", "outcome": "A"} for row in range(50_000)]
    path = write(tmp_path / "long.csv", rows)
    assert len(read_battles(path).systems) == 4
    rows[45_000]["outcome"] = "a"
    with pytest.raises(BadFileError) as refused:
        read_battles(write(path, rows))
    assert refused.value.problems[0].line == 45_002  # the header is line 1


BAD_BATTLES = [
    ("x,y,A\n\nx,y,draw\n", Problem(4, "outcome", "draw", "")),
    ("x,y,a\n", Problem(2, "outcome", "a", "")),
    ("x,y,None\n", Problem(2, "outcome", "None", "")),
    ('x,"y\nz",A\nx,y,\n', Problem(4, "outcome", "", "")),
    ("x,y,A\nx,x,A\n", Problem(3, "system_a", "x", "")),
    ("x, x ,A\n", Problem(2, "system_a", "x", "")),
    ("x, ,A\n", Problem(2, "system_b", " ", "")),
    ("x,y,A\nx,y\n", Problem(3, None, None, "")),
    ("x,y,A,B\n", Problem(2, None, None, "")),
    ('x,"y,A\nx,y,A\n', Problem(None, None, None, "")),
]


@pytest.mark.parametrize(("text", "expected"), BAD_BATTLES)
def test_a_bad_row_of_a_csv_is_named_by_line_column_and_value(tmp_path, text, expected):
    path = tmp_path / "bad.csv"
    path.write_text("system_a,system_b,outcome\n" + text)
    with pytest.raises(BadFileError) as refused:
        read_battles(path)
    problem = refused.value.problems[0]
    assert (problem.column, problem.value) == (expected.column, expected.value)
    assert expected.line in (None, problem.line)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("b.jsonl", b'{"system_a": "x", "system_b": "y", "outcome": "A"}\n\n{"system_a": "x"\n', 3),
        ("b.jsonl", b'{"system_a": "x", "system_b": "y", "outcome": "A"}\n[1]\n', 2),
        ("b.jsonl", b'{"system_a": "x", "system_b": "y", "outcome": ["A"]}\n', 1),
        ("b.jsonl", b'{"system_a": "x", "system_b": "y", "outcome": NaN}\n', 1),
        ("b.jsonl", b'{"system_a": "x", "system_b": "y", "outcome": null}\n', 1),
        ("b.jsonl", b"[" * 100_000, 1),
        ("b.jsonl", b'{"system_a": "\xff"}\n', 1),
        ("b.jsonl", b"", None),
        ("b.json", b'{"system_a": "x"}', None),
        ("b.json", b'[{"system_a": "x", "system_b": "y", "outcome": "A"}, 3]', 2),
        ("b.csv", b"system_a,system_b,outcome\nx,y,A\n\xff,y,A\n", 3),
        ("b.csv", b"system_a,system_b,outcome\n" + b"x,y,A\n" * 3000 + b"\xe9lm,y,A\n", 3002),
        ("b.jsonl", b'{"system_a": "x", "system_b": "y", "outcome": "A"}\n' * 3000 + b'{"system_a": "\xe9"}\n', 3001),
        ("b.csv", b"", None),
        ("b.csv", b"system_a,system_b,system_b,outcome\nx,y,y,A\n", 1),
        ("b.csv", b"system_a,outcome\nx,A\n", 1),
        ("b.parquet", b"PAR1 but not really", None),
        ("b.xlsx", b"", None),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_its_name(tmp_path, name, content, line):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFileError) as refused:
        read_battles(path)
    assert refused.value.path == path
    assert line in (None, refused.value.problems[0].line)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("names", [255, 256, 257, 70_000])
def test_names_beyond_a_byte_and_beyond_two_are_told_apart(tmp_path, suffix, names):
    rows = [{"system_a": "x", "system_b": "y", "outcome": "A", "prompt": f"p{row % names}"} for row in range(70_100)]
    battles = read_battles(write(tmp_path / f"b{suffix}", rows), optional=("prompt",))
    assert battles.prompt is not None
    assert [battles.prompt.names[code] for code in battles.prompt.codes] == [row["prompt"] for row in rows]


def test_several_wrong_labels_are_told_at_once(tmp_path):
    rows = [{"system_a": "x", "system_b": "y", "outcome": label} for label in ("A", "win", "lose", "win")]
    with pytest.raises(BadFileError) as refused:
        read_battles(write(tmp_path / "b.csv", rows))
    assert [(one.line, one.value) for one in refused.value.problems] == [(3, "win"), (4, "lose")]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_missing_outcomes_are_dropped_on_request_and_counted(tmp_path, suffix):
    rows = [{"system_a": "x", "system_b": "y", "outcome": outcome} for outcome in ("A", None, "B")]
    path = write(tmp_path / f"b{suffix}", rows)
    with pytest.raises(BadFileError, match="--missing drop"):
        read_battles(path)
    battles = read_battles(path, missing="drop")
    assert (len(battles), battles.unscored) == (2, 1)


@pytest.mark.parametrize("weight", ["-1", "much", "inf", ""])
def test_a_weight_must_be_a_number_that_is_not_negative(tmp_path, weight):
    rows = [{"system_a": "x", "system_b": "y", "outcome": "A", "weight": weight}]
    with pytest.raises(BadFileError) as refused:
        read_battles(write(tmp_path / "b.csv", rows))
    assert refused.value.problems[0].column == "weight"


def test_parquet_names_that_no_row_uses_are_no_systems(tmp_path):
    names = pa.DictionaryArray.from_arrays(pa.array([1, 2]), pa.array(["ghost", "x", "y"]))
    other = pa.DictionaryArray.from_arrays(pa.array([1, 0]), pa.array(["x", "y"]))
    table = pa.table({"system_a": names, "system_b": other, "outcome": ["A", "B"]})
    pq.write_table(table, tmp_path / "b.parquet")
    assert set(read_battles(tmp_path / "b.parquet").systems) == {"x", "y"}


def test_ratings_may_be_numbers_or_labels_but_not_both(tmp_path):
    def ratings(*values: object):
        rows = [{"item": "i", "rater": f"r{place}", "value": value} for place, value in enumerate(values)]
        return read_ratings(write(tmp_path / "r.jsonl", rows))

    assert ratings(1, 2.5).value.tolist() == [1.0, 2.5]
    assert ratings("good", "bad").labels == ("bad", "good")
    assert ratings("good", "bad").value.tolist() == [1.0, 0.0]
    assert ratings(True, False).labels == ("false", "true")
    with pytest.raises(BadFileError) as refused:
        ratings(1, "n/a", 3)
    assert (refused.value.problems[0].line, refused.value.problems[0].value) == (2, "n/a")


def test_ratings_keep_criterion_and_system(tmp_path):
    row = {"item": "i", "rater": "r", "value": "3", "criterion": "clear", "system": "x"}
    ratings = read_ratings(write(tmp_path / "r.csv", [row]))
    assert ratings.criterion is not None
    assert ratings.system is not None
    assert (ratings.criterion.names, ratings.system.names) == (("clear",), ("x",))


def test_a_pandas_nan_is_a_missing_value(tmp_path):
    rows = [{"item": "i", "rater": str(place), "value": value} for place, value in enumerate(["1", "nan", "NaN"])]
    ratings = read_ratings(write(tmp_path / "r.csv", rows), missing="drop")
    assert (ratings.value.tolist(), ratings.unscored) == ([1.0], 2)


def test_a_long_field_is_read(tmp_path):
    rows = [{"system_a": "x", "system_b": "y", "outcome": "A", "text": "a" * 1_000_000}]
    assert np.array_equal(read_battles(write(tmp_path / "b.csv", rows)).outcome, [0])


@pytest.mark.parametrize(
    ("column", "said", "chances"),
    [
        ("confidence", ["1", "", "5", "3"], [0.1, np.nan, 0.9, 0.5]),
        ("probability", ["0", "0.25", "", "1"], [0, 0.25, np.nan, 1]),
    ],
)
def test_how_sure_raters_were_is_a_chance(tmp_path, column, said, chances):
    rows = [row | {column: one} for row, one in zip(ROWS, said, strict=True)]
    battles = read_battles(write(tmp_path / "b.csv", rows), optional=("confidence", "probability"))
    assert battles.confidence == pytest.approx(chances, nan_ok=True)
    rated = [{"item": "i", "rater": "r", "value": "1", column: one} for one in said]
    ratings = read_ratings(write(tmp_path / "r.csv", rated), optional=("confidence", "probability"))
    assert ratings.confidence == pytest.approx(chances, nan_ok=True)
    assert read_battles(tmp_path / "b.csv").confidence is None


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"confidence": "0.8"}, "line 2, column confidence, value '0.8': confidence counts from 1 to 5"),
        ({"probability": "80"}, "line 2, column probability, value '80': a probability lies between 0 and 1"),
        ({"confidence": "4", "probability": "0.8"}, "in one column"),
    ],
)
def test_a_confidence_that_is_none_is_refused(tmp_path, columns, reason):
    path = write(tmp_path / "battles.csv", [ROWS[0] | columns])
    with pytest.raises(BadFileError, match=reason):
        read_battles(path, optional=("confidence", "probability"))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_csv_may_be_separated_otherwise_than_by_commas(tmp_path, separator):
    path = tmp_path / "b.csv"
    path.write_text("system_a,system_b,outcome,weight\nx,y,A,0.5\ny,x,B,1\n".replace(",", separator))
    battles = read_battles(path)
    assert battles.systems == ("x", "y")
    assert battles.weight is not None
    assert battles.weight.tolist() == [0.5, 1.0]


def test_a_decimal_comma_is_told_what_to_be(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("system_a;system_b;outcome;weight\nx;y;A;0,5\n")
    with pytest.raises(BadFileError, match=r"line 2, column weight, value '0,5': .* take a point"):
        read_battles(path)


@pytest.mark.parametrize("name", ["b.csv", "b.jsonl", "b.json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_utf_16_is_called_so(tmp_path, name, encoding):
    path = tmp_path / name
    path.write_bytes("system_a,system_b,outcome\nx,y,A\n".encode(encoding))
    with pytest.raises(BadFileError, match="UTF-16"):
        read_battles(path)


def test_a_byte_that_is_not_utf_8_is_named_with_what_stands_around_it(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes("system_a,system_b,outcome\nBouleau,Chêne,A\n".encode("latin-1"))
    with pytest.raises(BadFileError, match=r"line 2, value 'Bouleau,Ch�ne,A': byte 0xea is not UTF-8"):
        read_battles(path)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_name_holds_no_nul(tmp_path, suffix):
    rows = [{"system_a": "x", "system_b": "y", "outcome": "A"}, {"system_a": "x\0", "system_b": "y", "outcome": "A"}]
    with pytest.raises(BadFileError, match="NUL") as refused:
        read_battles(write(tmp_path / f"b{suffix}", rows))
    assert (refused.value.problems[0].column, refused.value.problems[0].value) == ("system_a", "x\0")


def test_a_name_holds_no_half_of_a_character(tmp_path):
    path = tmp_path / "b.jsonl"
    path.write_text(r'{"system_a": "\ud800", "system_b": "y", "outcome": "A"}')
    with pytest.raises(BadFileError, match="surrogate") as refused:
        read_battles(path)
    assert refused.value.problems[0].line == 1


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_an_arena_file_without_judges_still_tells_of_its_bad_labels(tmp_path, suffix):
    rows = [{"question_id": "1", "model_a": "x", "model_b": "y", "winner": label} for label in ("model_a", "draw")]
    with pytest.raises(BadFileError) as refused:
        read_battles(write(tmp_path / f"arena{suffix}", rows), optional=("prompt", "rater", "weight"))
    assert [(one.column, one.value) for one in refused.value.problems] == [("winner", "draw")]


@pytest.mark.parametrize("weight", ["1e300", "1e-300"])
def test_a_weight_without_a_square_is_refused(tmp_path, weight):
    path = tmp_path / "votes.csv"
    path.write_text(f"system_a,system_b,outcome,weight\na,b,A,1\nb,a,A,{weight}\n")
    with pytest.raises(BadFileError, match=rf"line 3, column weight, value '{weight}'.*squares"):
        read_battles(path)


def test_a_rating_without_a_square_is_refused(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("item,rater,value\ni,r,1\ni,s,-1e200\n")
    with pytest.raises(BadFileError, match=r"line 3, column value, value '-1e200'.*squares"):
        read_ratings(path)


def test_ratings_that_all_but_vanish_are_refused_beside_others_they_are_not(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("item,rater,value\ni,r,1e-300\ni,s,2e-300\n")
    with pytest.raises(ValueError, match="ratings up to 2e-300 have no square"):
        read_ratings(path)
    path.write_text("item,rater,value\ni,r,1e-300\ni,s,0.5\n")
    assert read_ratings(path).value.tolist() == [1e-300, 0.5]
