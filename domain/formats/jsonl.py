"""JSON Lines, and a JSON array of objects: strictly read, row by row."""

from __future__ import annotations

import json

from domain.formats.rows import Problem, Row, Rows, Source, shown
from domain.formats.text import Lines, Unreadable, open_bytes
from domain.parsers import BadJSON, strict_json

MAX_ARRAY = 64 * 2**20  # bytes: an array is read whole


def read_jsonl(source: Source) -> Rows:
    """Yield one row for each line; a line that is not one JSON object is a problem of its own."""
    with open_bytes(source) as file:
        lines = Lines(source, file, universal=False)
        try:
            for line in lines:
                problems = lines.take_problems()
                if problems:
                    yield from problems
                elif line.strip():
                    yield _row(source.name, lines.number, line)
        except Unreadable as error:
            yield Problem(source.name, lines.number + 1, "", error.value, error.reason)


def read_json_array(source: Source) -> Rows:
    """Yield one row for each object of an array; ``line`` counts the objects from 1."""
    with open_bytes(source) as file:
        try:
            text = _whole(file.read(MAX_ARRAY + 1))
        except Unreadable as error:
            yield Problem(source.name, 0, "", error.value, error.reason)
            return
    yield from _elements(source.name, text)


def _whole(data: bytes) -> str:
    if len(data) > MAX_ARRAY:
        raise Unreadable(f"a JSON array may have {MAX_ARRAY // 2**20} MB; JSON Lines may have any size")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"byte 0x{data[error.start]:02X} in line {line} is not UTF-8") from None


def _elements(name: str, text: str) -> Rows:
    """Find where each element ends with a plain decoder, then read its text strictly."""
    find_end = json.JSONDecoder(parse_int=str).raw_decode
    at, number = _skip(text, text.find("[") + 1), 0
    while text[at : at + 1] != "]":
        number += 1
        try:
            _, end = find_end(text, at)
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
            yield Problem(name, number, "", shown(text[at : at + 100]), reason)
            return
        yield _row(name, number, text[at:end])
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            yield Problem(name, number, "", shown(text[at : at + 100]), "a comma or ] must follow here")
            return
    if text[at + 1 :].strip():
        yield Problem(name, number, "", shown(text[at + 1 :].strip()), "more text follows the array")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _row(name: str, line: int, text: str) -> Row | Problem:
    try:
        values = strict_json(text)
    except BadJSON as error:
        return Problem(name, line, "", shown(text.strip()), f"not JSON as we take it: {error}")
    if not isinstance(values, dict):
        return Problem(name, line, "", shown(text.strip()), "not an object: {…} with a key for each column is needed")
    return Row(name, line, values)
