"""CSV: strictly read, because a lenient reader turns one lost quote into two hundred merged rows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from domain.formats.rows import MAX_FIELD, Problem, Row, Rows, Source, shown
from domain.formats.text import Lines, Unreadable, open_bytes

DELIMITERS = ",;\t|"


def read_csv(source: Source) -> Rows:
    """Yield the rows of a CSV file with a header; the delimiter is the commonest of ``, ; tab |`` in its header."""
    csv.field_size_limit(MAX_FIELD)
    with open_bytes(source) as file:
        lines = Lines(source, file, universal=True)
        try:
            yield from _rows(source.name, lines)
        except Unreadable as error:
            yield Problem(source.name, lines.number + 1, "", error.value, error.reason)


def _rows(name: str, lines: Lines) -> Rows:
    iterator = iter(lines)
    header_line = next((line for line in iterator if line.strip()), "")
    reader = _records(name, lines, _again(header_line, iterator), _delimiter(header_line), lines.number)
    header: list[str] | None = None
    for place, record in reader:
        if isinstance(record, Problem):
            yield record
            if header is None:
                return
        elif header is None:
            header = [column.strip() for column in record]
            if problem := _problem_with_header(name, place, header):
                yield problem
                return
        else:
            yield _row(name, place, header, record)


def _records(
    name: str, lines: Lines, text: Iterator[str], delimiter: str, first_line: int
) -> Iterator[tuple[int, list[str] | Problem]]:
    """Yield each record, or what is wrong with it, with the line it begins on; stop where the reader lost its place."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    start = first_line
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            yield start, Problem(name, start, "", "", _csv_reason(error))
            return
        if record is None:
            return
        problems = lines.take_problems()
        if problems:
            yield from ((problem.line, problem) for problem in problems)
        elif record:
            yield start, record
        start = lines.number + 1


def _row(name: str, line: int, header: list[str], record: list[str]) -> Row | Problem:
    if len(record) != len(header):
        reason = f"{len(record)} fields where the header has {len(header)}"
        return Problem(name, line, "", shown(",".join(record)), reason)
    return Row(name, line, dict(zip(header, record, strict=True)))


def _problem_with_header(name: str, line: int, header: list[str]) -> Problem | None:
    twice = [column for column, count in Counter(header).items() if count > 1]
    if "" in header:
        return Problem(name, line, "", "", f"column {header.index('') + 1} of the header has no name")
    if twice:
        return Problem(name, line, twice[0], "", "the header names this column twice")
    return None


def _delimiter(header: str) -> str:
    outside_quotes = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=lambda candidate: (outside_quotes.count(candidate), -DELIMITERS.index(candidate)))


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _csv_reason(error: csv.Error) -> str:
    message = str(error)
    if "field larger" in message:
        return f"a field is longer than {MAX_FIELD:,} characters, or a quote that opens here is never closed"
    if "end of data" in message:
        return "a quote that opens here is never closed"
    return f"not CSV: {message}; a quote inside a quoted field is written twice"
