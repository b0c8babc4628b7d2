"""JSON from outside is read by one strict reader: what one of our databases or readers would trip over is refused."""

from __future__ import annotations

import json
import math
import time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from domain.parsers import MAX_DEPTH, BadJSON, BodyTooLarge, StrictJSONParser, refuse_unstorable, strict_json

storable_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable_text
)
documents = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(storable_text, inner))


def test_ordinary_json_comes_in_unchanged():
    text = '{"name": "Grüße 👋", "scores": [1, -2.5, 1e3, null, true], "nested": {"a": {}}}'
    assert strict_json(text) == {"name": "Grüße 👋", "scores": [1, -2.5, 1000.0, None, True], "nested": {"a": {}}}


@given(documents, st.booleans())
def test_everything_storable_survives_the_way_in(document: Any, ascii_only: bool):
    assert strict_json(json.dumps(document, ensure_ascii=ascii_only)) == document


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 1}', "key 'a' appears twice"),
        ('{"a": 1, "\\u0061": 2}', "key 'a' appears twice"),
        ('[{"x": {"b": 1, "c": 2, "b": 3}}]', "key 'b' appears twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("1e400", "beyond the range of a double"),
        ("-1e400", "beyond the range of a double"),
        ("9223372036854775808", "does not fit into 64 bits"),
        ("-9223372036854775809", "does not fit into 64 bits"),
        ('{"n": ' + "9" * 100_000 + "}", "does not fit into 64 bits"),
        ('"a\\u0000b"', "U+0000 cannot be stored"),
        ('{"a\\u0000b": 1}', "U+0000 cannot be stored"),
        ('[["\\ud83d"]]', "U+D83D cannot be stored"),
        ('"\\udc4b\\ud83d"', "U+DC4B cannot be stored"),
        ("", "at line 1, column 1"),
        ('{"a": 1,\n "b": }', "at line 2, column 7"),
        ('{"a": 1} {"b": 2}', "Extra data at line 1, column 10"),
        ('"tab\tinside"', "at line 1, column 5"),
        ("{'a': 1}", "at line 1, column 2"),
        ("[1, 2,]", "at line 1"),
        ("[01]", "at line 1"),
    ],
)
def test_what_would_trip_a_database_or_a_reader_is_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(BadJSON) as refused:
        strict_json(text)
    assert reason in str(refused.value)


def test_the_reason_never_repeats_a_long_value():
    with pytest.raises(BadJSON) as refused:
        strict_json("9" * 100_000)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), -(10**18), 0])
def test_the_whole_range_of_64_bits_is_accepted(number: int):
    assert strict_json(str(number)) == number


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_accepted_up_to_the_limit_and_not_beyond(opening: str, closing: str):
    def nested(levels: int) -> str:
        return opening * levels + "1" + closing * levels

    strict_json(nested(MAX_DEPTH))
    with pytest.raises(BadJSON, match=f"deeper than {MAX_DEPTH}"):
        strict_json(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '"' + "[" * 300, "[" * 300 + '"\\'])
def test_unfinished_nesting_is_refused_and_exhausts_nothing(text: str):
    with pytest.raises(BadJSON):
        strict_json(text)


def test_brackets_inside_strings_are_text():
    text = json.dumps({"code": '[[{"' * 1000, "path": "\\", "more": ["[" * 100]})
    assert strict_json(text)["path"] == "\\"


def test_many_shallow_values_are_not_deep():
    assert len(strict_json("[" + ",".join(["[[]]"] * 10_000) + "]")) == 10_000


def test_a_string_that_never_ends_is_refused_in_time_that_grows_with_its_length():
    """Scanning to the end once for each quote took minutes for the largest body we accept."""
    text = "[" * (MAX_DEPTH + 1) + '"' + '\\"' * 500_000
    before = time.process_time()
    with pytest.raises(BadJSON):
        strict_json(text)
    assert time.process_time() - before < 2


def test_values_that_come_from_another_reader_are_checked_alike():
    refuse_unstorable({"a": ["fine", 1, None, math.pi]})
    with pytest.raises(BadJSON, match="U\\+0000"):
        refuse_unstorable({"a": ["fine", {"b": "\x00"}]})


def parse(body: bytes) -> Any:
    return StrictJSONParser().parse(BytesIO(body))


def test_the_api_reads_utf8_with_and_without_a_byte_order_mark():
    assert parse('{"a": "ü"}'.encode()) == parse('{"a": "ü"}'.encode("utf-8-sig")) == {"a": "ü"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": "\xff"}', "not UTF-8: byte 7"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8: byte 0"),
        (b'{"a": 1, "a": 2}', "key 'a' appears twice"),
        (b"", "at line 1, column 1"),
    ],
)
def test_the_api_answers_a_bad_body_with_400_and_the_reason(body: bytes, reason: str):
    with pytest.raises(ParseError) as refused:
        parse(body)
    assert refused.value.status_code == 400
    assert reason in str(refused.value.detail)


def test_a_body_that_is_too_large_is_413_before_it_is_read_whole(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    stream = BytesIO(b'"' + b"x" * 1000 + b'"')
    with pytest.raises(BodyTooLarge, match="larger than 100 bytes") as caught:
        StrictJSONParser().parse(stream)
    assert caught.value.status_code == 413
    assert stream.tell() == 101
